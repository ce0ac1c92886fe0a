"""A factor that fails, in every way that a plugin can, as the first proof and as the second."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ostiary import contracts as c

from .conftest import LOGGED, RIGHT, Answered, Browser, Misbehaviour, Odd, World

PROOFS = ("first", "second")
KeptOut = Callable[[Browser, Answered], None]


def proof(world: World, which: str) -> tuple[Odd, Browser, Callable[[], Answered]]:
    """The factor, a browser before it is asked, and how its answer is sent."""
    browser = world.start(two=which == "second")
    if which == "first":
        return world.first, browser, browser.sign_in
    assert browser.sign_in().location == "/sign-in/verify"
    assert not browser.has_session

    def answer() -> Answered:
        browser.get("/sign-in/verify")
        return browser.post("/sign-in/verify", code=RIGHT)

    return world.second, browser, answer


@pytest.mark.parametrize("which", PROOFS)
def test_one_that_behaves_lets_in(world: World, which: str) -> None:
    """What the other tests here refuse is refused for what the plugin does, not for the rest."""
    _factor, browser, answer = proof(world, which)
    assert answer().location == "/account"
    assert browser.is_in


@pytest.mark.parametrize("which", PROOFS)
@pytest.mark.parametrize("how", LOGGED)
def test_an_answer_that_is_none_is_a_refusal(
    world: World,
    misbehaviour: Misbehaviour,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    which: str,
    how: str,
) -> None:
    factor, browser, answer = proof(world, which)
    factor.answer = getattr(misbehaviour, how)
    answered = answer()
    kept_out(browser, answered)
    assert answered.status == 503
    assert "does not work at the moment" in answered.words
    assert any(factor.name in line and LOGGED[how] in line for line in caplog.messages)
    assert world.events.of("sign-in.refused")[-1].subject == "id-ada"
    assert str(world.events.of("sign-in.refused")[-1].reason).startswith("plugin-")
    factor.answer = None
    browser.sign_in()
    assert browser.is_in or which == "second"


class Certainly(c.Verified):
    """A subclass: nothing of a plugin's own making decides what yes means."""


def made_up(step: c.Step, answer: Mapping[str, str]) -> Any:
    return c.Verified(credential=c.Credential("made-up", "id-ada", ""))


def sub(step: c.Step, answer: Mapping[str, str]) -> Any:
    return Certainly(credential=step.credentials[0])


def for_bob(step: c.Step, answer: Mapping[str, str]) -> Any:
    """Changes what it was given, so that the yes is about somebody else."""
    (mine,) = step.credentials
    object.__setattr__(mine, "id", "credential-of-bob")
    object.__setattr__(mine, "user_id", "id-bob")
    if step.user is not None:
        object.__setattr__(step.user, "id", "id-bob")
    answer.clear()  # type: ignore[attr-defined] # it is a dictionary, if a copy.
    return c.Verified(credential=mine)


def clumsy(step: c.Step, answer: Mapping[str, str]) -> Any:
    """Swallows its own errors, and says yes all the same."""
    try:
        mine = step.credentials[7]
    except IndexError:
        mine = c.Credential("", "", "")
    return c.Verified(credential=mine)


def stronger(step: c.Step, answer: Mapping[str, str]) -> Any:
    """Claims to prove what the factor cannot."""
    return c.Verified(credential=step.credentials[0], strength=c.Strength(frozenset()))


@pytest.mark.parametrize("which", PROOFS)
@pytest.mark.parametrize("yes", [made_up, sub, for_bob, clumsy, stronger])
def test_a_yes_counts_only_as_it_must_be_said(
    world: World,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    which: str,
    yes: Callable[..., Any],
) -> None:
    factor, browser, answer = proof(world, which)
    factor.answer = yes
    kept_out(browser, answer())
    assert any(factor.name in line for line in caplog.messages)
    # The first proof before a second one was sound, and left its own trace.
    before = {"sign-in.proved"} if which == "second" else set()
    assert {event.type for event in world.events.all} == {"sign-in.refused"} | before


def test_yes_to_everything_opens_no_account_that_does_not_exist(
    world: World, kept_out: KeptOut
) -> None:
    """An unknown name is asked about with a decoy, of which no yes is believed."""
    browser = world.start()
    world.first.answer = lambda step, *_: c.Verified(credential=step.credentials[0])
    kept_out(browser, browser.sign_in(name="nobody"))


def test_what_a_step_changes_is_a_copy(world: World) -> None:
    """The yes is Ada's, whatever the plugin made of her credential, and so is the session."""
    browser = world.start()

    def scribbling(step: c.Step, answer: Mapping[str, str]) -> Any:
        (mine,) = step.credentials
        object.__setattr__(mine, "user_id", "id-bob")
        object.__setattr__(step, "user", c.User("id-bob", "bob", privileged=True))
        return c.Verified(credential=mine)

    world.first.answer = scribbling
    browser.sign_in()
    assert "ada" in browser.get("/account").words
    assert world.events.of("sign-in.done")[-1].subject == "id-ada"


@pytest.mark.parametrize("how", LOGGED)
def test_a_question_that_is_none_leaves_the_way_shut(
    world: World,
    misbehaviour: Misbehaviour,
    kept_out: KeptOut,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    browser = world.start(two=True)
    world.second.begin = getattr(misbehaviour, how)
    assert browser.sign_in().location == "/sign-in/verify"
    kept_out(browser, browser.get("/sign-in/verify"))
    assert any("card" in line and LOGGED[how] in line for line in caplog.messages)
    assert world.events.of("sign-in.refused")[-1].subject == "id-ada"


def test_a_sign_in_page_without_a_working_factor_says_so(
    world: World, misbehaviour: Misbehaviour
) -> None:
    browser = world.start()
    world.first.begin = misbehaviour.exit
    page = browser.get("/sign-in")
    assert "Nobody can sign in at the moment" in page.words
