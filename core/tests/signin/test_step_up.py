"""What a step-up takes for an answer, and what becomes of two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from ostiary.contracts import Assurance, Purpose
from ostiary.signin import Denied, SignedIn
from ostiary.signin.values import Outcome

from .conftest import Counter, Door, Key, Open, Scratch, Word, at_once, reason

MINUTE = timedelta(minutes=1)


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key, scratch: Scratch) -> Door:
    return open_door(word, counter, key, scratch)


def test_a_recovery_code_never_answers_a_step_up(
    door: Door, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """Whoever finds the sheet at an open session gets none of the rights that it guards."""
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    member = door.enter_both(word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(proofs=2, within=15 * MINUTE))
    question = door.question(visitor, scratch, Purpose.STEP_UP)
    offered = {question.asked.factor, *(o.factor for o in question.others)}  # type: ignore[union-attr]
    assert offered == {"word", "counter"}
    # At a sign-in it is a way, into a limited session.
    offered_then = door.question(door.begun(door.visitor(), word)).others
    assert [choice.factor for choice in offered_then] == ["scratch"]


def test_what_only_recovery_could_give_is_not_begun(
    door: Door, word: Word, scratch: Scratch
) -> None:
    user = door.alice(word)
    door.give(user, scratch, secret=b'["r1"]')
    member = door.enter(word, "alice", {"word": "open"})
    begun = door.runtime.signin.answering.step_up(member, [Assurance(proofs=2)], "")
    assert reason(begun) == "out-of-reach"


def test_of_many_step_ups_at_once_one_is_done_and_the_others_are_told_so(open_door: Open) -> None:
    """Each rotates the session, so the others find it gone: no fault, but an expired form.

    Each is answered with a credential of its own, so that no row makes them wait in line.
    """
    factors = [Word(f"word{number}") for number in range(8)]
    door = open_door(*factors)
    user = door.user("Alice")
    for factor in factors:
        door.give(user, factor, secret=b"open")
    member = door.enter(factors[0], "alice", {"word": "open"})
    door.clock.advance(20 * MINUTE)
    acts: list[Callable[[], Outcome]] = []
    for factor in factors:
        visitor = door.stepping_up(member, Assurance(within=MINUTE))
        asked = door.asked(visitor, factor, Purpose.STEP_UP)
        acts.append(partial(door.answer, visitor, asked, {"word": "open"}, Purpose.STEP_UP))
    outcomes = at_once(acts)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Denied)]
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert [reason(outcome) for outcome in refused] == ["expired"] * 7
    assert (door.sessions, len(door.events.of("step-up.done"))) == (1, 1)
