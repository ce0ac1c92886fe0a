"""Passkeys and security keys in Chromium, with authenticators that the test holds in its hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ostiary.testing.browsers import axe
from ostiary.testing.houses import Events
from tests.browser.authenticators import PHONE, STICK, U2F, Authenticator, Keyring
from tests.browser.people import STEP, Meet, Person

ADD = "Add passkey or security key"
USE = "Use a passkey or security key"
NO_AUTOFILL = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
NO_SIGNALS = """
delete PublicKeyCredential.signalAllAcceptedCredentials;
delete PublicKeyCredential.signalCurrentUserDetails;
"""
ANY_KEY = """() => {
    const parse = PublicKeyCredential.parseRequestOptionsFromJSON.bind(PublicKeyCredential);
    PublicKeyCredential.parseRequestOptionsFromJSON = (options) =>
        parse({ ...options, allowCredentials: [] });
}"""
SLOW_TO_SAY = """
window.requests = [];
PublicKeyCredential.isConditionalMediationAvailable = () =>
    new Promise((resolve) => { window.sayYes = () => resolve(true); });
const get = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = (options) => {
    window.requests.push(options.mediation ?? "asked for");
    return get(options);
};
"""
CANCELLED = "It was cancelled, or it took too long. Try again, or use another way."


def told(page: Page, text: str) -> None:
    """The page says so itself, without having been loaded again, and can be used again."""
    expect(page.locator("[data-ostiary-status]")).to_have_text(text)
    expect(page.locator("button[aria-disabled]")).to_have_count(0)


def add(person: Person, key: Authenticator, name: str = "") -> None:
    """Add a key on the account's page."""
    person.open("/account/security")
    person.hands.follow(ADD)
    person.at(ADD)
    if name:
        person.hands.fill("Name (optional)", name)
    with key.touched():
        person.hands.press(ADD)
        person.told("was added")


def cards(person: Person) -> list[str]:
    person.open("/account/security")
    return person.page.locator("main h3").all_inner_texts()


def test_security_keys_by_keyboard(meet: Meet) -> None:
    """Two keys, an old one among them, added and used as a second step without a mouse."""
    ada = meet(way="keyboard")
    ring = Keyring(ada.page)
    stick = ring.add(STICK)
    ada.register()
    ada.open("/account/security/add/webauthn")
    axe(ada.page)
    add(ada, stick, "Blue")

    # The same key is not added twice.
    ada.hands.follow(ADD)
    with stick.touched():
        ada.hands.begin(ADD)
        told(ada.page, "This device or key is part of your account already. Choose another one.")
    stick.remove()
    old = ring.add(U2F)
    add(ada, old)
    assert sorted(cards(ada)) == ["Blue", "Password", "Security key"]
    axe(ada.page)
    ada.sign_out()

    # One of the two is enough.
    ada.give_password()
    ada.at("One more step")
    axe(ada.page)
    with old.touched():
        ada.hands.press("Continue")
        ada.at("Your account")


def test_who_has_not_the_right_key_goes_another_way(meet: Meet) -> None:
    """A key that is not of this account: the page says so, keeps its focus, and has other ways."""
    ada = meet()
    ring = Keyring(ada.page)
    stick = ring.add(STICK)
    ada.register()
    add(ada, stick)
    ada.add_app()
    ada.sign_out()

    stick.remove()
    strange = ring.add(STICK)
    ada.give_password()
    ada.open("/sign-in/verify?with=webauthn")
    with strange.touched():
        ada.hands.begin("Continue")
        told(ada.page, CANCELLED)
    expect(ada.page.get_by_role("button", name="Continue")).to_be_focused()
    axe(ada.page)
    ada.clock.advance(STEP)
    ada.hands.follow("Use an authenticator app")
    ada.give_code()
    ada.at("Your account")


def test_a_passkey_alone(meet: Meet, events: Events) -> None:
    """Without a name: by the button, and by autofill in the field of the name, which leaves the
    form beside it as it was.
    """
    ada = meet()
    phone = Keyring(ada.page).add(PHONE)
    ada.register()
    add(ada, phone)
    ada.sign_out()

    ada.open("/sign-in")
    axe(ada.page)
    expect(ada.page.get_by_label("User name or email address")).to_have_attribute(
        "autocomplete", "username webauthn"
    )
    # By now the browser waits for autofill, and makes way for the button.
    with phone.touched():
        ada.hands.press(USE)
        ada.at("Your account")
    assert events.of("sign-in.done")[-1].proofs[-1].strength.phishing_resistant
    ada.sign_out()

    with phone.touched():
        ada.open("/sign-in?next=/account/security")
        ada.at("Security")
    ada.sign_out()

    # Somebody else's finger; the password is there still, and the phone is the second step.
    ada.open("/sign-in")
    phone.send("setUserVerified", isUserVerified=False)
    with phone.touched():
        ada.hands.begin(USE)
        told(ada.page, CANCELLED)
    axe(ada.page)
    phone.send("setUserVerified", isUserVerified=True)
    ada.give_password()
    ada.at("One more step")
    with phone.touched():
        ada.hands.press("Continue")
        ada.at("Your account")


