"""Who lost a password, or everything, and comes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ostiary.audit import COMMAND
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from tests.browser.people import STEP, Meet, Person

NEW = "a completely other long password"


def ready(person: Person) -> None:
    """An account with a confirmed address and an app, nobody signed in."""
    person.register()
    person.confirm_address()
    person.add_app()
    person.sign_out()


@pytest.mark.parametrize(
    "way", sampled(["mouse", "no-scripts", "keyboard"], 0, always=["keyboard"])
)
def test_a_password_is_reset_and_the_app_is_asked_for(way: str, meet: Meet) -> None:
    """Asked for in one browser, opened in another; the account is not open in between."""
    ada, phone = meet(way=way), meet()
    ready(ada)
    ada.open("/sign-in")
    ada.hands.follow("Forgot how you sign in?")
    ada.hands.fill("User name or email address", ada.name)
    ada.hands.press("Reset: Password")
    ada.at("Look into your mailbox")

    mail = next(m for m in ada.outbox.to(ada.address) if "/reset-password/link" in m.text)
    phone.secret = ada.secret
    phone.page.goto(mail.link)
    phone.at("Reset: Password")
    phone.hands.press("Go on with the reset")
    phone.at("One more step")
    for path in ("/account", "/reset-password/renew"):
        phone.open(path)
        expect(phone.page.get_by_role("heading", level=1)).not_to_have_text("Change password")
        assert "ostiary_session" not in phone.cookies()
    phone.open("/sign-in/verify")
    phone.clock.advance(STEP)
    phone.give_code()
    phone.at("Change password")
    phone.hands.fill("New password", NEW)
    phone.hands.press("Change password")
    phone.at("Your account")
    phone.told("nobody else is any longer")
    phone.page.goto(mail.link)
    phone.at("This did not work")


def test_who_lost_everything_comes_back(meet: Meet, server: Server) -> None:
    """Asks, waits, comes back limited, adds an app, shows both, and is free."""
    ada = meet(way="keyboard")
    ready(ada)
    ada.give_password()
    ada.at("One more step")
    ada.hands.follow("Ask for a way back in")
    ada.at("A way back into your account")
    ada.page.get_by_label("What happened, and how can an admin be sure").fill("The lake.")
    ada.hands.press("Ask an admin")
    ada.told("Your request was made.")
    regaining = server.runtime.regaining
    (request,) = regaining.open_requests()
    assert regaining.grant(request.id, COMMAND, "known by voice")
    ada.clock.advance(regaining.wait)
    server.runtime.chores.do()

    ada.give_password()
    ada.at("Add a new way to sign in")
    ada.hands.follow("Add authenticator app")
    ada.secret = ada.page.inner_text("main code").replace(" ", "")
    ada.hands.fill("Code", ada.code)
    ada.hands.press("Add authenticator app")
    ada.open("/account/sessions")
    ada.at("Add a new way to sign in")
    ada.hands.follow("Show two ways")
    ada.at("Confirm that it is you")
    ada.clock.advance(STEP)
    ada.give_code()
    ada.at("Your account")
    ada.open("/account/sessions")
    ada.at("Sessions")


def test_the_hint_says_what_would_help_and_stops_nobody(meet: Meet) -> None:
    """Politely, once no key was pressed for a moment."""
    ada = meet()
    ada.open("/register")
    status = ada.page.locator("[data-ostiary-helper] [role=status]")
    expect(status).to_be_empty()
    for typed, said in (
        ("short", "at least 15"),
        ("abcabcabcabcabcabc", "a pattern"),
        ("ada-ada-lovelace!", "mostly a name"),
        ("fifteen letters", "One more word"),
        ("correct horse battery staple", "hard to guess, if you use it nowhere else"),
    ):
        ada.hands.fill("User name", "ada-lovelace")
        ada.hands.fill("Password", typed)
        expect(status).to_contain_text(said)
    ada.hands.fill("Email address", ada.address)
    ada.hands.fill("Password", "short")
    ada.hands.press("Create the account")
    expect(ada.page.get_by_role("alert")).to_contain_text("too short")
