"""Another address, made the primary one; the account given up, kept, and given up for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from tests.browser.people import PASSWORD, Meet

WAYS = ("mouse", "no-scripts", "keyboard")


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_another_address_takes_the_place_of_the_first(way: str, meet: Meet) -> None:
    """Added, confirmed by its mail, preferred; then the old one goes, and is told."""
    ada = meet(way=way)
    ada.register()
    ada.confirm_address()
    ada.hands.follow("Manage your email addresses")
    ada.hands.follow("Add an email address")
    ada.hands.fill("New email address", "new@192.0.2.1")
    ada.hands.press("Add this address")
    ada.refused("Enter an email address")
    assert ada.page.get_by_label("New email address").input_value() == "new@192.0.2.1"
    ada.hands.fill("New email address", "new@example.org")
    ada.hands.press("Add this address")
    ada.told("We sent you a message.")
    ada.page.goto(ada.outbox.to("new@example.org")[-1].link)
    ada.hands.press("Confirm this address")
    ada.told("Your email address is confirmed.")

    ada.hands.follow("Manage your email addresses")
    ada.hands.follow("Make primary: new@example.org")
    ada.hands.press("Make it the primary address")
    ada.told("The primary address was changed.")
    ada.hands.follow(f"Remove {ada.address}")
    ada.hands.press("Remove")
    ada.told("The address was removed.")
    assert ada.address not in ada.page.inner_text("main")
    told = [mail.subject for mail in ada.outbox.to(ada.address)]
    assert "Messages about your account now go to another address" in told
    assert "An email address was removed from your account" in told


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_an_account_is_given_up_kept_and_given_up_for_good(
    way: str, meet: Meet, server: Server
) -> None:
    """The way back is on every page of the account, and in the mail."""
    ada = meet(way=way)
    ada.register()
    ada.confirm_address()
    ada.hands.follow("Delete your account")
    ada.at("Delete your account")
    ada.hands.fill("Your user name", "somebody")
    ada.hands.press("Delete my account")
    ada.refused("This is not your user name.")
    ada.hands.fill("Your user name", ada.name)
    ada.hands.press("Delete my account")
    ada.told("Your other sessions were ended.")
    ada.hands.follow("Security")
    ada.hands.press("Keep my account")
    ada.told("Your account is kept.")

    ada.hands.follow("Delete your account")
    ada.hands.fill("Your user name", ada.name)
    ada.hands.press("Delete my account")
    ada.sign_out()
    ada.clock.advance(timedelta(days=6))
    (mail, *_) = [m for m in ada.outbox.to(ada.address) if "going to be deleted" in m.subject]
    ada.page.goto(mail.link)
    ada.hands.fill("User name or email address", ada.name)
    ada.hands.fill("Password", PASSWORD)
    ada.hands.press("Sign in")
    ada.at("Keep your account")
    ada.hands.press("Keep my account")
    ada.told("Your account is kept.")

    ada.hands.follow("Delete your account")
    ada.hands.fill("Your user name", ada.name)
    ada.hands.press("Delete my account")
    ada.clock.advance(timedelta(days=7))
    server.runtime.chores.do()
    ada.open("/account")
    ada.at("Sign in")
    ada.give_password()
    ada.refused("do not match an account")
    assert ada.outbox.to(ada.address)[-1].subject == "Your account was deleted"