@pytest.mark.deep
def test_the_button_is_pressed_before_autofill_is_ready(meet: Meet) -> None:
    """A second request would end the first in some browsers, without a word to who asked for it."""
    ada = meet()
    phone = Keyring(ada.page).add(PHONE)
    ada.register()
    add(ada, phone)
    ada.sign_out()
    ada.page.add_init_script(SLOW_TO_SAY)
    ada.open("/sign-in")
    ada.hands.begin(USE)
    ada.page.wait_for_function("window.requests.length > 0")
    ada.page.evaluate("async () => { window.sayYes(); await new Promise(requestAnimationFrame); }")
    assert ada.page.evaluate("window.requests") == ["asked for"]


@pytest.mark.deep
def test_answers_that_are_not_right(meet: Meet, events: Events) -> None:
    """A wrong signature, nobody there, nobody known; then a copy, whose counter has gone back:
    refused, recorded, and its owner is told.
    """
    ada = meet()
    ring = Keyring(ada.page)
    phone = ring.add(PHONE)
    ada.register()
    ada.confirm_address()
    add(ada, phone)
    (copied,) = phone.credentials
    ada.page.add_init_script(NO_AUTOFILL)
    for _time in range(2):
        ada.sign_out()
        ada.open("/sign-in")
        with phone.touched():
            ada.hands.press(USE)
            ada.at("Your account")
    ada.sign_out()

    ada.open("/sign-in")
    for broken, reason, words in (
        ({"isBogusSignature": True}, "signature", "was not right"),
        ({"isBadUP": True}, "user-presence", "was not touched"),
        ({"isBadUV": True}, "user-verification", "did not check that it is you"),
    ):
        with phone.broken(**broken), phone.touched():
            ada.hands.press(USE)
            ada.refused(words)
        assert events.of("sign-in.refused")[-1].reason == reason
    axe(ada.page)

    phone.remove()
    copy = ring.add(PHONE)
    copy.send("addCredential", credential=copied)
    with copy.touched():
        ada.hands.press(USE)
        ada.refused("there may be a copy of it")
    event = events.of("sign-in.refused")[-1]
    assert (event.reason, event.subject) == ("cloned", events.of("user.registered")[0].subject)
    assert "suspicious" in ada.outbox.to(ada.address)[-1].subject


@pytest.mark.deep
def test_a_key_of_somebody_else(meet: Meet, events: Events) -> None:
    """Bob's key does not answer for Ada, also where the browser is made to offer it."""
    ada, bob = meet(), meet("bob")
    keys = {}
    for person in (ada, bob):
        keys[person.name] = Keyring(person.page).add(PHONE)
        person.register()
        add(person, keys[person.name])
    ada.sign_out()
    ada.give_password()
    ada.at("One more step")
    keys["ada"].send("clearCredentials")
    (bobs,) = keys["bob"].credentials
    keys["ada"].send("addCredential", credential=bobs)
    with keys["ada"].touched():
        ada.hands.begin("Continue")
        told(ada.page, CANCELLED)
        # The list of keys is advice to the browser; the server goes by its own.
        ada.page.evaluate(ANY_KEY)
        ada.hands.begin("Continue")
        ada.refused("does not belong to the account")
    assert events.of("sign-in.refused")[-1].reason == "unknown-credential"
    # The page asks anew, with the other ways where there are any.
    expect(ada.page.get_by_role("button", name="Continue")).to_be_visible()
    axe(ada.page)


@pytest.mark.deep
def test_what_the_browser_is_told_after_a_change(meet: Meet) -> None:
    """Passkeys that were removed are no longer offered, the last one included; and nothing happens
    where the browser cannot be told.
    """
    ada = meet()
    phone = Keyring(ada.page).add(PHONE)
    ada.register()
    add(ada, phone, "Phone")
    ada.hands.follow("Rename Phone")
    ada.hands.fill("New name", "Old phone")
    ada.hands.press("Save the name")
    ada.told("The name was changed.")
    axe(ada.page)
    assert len(phone.credentials) == 1
    ada.hands.follow("Remove Old phone")
    ada.hands.press("Remove")
    ada.told("It was removed.")
    wait_until(lambda: phone.credentials == [], ada)

    add(ada, phone)
    ada.page.add_init_script(NO_SIGNALS)
    ada.hands.follow("Remove Passkey")
    ada.hands.press("Remove")
    ada.told("It was removed.")
    assert len(phone.credentials) == 1


def wait_until(holds: Callable[[], bool], person: Person) -> None:
    for _time in range(50):
        if holds():
            return
        person.page.wait_for_timeout(100)
    raise AssertionError("it never came to hold")
