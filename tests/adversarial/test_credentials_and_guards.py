"""A credential verifier or a guard that fails, at a presented credential and at a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ostiary import contracts as c

from .conftest import LOGGED, RIGHT, Answered, Browser, Misbehaviour, World

KeptOut = Callable[[Browser, Answered], None]


def present(browser: Browser) -> Answered:
    """Show a credential to a page that asks who is there."""
    return browser.get("/account", Authorization="Bearer odd-1")


def test_one_that_behaves_is_believed(world: World) -> None:
    """The page belongs to sessions, so what is known is refused otherwise than what is not."""
    assert present(world.start()).status == 403
    assert world.events.all == []


@pytest.mark.parametrize("how", LOGGED)
@pytest.mark.parametrize("part", ["verifier", "guard"])
def test_a_failing_judge_of_credentials_refuses(
    world: World,
    misbehaviour: Misbehaviour,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    part: str,
    how: str,
) -> None:
    if (part, how) == ("guard", "none"):
        pytest.skip("None is a guard's answer")
    browser = world.start()
    getattr(world, part).answer = getattr(misbehaviour, how)
    answered = present(browser)
    kept_out(browser, answered)
    assert answered.status == 401
    assert any(f"odd-{part}" in line and LOGGED[how] in line for line in caplog.messages)
    (refused,) = world.events.of("credential.refused")
    assert str(refused.reason).startswith("plugin-")
    assert refused.details["verifier"] == "odd-verifier"


class Anyone(c.Identity):
    """A subclass."""


@pytest.mark.parametrize(
    "said",
    [
        Anyone("id-ada", "odd-verifier"),
        c.Identity("id-ada", "session"),
        c.Identity("id-ada", "odd-verifier", restrictions=[]),  # type: ignore[arg-type]
        c.Identity(True, "odd-verifier"),  # type: ignore[arg-type]
        c.Identity("id-of-nobody", "odd-verifier"),
        c.Identity("id-ada", "odd-verifier", proofs=(True,)),  # type: ignore[arg-type]
    ],
)
def test_an_identity_is_believed_only_as_it_must_be_said(
    world: World, kept_out: KeptOut, said: c.Identity
) -> None:
    browser = world.start()
    world.verifier.answer = lambda *_: said
    answered = present(browser)
    kept_out(browser, answered)
    assert answered.status == 401


@pytest.mark.parametrize("how", [how for how in LOGGED if how != "none"])
def test_a_failing_guard_lets_nobody_sign_in(
    world: World,
    misbehaviour: Misbehaviour,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    browser = world.start()
    world.guard.answer = getattr(misbehaviour, how)
    answered = browser.sign_in()
    kept_out(browser, answered)
    assert answered.status == 503
    assert any("odd-guard" in line and LOGGED[how] in line for line in caplog.messages)
    (refused,) = world.events.of("sign-in.refused")
    assert (refused.subject, str(refused.reason)[:7]) == ("id-ada", "plugin-")


def test_what_a_guard_changes_is_a_copy(world: World) -> None:
    """Ada signs in, and Ada it is who is in, though the guard put another into her place."""

    def swap(attempt: c.Attempt) -> Any:
        object.__setattr__(attempt.user, "id", "id-bob")
        object.__setattr__(attempt.user, "login", "bob")
        object.__setattr__(attempt, "user", c.User("id-bob", "bob"))

    browser = world.start()
    world.guard.answer = swap
    browser.sign_in(RIGHT)
    assert "ada" in browser.get("/account").words
    assert {event.subject for event in world.events.all} == {"id-ada"}
