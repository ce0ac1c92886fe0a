"""Sessions: how long they last, when their id changes, who ends them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from ostiary.accounts import (
    Limit,
    Session,
    SessionEnded,
    Sessions,
    proofs_from_json,
    proofs_to_json,
    token_hash,
)
from ostiary.contracts import Client, Kind, Proof, Strength
from ostiary.settings import Settings
from ostiary.store import Store
from ostiary.store.tables import sessions as table

KNOW = Strength(frozenset({Kind.KNOW}))
HAVE = Strength(frozenset({Kind.HAVE}))
BOTH = Strength(frozenset({Kind.KNOW, Kind.HAVE}), phishing_resistant=True)
CLIENT = Client("192.0.2.1", "Browser/1")

Open = Callable[..., str]
Load = Callable[[str], Session | None]


@pytest.fixture
def sessions(store: Store) -> Sessions:
    settings = {"ostiary.session.idle": "2h", "ostiary.session.absolute": "12h"}
    return Sessions(store, Settings.from_mapping(settings))


@pytest.fixture
def opened(store: Store, sessions: Sessions, clock: Any) -> Open:
    def open_session(user: str = "alice", *proofs: Proof, limit: Limit | None = None) -> str:
        with store.write() as unit:
            return sessions.open(unit, user, proofs, CLIENT, limit, clock.now)

    return open_session


@pytest.fixture
def load(store: Store, sessions: Sessions, clock: Any) -> Load:
    def read(cookie: str) -> Session | None:
        with store.read() as connection:
            return sessions.load(connection, cookie, clock.now)

    return read


def must(session: Session | None) -> Session:
    assert session is not None
    return session


def test_a_session_is_found_by_its_cookie_alone(opened: Open, load: Load, clock: Any) -> None:
    proof = Proof("password", "id", KNOW, clock.now)
    cookie = opened("alice", proof, limit=Limit.RECOVERY)
    session = must(load(cookie))
    assert (session.user_id, session.proofs, session.limit) == ("alice", (proof,), Limit.RECOVERY)
    assert (session.client, session.created_at, session.seen_at) == (CLIENT, clock.now, clock.now)
    assert session.expires_at == clock.now + timedelta(hours=12)
    assert not must(load(opened())).limit


@pytest.mark.parametrize("cookie", ["", "x" * 43, "x" * 42, "\xe9" * 43, "x" * 100_000, "\ud800"])
def test_another_cookie_opens_nothing(opened: Open, load: Load, cookie: str) -> None:
    opened()
    assert load(cookie) is None


def test_what_is_stored_opens_nothing(store: Store, opened: Open, load: Load) -> None:
    """A stolen copy of the table is not a bunch of sessions."""
    cookie = opened()
    assert len(cookie) == 43
    with store.read() as connection:
        row = connection.execute(select(table)).one()
    assert cookie not in str(row)
    assert row.id_hash == token_hash(cookie)
    assert load(row.id_hash) is None


def test_a_session_ends_by_idleness(
    opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    cookie = opened()
    clock.forward(hours=2, seconds=-1)
    assert sessions.touch(must(load(cookie)), clock.now)
    clock.forward(hours=2, seconds=-1)
    assert load(cookie) is not None
    clock.forward(seconds=1)
    assert load(cookie) is None


def test_a_session_ends_in_the_end_however_busy(
    opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    cookie = opened()
    for _ in range(11):
        clock.forward(hours=1)
        sessions.touch(must(load(cookie)), clock.now)
    clock.forward(minutes=59, seconds=59)
    assert load(cookie) is not None
    clock.forward(seconds=1)
    assert load(cookie) is None


def test_use_is_noted_at_most_once_a_minute(
    opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    cookie = opened()
    clock.forward(seconds=59)
    assert not sessions.touch(must(load(cookie)), clock.now)
    clock.forward(seconds=1)
    before = must(load(cookie))
    assert sessions.touch(before, clock.now)
    assert must(load(cookie)).seen_at == clock.now
    # A slower request that began earlier does not put the time back.
    later = clock.forward(minutes=2)
    assert sessions.touch(before, later)
    assert sessions.touch(before, later - timedelta(seconds=30))
    assert must(load(cookie)).seen_at == later


def test_a_further_proof_comes_with_a_new_id(
    store: Store, opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    """Who copied the cookie before the step-up has nothing of it (ASVS 7.2.4)."""
    first = Proof("password", "p", KNOW, clock.now)
    old = opened("alice", first)
    session = must(load(old))
    second = Proof("totp", "t", HAVE, clock.forward(minutes=5))
    with store.write() as unit:
        new = sessions.add_proofs(unit, session, [second])
    assert load(old) is None
    rotated = must(load(new))
    assert rotated.proofs == (first, second)
    assert (rotated.created_at, rotated.expires_at) == (session.created_at, session.expires_at)


def test_a_newer_proof_takes_the_place_of_an_older_one_unless_that_said_more(
    store: Store, opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    at, later = clock.now, clock.now + timedelta(minutes=5)
    verified, plain = Proof("keys", "k", BOTH, at), Proof("keys", "k", HAVE, at)
    other, recovery = Proof("keys", "other", HAVE, at), Proof("keys", "k", HAVE, at, recovery=True)
    again = Proof("keys", "k", HAVE, later)
    cookie = opened("alice", verified, plain, other, recovery)
    with store.write() as unit:
        cookie = sessions.add_proofs(unit, must(load(cookie)), [again])
    assert must(load(cookie)).proofs == (verified, other, recovery, again)


def test_of_two_step_ups_at_once_one_keeps_the_session(
    opened: Open,
    load: Load,
    sessions: Sessions,
    clock: Any,
    together: Callable[..., list[Any]],
) -> None:
    session = must(load(opened()))
    proof = Proof("totp", "t", HAVE, clock.now)
    results = together(
        lambda unit: sessions.add_proofs(unit, session, [proof]),
        lambda unit: sessions.add_proofs(unit, session, [proof]),
    )
    assert load(results[0]) is not None
    assert isinstance(results[1], SessionEnded)


def test_a_session_that_was_ended_does_not_come_back_by_a_proof(
    opened: Open,
    load: Load,
    store: Store,
    sessions: Sessions,
    clock: Any,
    together: Callable[..., list[Any]],
) -> None:
    session = must(load(opened()))
    results = together(
        lambda unit: sessions.end_all(unit, "alice"),
        lambda unit: sessions.add_proofs(unit, session, [Proof("t", None, HAVE, clock.now)]),
    )
    assert results[0] == 1
    assert isinstance(results[1], SessionEnded)
    assert not sessions.touch(session, clock.now)
    with store.read() as connection:
        assert sessions.of_user(connection, "alice", clock.now) == ()


def test_one_ends_ones_own_session_and_nobody_elses(
    store: Store, opened: Open, load: Load, sessions: Sessions
) -> None:
    mine, other = opened("alice"), opened("bob")
    with store.write() as unit:
        assert not sessions.end(unit, must(load(other)).id_hash, "alice")
        assert sessions.end(unit, str(token_hash(mine)), "alice")
        assert not sessions.end(unit, str(token_hash(mine)), "alice")
    assert load(mine) is None
    assert load(other) is not None


def test_the_other_sessions_end_together(
    store: Store, opened: Open, load: Load, sessions: Sessions
) -> None:
    kept, *others = opened(), opened(), opened()
    stranger = opened("bob")
    with store.write() as unit:
        assert sessions.end_all(unit, "alice", except_id=must(load(kept)).id) == 2
    assert load(kept) is not None
    assert load(stranger) is not None
    assert [load(cookie) for cookie in others] == [None, None]
    with store.write() as unit:
        assert sessions.end_all(unit, "alice") == 1


def test_the_list_has_live_sessions_the_last_used_first(
    store: Store, opened: Open, load: Load, sessions: Sessions, clock: Any
) -> None:
    opened("bob"), opened()
    clock.forward(minutes=90)
    older = opened()
    clock.forward(minutes=40)
    newer = opened()
    with store.read() as connection:
        listed = sessions.of_user(connection, "alice", clock.now)
    assert listed == (load(newer), load(older))


def test_opening_sweeps_away_what_is_over(store: Store, opened: Open, clock: Any) -> None:
    opened(), opened("bob")
    clock.forward(hours=3)
    opened()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 2


def test_an_endless_agent_is_cut(store: Store, sessions: Sessions, load: Load, clock: Any) -> None:
    """PostgreSQL would refuse the row, and with it the sign-in."""
    with store.write() as unit:
        client = Client("x" * 1000, "y" * 100_000)
        cookie = sessions.open(unit, "alice", (), client, limit=None, now=clock.now)
    assert must(load(cookie)).client == Client("x" * 64, "y" * 512)
    with store.write() as unit:
        cookie = sessions.open(unit, "alice", (), Client(), limit=None, now=clock.now)
    assert must(load(cookie)).client == Client()


def test_proofs_survive_json(clock: Any) -> None:
    proofs = (Proof("keys", "k", BOTH, clock.now), Proof("mail", None, KNOW, clock.now, True))
    assert proofs_from_json(proofs_to_json(proofs)) == proofs


@pytest.mark.parametrize(
    "change",
    [
        {"factor": 1},
        {"credential": 1},
        {"kinds": "know"},
        {"kinds": ["magic"]},
        {"phishing_resistant": 1},
        {"recovery": None},
        {"at": 5},
        {"at": "yesterday"},
        {"at": "2026-03-01T12:00:00"},
        {"more": True},
    ],
)
def test_proofs_of_another_shape_are_refused(
    store: Store, opened: Open, load: Load, clock: Any, change: dict[str, Any]
) -> None:
    cookie = opened()
    good = proofs_to_json([Proof("password", "p", KNOW, clock.now)])[0]
    with store.write() as unit:
        unit.execute(update(table).values(proofs=[good | change]))
    with pytest.raises(ValueError, match=r"."):
        load(cookie)
    with pytest.raises(ValueError, match="list"):
        proofs_from_json({"0": good})
