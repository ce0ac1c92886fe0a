"""A flow belongs to the browser that it began in, and to no other that has its cookie."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ostiary.contracts import Assurance, Purpose
from ostiary.signin import SignedIn

from .conftest import Counter, Door, Open, Word, reason


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter) -> Door:
    return open_door(word, counter)


def test_the_cookie_of_a_sign_in_alone_goes_on_to_nothing_elsewhere(
    door: Door, word: Word, counter: Counter
) -> None:
    """Neither shown, nor answered, nor asked anew, whatever else the other browser brings."""
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    thief = replace(visitor, browser=door.visitor().browser)
    ways = door.runtime.signin.ways
    assert reason(ways.question(thief, Purpose.SIGN_IN, None)) == "expired"
    assert reason(door.answer(thief, asked, {"number": "1"})) == "expired"
    ways.again(thief, Purpose.SIGN_IN, "counter")
    assert door.asked(visitor) == asked
    assert counter.calls == []
    # Nor can the two tokens be split at another place.
    for moved in (
        replace(visitor, flow=f"{visitor.flow}\n{visitor.browser}", browser=""),
        replace(visitor, flow="", browser=f"{visitor.flow}\n{visitor.browser}"),
    ):
        assert reason(ways.question(moved, Purpose.SIGN_IN, None)) == "expired"
    assert isinstance(door.answer(visitor, asked, {"number": "1"}), SignedIn)


def test_nor_does_that_of_a_step_up(door: Door, word: Word) -> None:
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    door.clock.advance(timedelta(minutes=20))
    visitor = door.stepping_up(member, Assurance(within=timedelta(minutes=1)))
    asked = door.asked(visitor, word, Purpose.STEP_UP)
    thief = replace(visitor, browser=door.visitor().browser)
    outcome = door.answer(thief, asked, {"word": "open"}, Purpose.STEP_UP)
    assert reason(outcome) == "expired"
