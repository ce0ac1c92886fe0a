"""An audit sink that fails: within the transaction of the act, and after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ostiary import contracts as c

from .conftest import LOGGED, RAISES, Answered, Browser, Misbehaviour, World

KeptOut = Callable[[Browser, Answered], None]


@pytest.mark.parametrize("how", RAISES)
def test_an_act_that_cannot_be_recorded_does_not_happen(
    world: World,
    misbehaviour: Misbehaviour,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    """A sink in the transaction is a condition of the act; the other sinks hear of the failure."""
    browser = world.start()
    world.inside.answer = getattr(misbehaviour, how)
    answered = browser.sign_in()
    kept_out(browser, answered)
    assert answered.status == 503
    assert any("odd-inside" in line and LOGGED[how] in line for line in caplog.messages)
    assert [(e.type, e.outcome) for e in world.events.all] == [("sign-in.done", c.Outcome.FAILED)]


@pytest.mark.parametrize("how", RAISES)
def test_a_sink_after_the_act_harms_nobody(
    world: World, misbehaviour: Misbehaviour, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    browser = world.start()
    world.after.answer = getattr(misbehaviour, how)
    assert browser.sign_in().location == "/account"
    assert any("odd-after" in line and LOGGED[how] in line for line in caplog.messages)
    assert [event.type for event in world.events.all] == ["sign-in.done"]


@pytest.mark.parametrize("how", ["true", "coroutine"])
@pytest.mark.parametrize("when", ["inside", "after"])
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_what_a_sink_returns_is_of_no_consequence(
    world: World, misbehaviour: Misbehaviour, when: str, how: str
) -> None:
    """There is nothing to say: only raising says no."""
    browser = world.start()
    getattr(world, when).answer = getattr(misbehaviour, how)
    assert browser.sign_in().location == "/account"


def test_what_a_sink_changes_the_next_one_does_not_see(world: World) -> None:
    browser = world.start()

    def forge(events: Any, execute: Any) -> None:
        for event in events:
            object.__setattr__(event, "subject", "id-bob")
            event.details.update(factor="forged")

    world.inside.answer = world.after.answer = forge
    browser.sign_in("wrong")
    (refused,) = world.events.all
    assert (refused.subject, dict(refused.details)) == ("id-ada", {"factor": "knock"})


def test_a_sink_keeps_no_way_into_the_database(world: World) -> None:
    """What it is lent runs statements until it returns, not any later one's."""
    from sqlalchemy import text

    lent: list[Any] = []
    browser = world.start()
    world.inside.answer = lambda _, execute: lent.append(execute)
    assert browser.sign_in().location == "/account"
    with pytest.raises(RuntimeError, match="the act is over"):
        lent[0](text("DELETE FROM ostiary_session"))
