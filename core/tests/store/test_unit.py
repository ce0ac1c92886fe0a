"""A unit of work happens whole or not at all, and its callbacks when they are due."""

import logging
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ostiary.store import Store, Unit, engine, insert_if_absent
from ostiary.store.tables import devices, users

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def device(token: str) -> dict[str, Any]:
    return {"token_hash": token, "user_id": "ada", "created_at": NOW, "used_at": NOW}


def add(unit: Unit, token: str) -> None:
    unit.execute(insert(devices).values(device(token)))


def count(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(devices)) or 0


class Fault(Exception):
    """Raised by tests."""


def fail() -> None:
    raise Fault("hunter2")


def test_a_unit_commits_at_its_end(store: Store) -> None:
    with store.write() as unit:
        add(unit, "a")
    assert count(store) == 1


def test_a_unit_that_raises_changes_nothing(store: Store) -> None:
    with pytest.raises(Fault), store.write() as unit:
        add(unit, "a")
        fail()
    assert count(store) == 0


def test_callbacks_run_in_order_and_only_for_the_end_that_came(store: Store) -> None:
    ran: list[str] = []
    with store.write() as unit:
        unit.after_commit(lambda: ran.append("committed"))
        unit.after_commit(lambda: ran.append("committed 2"))
        unit.after_rollback(lambda: ran.append("rolled back"))
        unit.before_commit(lambda: ran.append("before"))
        ran.append("body")
    assert ran == ["body", "before", "committed", "committed 2"]
    ran.clear()
    with pytest.raises(Fault), store.write() as unit:
        unit.after_commit(lambda: ran.append("committed"))
        unit.after_rollback(lambda: ran.append("rolled back"))
        unit.before_commit(lambda: ran.append("before"))
        fail()
    assert ran == ["rolled back"]


def test_what_is_done_before_the_commit_is_part_of_it(store: Store) -> None:
    with store.write() as unit:
        unit.before_commit(lambda: add(unit, "a"))
        # A callback may ask for another one.
        unit.before_commit(lambda: unit.before_commit(lambda: add(unit, "b")))
    assert count(store) == 2


def test_a_callback_that_raises_before_the_commit_rolls_back(store: Store) -> None:
    ran: list[str] = []
    with pytest.raises(Fault), store.write() as unit:
        add(unit, "a")
        unit.after_rollback(lambda: ran.append("rolled back"))
        unit.after_commit(lambda: ran.append("committed"))
        unit.before_commit(fail)
    assert (count(store), ran) == (0, ["rolled back"])


def test_a_commit_that_fails_is_a_rollback(store: Store) -> None:
    """A deferred constraint is the one thing that both databases check at the commit."""
    ran: list[str] = []
    clause = "REFERENCES late (a) DEFERRABLE INITIALLY DEFERRED"
    with store.write() as unit:
        unit.execute(text(f"CREATE TABLE late (a INTEGER PRIMARY KEY, b INTEGER {clause})"))
    with pytest.raises(DBAPIError), store.write() as unit:
        unit.execute(text("INSERT INTO late VALUES (1, 2)"))
        unit.after_rollback(lambda: ran.append("rolled back"))
        unit.after_commit(lambda: ran.append("committed"))
    with store.write() as unit:
        rows = unit.execute(text("SELECT count(*) FROM late")).scalar_one()
        unit.execute(text("DROP TABLE late"))
    assert (rows, ran) == (0, ["rolled back"])


