"""Admins at a browser: made one and led to add a factor; looking after an account."""

from __future__ import annotations

import pytest

from ostiary.accounts import address, login_name
from ostiary.contracts import User
from ostiary.signin.commanding import Commanding
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from tests.browser.people import PASSWORD, STEP, Meet, Person


def made(server: Server, person: Person) -> None:
    """By the operator, as `ostiary users create --admin` does."""
    runtime = server.runtime
    assert runtime.accounts is not None
    name, at = login_name(person.name), address(person.address)
    user = Commanding(runtime.signin.parts).create(
        runtime.accounts, name, at, {"password": PASSWORD}, admin=True
    )
    assert isinstance(user, User)


def add_app_here(person: Person) -> None:
    """From the page that asks for a second step."""
    person.at("Add a second step")
    person.hands.follow("Add authenticator app")
    person.at("Add authenticator app")
    person.secret = person.page.inner_text("main code").replace(" ", "")
    person.clock.advance(STEP)
    person.hands.fill("Code", person.code)
    person.hands.press("Add authenticator app")


def does(person: Person, what: str, to: Person, reason: str) -> None:
    """Find the account, and act on it."""
    person.open("/admin/users")
    person.at("Users")
    person.hands.fill("Name, email address or user ID", to.name.upper())
    person.hands.press("Find")
    person.hands.follow(to.name)
    person.at(to.name)
    person.hands.follow(what)
    person.at(what)
    person.hands.press(what)
    person.refused("Reason must be filled in.")
    person.hands.fill("Reason", reason)
    person.hands.press(what)


@pytest.mark.parametrize(
    "way", sampled(["mouse", "no-scripts", "keyboard"], 0, always=["keyboard"])
)
def test_be_made_an_admin_and_be_led_to_add_a_factor(way: str, server: Server, meet: Meet) -> None:
    """The first admin at the first sign-in, the second in the midst of what they do."""
    root, bob = meet("root", way=way), meet("bob", way=way)
    made(server, root)
    root.give_password()
    add_app_here(root)
    root.at("Your account")

    bob.register()
    does(root, "Make this person an admin", bob, "They look after the shop.")
    root.told("The person is an admin now.")
    bob.hands.follow("Sessions")
    add_app_here(bob)
    bob.at("Sessions")
    bob.hands.follow("Users")
    bob.at("Users")

    does(bob, "Remove the second factors", root, "They lost the telephone.")
    bob.told("The second factors are removed.")
    does(bob, "Disable the account", root, "They left.")
    bob.told("The account is disabled.")
    root.open("/account")
    root.at("Sign in")
