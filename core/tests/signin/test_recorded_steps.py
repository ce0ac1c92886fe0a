"""What a sign-in leaves behind that stops halfway, and who is named where it is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.contracts import Actor, Assurance, Purpose

from .conftest import KNOW, Counter, Door, Open, Scripted, Word, reason

MINUTE = timedelta(minutes=1)


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter) -> Door:
    return open_door(word, counter)


def test_a_thief_who_stops_at_the_second_question_has_left_a_trace(
    door: Door, word: Word, counter: Counter
) -> None:
    """Its owner sees that somebody knows the word; nobody is said to have signed in."""
    user = door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    (event,) = door.events.of("sign-in.proved")
    assert (event.subject, dict(event.details)) == (user.id, {"factor": "word"})
    assert event.actor == Actor("anonymous")
    assert event.client == visitor.client
    assert [(p.factor, p.strength) for p in event.proofs] == [("word", KNOW)]
    assert door.events.of("sign-in.done") == []
    # The last proof is told by the sign-in itself.
    door.further(visitor, counter, {"number": "1"})
    assert len(door.events.of("sign-in.proved")) == len(door.events.of("sign-in.done")) == 1


def test_a_sign_in_by_one_proof_is_one_event(door: Door, word: Word) -> None:
    door.alice(word)
    door.enter(word, "alice", {"word": "open"})
    assert door.events.of("sign-in.proved") == []


def test_a_refused_step_up_names_who_is_signed_in(door: Door, word: Word, counter: Counter) -> None:
    user = door.alice(word, counter)
    member = door.enter_both(word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(proofs=2, within=MINUTE))
    assert reason(door.further(visitor, counter, {"number": "no"}, Purpose.STEP_UP))
    (event,) = door.events.of("step-up.refused")
    assert event.actor == Actor("user", user.id, "session", session=member.session_id)
    assert event.subject == user.id
    # A part of it is no sign-in.
    door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert len(door.events.of("sign-in.proved")) == 1


def test_so_does_one_whose_factor_fails_and_a_refused_sign_in_names_nobody(
    open_door: Open, word: Word
) -> None:
    failing = Scripted("failing", begin=lambda _step: None)
    door = open_door(word, failing)
    user = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    door.give(user, failing)
    visitor = door.stepping_up(member, Assurance(proofs=2))
    door.question(visitor, failing, Purpose.STEP_UP)
    (event,) = door.events.of("step-up.refused")
    assert event.actor == Actor("user", user.id, "session", session=member.session_id)
    door.first(door.visitor(), word, "alice", {"word": "wrong"})
    (event,) = door.events.of("sign-in.refused")
    assert event.actor == Actor("anonymous")