@pytest.mark.parametrize("committed", [True, False])
def test_a_callback_that_raises_after_the_end_harms_nobody_and_is_logged_by_type(
    store: Store, committed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    raised: list[Fault] = []
    with caplog.at_level(logging.ERROR):
        try:
            with store.write() as unit:
                add(unit, "a")
                for hang_on in (unit.after_commit, unit.after_rollback):
                    hang_on(fail)
                    hang_on(Fault)  # A class has no fault to raise: calling it does nothing.
                    hang_on(lambda: ran.append("next"))
                if not committed:
                    fail()
        except Fault as error:
            raised.append(error)
    assert (count(store), len(raised), ran) == (int(committed), int(not committed), ["next"])
    end = "commit" if committed else "rollback"
    assert [record.getMessage() for record in caplog.records] == [
        f"fail raised Fault after the {end}"
    ]
    assert "hunter2" not in caplog.text


def test_callbacks_after_the_end_can_open_a_unit(store: Store) -> None:
    """Events of an act that rolled back are written in a unit of their own."""

    def record() -> None:
        with store.write() as unit:
            add(unit, "failed")

    with pytest.raises(Fault), store.write() as unit:
        add(unit, "act")
        unit.after_rollback(record)
        fail()
    with store.read() as connection:
        assert connection.execute(select(devices.c.token_hash)).scalars().all() == ["failed"]


def test_units_do_not_nest_in_a_thread(store: Store) -> None:
    with store.write() as unit:
        add(unit, "a")
        with pytest.raises(RuntimeError, match="do not nest"), store.write():
            pass
        add(unit, "b")
    assert count(store) == 2


def test_a_unit_that_is_over_refuses_statements(store: Store) -> None:
    with store.write() as unit:
        pass
    with pytest.raises(RuntimeError, match="over"):
        add(unit, "a")


def test_a_unit_carries_what_others_hang_on_to_it(store: Store) -> None:
    with store.write() as unit:
        unit.info["recorder"] = [1]
        assert unit.info == {"recorder": [1]}


def test_a_savepoint_undoes_only_its_block(store: Store) -> None:
    with store.write() as unit:
        add(unit, "a")
        with pytest.raises(IntegrityError), unit.savepoint():
            add(unit, "b")
            add(unit, "a")
        with unit.savepoint():
            add(unit, "c")
    with store.read() as connection:
        found = connection.execute(select(devices.c.token_hash)).scalars().all()
    assert sorted(found) == ["a", "c"]


def test_insert_if_absent_says_whether_it_did_and_spares_the_transaction(store: Store) -> None:
    person = {"id": "1", "login": "Ada", "login_folded": "ada", "created_at": NOW}
    with store.write() as unit:
        assert insert_if_absent(unit, users, person)
        # Any unique constraint counts, not only the primary key.
        assert not insert_if_absent(unit, users, person | {"id": "2"})
        assert insert_if_absent(unit, users, person | {"id": "3", "login_folded": "adele"})
    with store.read() as connection:
        assert sorted(connection.execute(select(users.c.id)).scalars()) == ["1", "3"]


def test_a_unit_that_was_left_behind_does_not_commit(store: Store) -> None:
    """Even where its block ends well: a statement of another thread was still running."""
    with pytest.raises(RuntimeError, match="still runs"), store.write() as unit:
        add(unit, "left")
        unit.leave(lambda: None)
    with store.write() as unit:
        add(unit, "more")
    assert count(store) == 1


def test_a_connection_that_does_not_roll_back_is_named_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    over = threading.Event()

    def fail() -> None:
        over.set()
        raise OSError("hunter2")

    stack = ExitStack()
    stack.callback(fail)
    engine._roll_back_later(lambda: None, stack)
    assert over.wait(60)
    for thread in threading.enumerate():
        if thread.name == "ostiary-roll-back":
            thread.join(60)
    assert "left behind: OSError" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_server_that_does_not_hear_of_a_cancellation_is_named(
    empty_store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit is left behind then; on SQLite there is nobody to be told."""
    with empty_store.write() as unit:
        if empty_store.dialect == "postgresql":
            import psycopg

            def unreachable(*_: object, **__: object) -> None:
                raise OSError("hunter2")

            monkeypatch.setattr(psycopg.Connection, "cancel_safe", unreachable)
        unit.interrupt(0.1)
        # It interrupts nothing that begins afterwards.
        assert unit.execute(select(1)).scalar_one() == 1
    assert ("not cancelled: OSError" in caplog.text) == (empty_store.dialect == "postgresql")
    assert "hunter2" not in caplog.text
