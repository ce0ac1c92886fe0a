"""Single reads past SQLAlchemy give what it gives, survive the server, and cannot write."""

from __future__ import annotations

import os
import threading
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, literal_column, select

from ostiary.store import Store
from ostiary.store.lookup import MOST
from ostiary.store.tables import sessions

from .rows import NOW, SESSION

OF_USER = (
    select(sessions)
    .where(
        sessions.c.user_id == bindparam("user_"),
        sessions.c.seen_at <= bindparam("at_"),
        sessions.c.agent != "literal",
    )
    .order_by(sessions.c.id)
)


def add(store: Store, **values: Any) -> None:
    with store.write() as unit:
        unit.execute(insert(sessions).values(**{**SESSION, **values}))


def ask(store: Store, user: str = "ada") -> list[Any]:
    return store.readers.all(OF_USER, user_=user, at_=NOW)


def test_values_are_what_sqlalchemy_gives(store: Store) -> None:
    """Times aware and in UTC, JSON as values, whatever the driver makes of them."""
    add(store)
    (row,) = ask(store)
    assert row._asdict() == SESSION
    assert row.seen_at.tzinfo is UTC
    assert store.readers.first(OF_USER, user_="ada", at_=NOW) == row


def test_rows_come_in_order_and_none_is_none(store: Store) -> None:
    assert ask(store) == []
    assert store.readers.first(OF_USER, user_="ada", at_=NOW) is None
    for number in "213":
        add(store, id=number, id_hash=number)
    assert [row.id for row in ask(store)] == ["1", "2", "3"]


def test_a_naive_time_is_refused_as_anywhere(store: Store) -> None:
    with pytest.raises(ValueError, match="naive"):
        store.readers.all(OF_USER, user_="ada", at_=NOW.replace(tzinfo=None))


def test_what_is_typed_is_no_sql(store: Store) -> None:
    add(store)
    assert ask(store, "ada' OR '1'='1") == []
    assert ask(store, "%") == []


def test_each_read_sees_what_was_committed_before_it(store: Store) -> None:
    """No transaction is left open from one read to the next, on the same connection."""
    assert ask(store) == []
    add(store)
    assert len(ask(store)) == 1
    with store.write() as unit:
        unit.execute(sessions.delete())
    assert ask(store) == []


def test_nobody_writes_by_reading(store: Store) -> None:
    """The connection refuses; the next read is served all the same."""
    add(store)
    ask(store)
    (cursor,) = store.readers._idle
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        cursor.execute("DELETE FROM ostiary_session")
    assert len(ask(store)) == 1


def test_a_server_that_restarted_is_not_noticed(store: Store) -> None:
    """Connections that died while they were idle are replaced, however many there are."""
    add(store)
    both = threading.Barrier(2)

    def meet(cursor: Any) -> Any:
        both.wait(10)
        return cursor

    take = store.readers._open
    store.readers._open = lambda: meet(take())  # type: ignore[method-assign] # two at once
    others = [threading.Thread(target=ask, args=(store,)) for _ in range(2)]
    for each in others:
        each.start()
    for each in others:
        each.join(10)
    store.readers._open = take  # type: ignore[method-assign]
    assert len(store.readers._idle) == 2
    for cursor in store.readers._idle:
        cursor.connection.close()
    assert len(ask(store)) == 1


def test_what_the_database_refuses_is_raised_once(store: Store) -> None:
    """On a connection of its own, so that an idle one that died is not blamed for it."""
    ask(store)
    with pytest.raises(Exception, match="ostiary_nowhere"):
        store.readers.all(select(literal_column("x FROM ostiary_nowhere").label("x")))
    assert ask(store) == []


def test_a_forked_process_opens_its_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent's connections are not used, and not closed either: they are still in use."""
    ask(store)
    (parents,) = store.readers._idle
    monkeypatch.setattr(os, "getpid", lambda: -1)
    store.readers.close()
    ask(store)
    assert parents not in store.readers._idle
    parents.execute("SELECT 1")
    parents.connection.close()
    store.readers.close()


def test_threads_do_not_share_a_connection(store: Store) -> None:
    add(store)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(len(ask(store)) for _ in range(20)))
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert found == [1] * 160


def test_no_connection_is_left_when_the_store_is_disposed_of(store: Store) -> None:
    ask(store)
    (cursor,) = store.readers._idle
    store.dispose()
    assert store.readers._idle == []
    with pytest.raises(Exception, match="closed"):
        cursor.execute("SELECT 1")
    assert ask(store) == []


def test_a_crowd_shares_a_few_connections(store: Store) -> None:
    """More threads than there is room for wait their turn, and take no more of the server."""
    add(store)
    opened: list[Any] = []
    room, take = threading.Barrier(MOST + 1), store.readers._open

    def held() -> Any:
        opened.append(cursor := take())
        # Until as many are open as may be: whoever comes then must wait, and opens none.
        room.wait(30)
        return cursor

    store.readers._open = held  # type: ignore[method-assign] # all at once
    found: list[int] = []
    crowd = [threading.Thread(target=lambda: found.append(len(ask(store)))) for _ in range(40)]
    for each in crowd:
        each.start()
    room.wait(30)
    for each in crowd:
        each.join(30)
    assert found == [1] * 40
    assert len(opened) == len(store.readers._idle) == MOST
