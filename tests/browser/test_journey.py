"""From nothing to two steps and back, as a person goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.people import STEP, Meet, Person

WAYS = ("mouse", "no-scripts", "keyboard")
DATABASES = ("sqlite", "postgresql")


@pytest.mark.parametrize(
    ("way", "database"),
    [
        *((way, "sqlite") for way in WAYS),
        ("mouse", "postgresql"),
        *(pytest.param(way, "postgresql", marks=pytest.mark.deep) for way in WAYS[1:]),
    ],
    indirect=["database"],
)
def test_the_whole_way(way: str, meet: Meet) -> None:
    """Register, confirm, add an app, sign out and in, remove the app, sign in without it."""
    ada = meet(way=way)
    ada.register()
    ada.confirm_address()
    ada.add_app()
    used = ada.code
    ada.sign_out()

    ada.give_password()
    ada.at("One more step")
    ada.give_code(used)
    ada.refused("has been used already")
    ada.clock.advance(STEP)
    ada.give_code()
    ada.at("Your account")

    _remove_app(ada)
    ada.sign_out()
    ada.give_password()
    ada.at("Your account")


def _remove_app(person: Person) -> None:
    """What was proved is too old for that by now: the way leads over one more code, and back."""
    person.clock.advance(timedelta(minutes=16))
    person.hands.follow("Security")
    person.hands.follow("Remove Authenticator app")
    person.at("Confirm that it is you")
    person.give_code()
    person.at("Remove “Authenticator app”")
    person.hands.press("Remove")
    person.told("It was removed.")


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_a_code_opens_one_door_only(meet: Meet) -> None:
    """The same fresh code from two browsers at the same moment: exactly one gets in; and it is
    refused afterwards, in either.
    """
    ada, other = meet(), meet()
    ada.register()
    ada.add_app()
    ada.sign_out()
    other.secret = ada.secret
    both = (ada, other)
    for each in both:
        each.give_password()
        each.at("One more step")
    ada.clock.advance(STEP)
    for each in both:
        each.hands.fill("Code", each.code)
    for each in both:
        # Returns before there is an answer.
        each.page.evaluate("() => setTimeout(() => document.forms[0].requestSubmit())")
    for each in both:
        each.page.wait_for_function("document.title.match(/^Your account|^Error: /)")
    got_in = [each for each in both if "ostiary_session" in each.cookies()]
    assert len(got_in) == 1
    (left_out,) = (each for each in both if each not in got_in)
    left_out.refused("has been used already")
    left_out.give_code()
    left_out.refused("has been used already")
    assert "ostiary_session" not in left_out.cookies()


def test_a_code_can_be_pasted_as_the_app_shows_it(meet: Meet) -> None:
    """With the space in its middle, from the clipboard (WCAG 3.3.8)."""
    ada = meet(permissions=["clipboard-read", "clipboard-write"])
    ada.register()
    ada.add_app()
    ada.sign_out()
    ada.give_password()
    ada.clock.advance(STEP)
    ada.page.evaluate(
        "text => navigator.clipboard.writeText(text)", f"{ada.code[:3]} {ada.code[3:]}"
    )
    ada.page.get_by_label("Code", exact=True).focus()
    ada.page.keyboard.press("ControlOrMeta+V")
    ada.page.keyboard.press("Enter")
    ada.at("Your account")


def test_the_setup_key_can_be_copied(meet: Meet) -> None:
    """The button says that it did, aloud."""
    ada = meet(permissions=["clipboard-read", "clipboard-write"])
    ada.register()
    ada.open("/account/security/add/totp")
    ada.hands.press("Copy: Setup key")
    ada.page.get_by_role("status").filter(has_text="Copied").wait_for()
    copied = ada.page.evaluate("navigator.clipboard.readText()")
    assert copied == ada.page.inner_text("main code")


def test_a_password_can_be_shown(meet: Meet) -> None:
    """And is hidden again before it is sent, so that the browser does not keep it as text."""
    ada = meet()
    ada.open("/sign-in")
    box = ada.page.get_by_label("Password", exact=True)
    ada.hands.fill("Password", "secret")
    assert box.get_attribute("type") == "password"
    ada.hands.press("Show password")
    assert box.get_attribute("type") == "text"
    ada.page.get_by_role("status").filter(has_text="Your password is visible").wait_for()
    ada.hands.press("Hide password")
    assert box.get_attribute("type") == "password"
    ada.page.get_by_role("status").filter(has_text="Your password is hidden").wait_for()
    ada.hands.press("Show password")
    ada.page.evaluate("document.addEventListener('submit', e => e.preventDefault())")
    ada.page.evaluate("document.querySelector('main form').requestSubmit()")
    assert box.get_attribute("type") == "password"


def test_without_scripts_no_button_is_of_no_use(meet: Meet) -> None:
    """What only scripts can do is not there without them."""
    ada = meet(way="no-scripts")
    ada.register()
    ada.open("/account/security/add/totp")
    names = [each.inner_text() for each in ada.page.get_by_role("button").all()]
    assert names == ["Sign out", "Add authenticator app"]
