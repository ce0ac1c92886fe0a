"""What a browser is given to keep, and what that is worth."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.people import PASSWORD, STEP, Meet, Person

SESSION = "ostiary_session"


def with_app(meet: Meet) -> Person:
    """Somebody with two steps, signed out, in a browser that never saw the account."""
    first = meet()
    first.register()
    first.add_app()
    first.sign_out()
    first.clock.advance(STEP)
    person: Person = meet()
    person.secret = first.secret
    return person


def plant(person: Person, session: str) -> None:
    person.page.context.add_cookies([{"name": SESSION, "value": session, "url": person.url}])


def test_no_session_before_the_last_proof(meet: Meet) -> None:
    """Halfway there is no session cookie, and what there is opens nothing."""
    ada = with_app(meet)
    ada.open("/sign-in")
    assert SESSION not in ada.cookies()
    ada.give_password()
    ada.at("One more step")
    assert SESSION not in ada.cookies()
    for path in ("/account", "/account/security", "/account/security/add/totp"):
        ada.open(path)
        ada.at("Sign in")
    ada.open("/sign-in/verify")
    ada.give_code()
    ada.at("Your account")
    assert SESSION in ada.cookies()


def test_no_script_and_no_other_site_gets_a_cookie(meet: Meet) -> None:
    """HttpOnly, SameSite=Lax, for the whole site and no other host; no script sees one."""
    ada = with_app(meet)
    ada.give_password()
    ada.give_code()
    ada.at("Your account")
    cookies = ada.page.context.cookies()
    assert {each["name"] for each in cookies} >= {SESSION, "ostiary_browser", "ostiary_device"}
    for each in cookies:
        assert each["httpOnly"], each["name"]
        assert each["sameSite"] == "Lax", each["name"]
        assert each["path"] == "/", each["name"]
        assert each["domain"] == "localhost", each["name"]
    # It ends with the browser.
    assert [each["expires"] for each in cookies if each["name"] == SESSION] == [-1]
    assert ada.page.evaluate("document.cookie") == ""


def test_a_cookie_is_worthless_after_signing_out(meet: Meet) -> None:
    """Also for who kept a copy of it."""
    ada, thief = meet(), meet()
    ada.register()
    plant(thief, ada.cookies()[SESSION])
    thief.open("/account")
    thief.at("Your account")
    ada.sign_out()
    assert SESSION not in ada.cookies()
    thief.open("/account")
    thief.at("Sign in")


def test_the_session_changes_with_what_it_is_worth(meet: Meet) -> None:
    """At a new factor, at sign-in and at a step-up; the old id is worthless (ASVS 7.2.4)."""
    ada, thief = meet(), meet()
    ada.open("/sign-in")
    plant(ada, "planted")
    ada.register()
    seen = ["planted", ada.cookies()[SESSION]]
    ada.add_app()
    seen.append(ada.cookies()[SESSION])
    ada.clock.advance(timedelta(minutes=16))
    ada.hands.follow("Add authenticator app")
    ada.at("Confirm that it is you")
    ada.page.goto(f"{ada.url}/step-up?with=password")
    ada.hands.fill("Password", PASSWORD)
    ada.hands.press("Continue")
    ada.at("Add authenticator app")
    seen.append(ada.cookies()[SESSION])
    assert len(set(seen)) == len(seen)
    for old in seen[:-1]:
        plant(thief, old)
        thief.open("/account")
        thief.at("Sign in")


def test_a_step_up_leads_back_with_the_form_unharmed(meet: Meet) -> None:
    """Cancelling leads to the account's security, and nothing was changed."""
    ada = with_app(meet)
    ada.give_password()
    ada.give_code()
    ada.clock.advance(timedelta(minutes=16))
    ada.hands.follow("Security")
    ada.hands.follow("Rename Authenticator app")
    ada.at("Confirm that it is you")
    ada.hands.follow("Cancel")
    ada.at("Security")
    ada.hands.follow("Rename Authenticator app")
    ada.hands.follow("Use an authenticator app")
    ada.give_code()
    ada.at("Rename “Authenticator app”")
    expect(ada.page.get_by_label("New name", exact=True)).to_have_value("Authenticator app")
    ada.hands.fill("New name", "Work phone")
    ada.hands.press("Save the name")
    ada.told("The name was changed.")
    expect(ada.page.get_by_role("heading", name="Work phone")).to_be_visible()
