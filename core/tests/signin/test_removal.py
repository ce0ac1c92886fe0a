"""What a removal does to sessions, and what an ended session can still do: nothing."""

from __future__ import annotations

import pytest

from ostiary.accounts import Session, SessionEnded
from ostiary.contracts import Actor
from ostiary.signin import Member

from .conftest import Counter, Door, Key, Open, Word, reason


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key) -> Door:
    return open_door(word, counter, key)


def _credential(door: Door, member: Member, name: str) -> str:
    mine = door.runtime.signin.parts.credentials(member.user_id)
    (found,) = [stored.credential.id for stored in mine if stored.name == name]
    return found


def _session(door: Door, member: Member) -> Session | None:
    runtime = door.runtime
    with runtime.store.read() as connection:
        return runtime.sessions.by_hash(connection, member.session_hash, door.clock())


def test_the_other_sessions_that_a_removed_factor_opened_end_with_it(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    """Whoever removes a lost passkey throws out its finder, and nobody else."""
    user = door.alice(word, counter, key)
    finder = door.enter(key, "", {"answer": "key-alice+pin"})
    own = door.enter_both(word, counter, "1")
    other = door.enter_both(word, counter, "2")
    changing = door.runtime.signin.changing
    assert changing.remove(own, _credential(door, own, "key")) is None
    assert _session(door, finder) is None
    assert _session(door, other) is not None
    (event,) = door.events.of("session.others-ended")
    assert (event.subject, dict(event.details)) == (user.id, {"count": 1})
    assert event.actor == Actor("user", user.id, "session", session=own.session_id)


def test_the_acting_session_stays_without_what_the_removed_factor_proved(
    door: Door, word: Word, counter: Counter
) -> None:
    door.alice(word, counter)
    member = door.enter_both(word, counter)
    assert door.runtime.signin.changing.remove(member, _credential(door, member, "counter")) is None
    session = _session(door, member)
    assert session is not None
    assert [proof.factor for proof in session.proofs] == ["word"]
    # Nobody else was there, so nothing is said of others.
    assert door.events.of("session.others-ended") == []


def test_an_ended_session_neither_renames_nor_removes(
    door: Door, word: Word, counter: Counter
) -> None:
    """Its end may come between the look at the cookie and the act."""
    door.alice(word, counter)
    member = door.enter_both(word, counter)
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end(unit, member.session_hash, member.user_id)
    credential, changing = _credential(door, member, "counter"), door.runtime.signin.changing
    assert reason(changing.rename(member, credential, "New")) == "expired"
    assert reason(changing.remove(member, credential)) == "expired"
    (stored,) = [
        each
        for each in door.runtime.signin.parts.credentials(member.user_id)
        if each.name == "counter"
    ]
    assert stored.credential.label == "Counter"
    assert door.events.of("factor.renamed") == door.events.of("factor.removed") == []


def test_a_session_that_was_rotated_meanwhile_keeps_no_proof_by_being_faster(
    door: Door, word: Word, counter: Counter
) -> None:
    door.alice(word, counter)
    member = door.enter_both(word, counter)
    session, sessions = _session(door, member), door.runtime.sessions
    assert session is not None
    with door.runtime.store.write() as unit:
        sessions.add_proofs(unit, session, [])
    with door.runtime.store.write() as unit, pytest.raises(SessionEnded):
        sessions.drop_proofs(unit, session, _credential(door, member, "counter"))
