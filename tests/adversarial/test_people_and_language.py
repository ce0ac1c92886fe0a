"""A user directory or a localization that fails: every request asks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ostiary import contracts as c

from .conftest import LOGGED, Answered, Browser, Directory, Language, Misbehaviour, World

KeptOut = Callable[[Browser, Answered], None]


@pytest.mark.parametrize("how", [how for how in LOGGED if how != "none"])
def test_without_a_directory_nobody_gets_in(
    world: World,
    misbehaviour: Misbehaviour,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    world.directory = Directory()
    browser = world.start()
    world.directory.answer = getattr(misbehaviour, how)
    answered = browser.sign_in()
    assert (answered.status, browser.has_session) == (503, False)
    assert "does not work at the moment" in answered.words
    assert any("plugin-1" in line and LOGGED[how] in line for line in caplog.messages)
    assert "hunter2" not in caplog.text + answered.text
    (refused,) = world.events.of("sign-in.refused")
    assert str(refused.reason).startswith("plugin-")


@pytest.mark.parametrize("how", [how for how in LOGGED if how != "none"])
def test_a_session_opens_nothing_while_its_user_cannot_be_found(
    world: World, misbehaviour: Misbehaviour, how: str
) -> None:
    world.directory = Directory()
    browser = world.start()
    browser.sign_in()
    assert browser.is_in
    world.directory.answer = getattr(misbehaviour, how)
    page = browser.get("/account")
    assert page.status == 503
    assert "does not work at the moment" in page.words
    assert "hunter2" not in page.text
    world.directory.answer = None
    assert browser.is_in


class Anybody(c.User):
    """A subclass."""


@pytest.mark.parametrize(
    "said",
    [
        c.User("id-bob", "bob", privileged=True),
        Anybody("id-ada", "ada"),
        c.User("id-ada", "ada", active="no"),  # type: ignore[arg-type]
    ],
)
def test_a_session_is_of_its_own_user_only(world: World, said: c.User) -> None:
    """One who says the same name to every question puts nobody into another's place."""
    world.directory = Directory()
    browser = world.start()
    browser.sign_in()
    world.directory.answer = lambda *_: said
    assert browser.get("/account").status == 503


@pytest.mark.parametrize("how", LOGGED)
def test_without_words_there_is_english(
    world: World, misbehaviour: Misbehaviour, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    world.language = Language()
    browser = world.start()
    assert "NO ACCOUNT YET" in browser.get("/sign-in").words
    world.language.answer = getattr(misbehaviour, how)
    assert "No account yet" in browser.get("/sign-in").words
    assert any("plugin-1" in line and LOGGED[how] in line for line in caplog.messages)
    assert "hunter2" not in caplog.text
    assert browser.sign_in().location == "/account"


def test_words_are_no_markup(world: World) -> None:
    """Only a plain str is shown, and that is escaped."""
    from markupsafe import Markup

    world.language = Language()
    browser = world.start()
    world.language.answer = lambda text: "<b>bold</b>" if isinstance(text, c.Text) else "en"
    assert "&lt;b&gt;bold" in browser.get("/sign-in").text
    world.language.answer = lambda text: Markup("<b>bold</b>") if isinstance(text, c.Text) else "en"
    assert "<b>bold" not in browser.get("/sign-in").text
