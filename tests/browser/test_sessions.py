"""Sessions, remembered browsers and the end of a session, as people meet them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ostiary.testing.sampling import sampled
from tests.browser.people import STEP, Meet, Person

WAYS = ("mouse", "no-scripts", "keyboard")
TRUST = "Trust this browser for 30 days"


def sign_in(person: Person) -> None:
    person.clock.advance(STEP)
    person.give_password()
    person.give_code()
    person.at("Your account")


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_another_browsers_session_is_ended(way: str, meet: Meet) -> None:
    """What is signed in there is not any more; here one goes on. The owner is told by mail."""
    ada, other = meet(way=way), meet()
    ada.register()
    ada.confirm_address()
    ada.add_app()
    other.secret = ada.secret
    sign_in(other)
    mails = [mail.subject for mail in ada.outbox.to(ada.address)]
    assert mails.count("New sign-in to your account") == 1

    ada.hands.follow("Sessions")
    ada.at("Sessions")
    expect(ada.page.locator(".o-card")).to_have_count(2)
    expect(ada.page.locator(".o-card").first).to_contain_text("this one")
    name = ada.page.locator(".o-card a").get_attribute("aria-label")
    assert name is not None
    assert name.startswith("End the session: Chrome on ")
    ada.hands.follow(name)
    ada.at("End a session")
    ada.hands.press("End this session")
    ada.told("The session was ended.")

    other.open("/account")
    other.at("Sign in")
    ada.open("/account")
    ada.at("Your account")
    assert ada.outbox.to(ada.address)[-1].subject == "Sessions of your account were ended"


@pytest.mark.parametrize("way", sampled(WAYS, 0, always=["keyboard"]))
def test_a_browser_is_trusted_until_it_is_not(way: str, meet: Meet) -> None:
    """With it the password is enough; revoked on the page of sessions, it is asked again."""
    ada = meet(way=way)
    ada.register()
    ada.add_app()
    ada.sign_out()
    ada.clock.advance(STEP)
    ada.give_password()
    ada.at("One more step")
    box = ada.page.get_by_label(TRUST)
    if way == "keyboard":
        box.focus()
        ada.page.keyboard.press("Space")
    else:
        box.check()
    expect(box).to_be_checked()
    ada.give_code()
    ada.at("Your account")
    ada.sign_out()

    ada.give_password()
    ada.at("Your account")
    ada.hands.follow("Sessions")
    button = ada.page.get_by_role("button", name="Trust no longer: ")
    name = button.get_attribute("aria-label")
    assert name is not None
    ada.hands.press(name)
    ada.told("asks for the second step again")
    ada.sign_out()

    ada.give_password()
    ada.at("One more step")


def near_the_end(ada: Person, path: str = "/account/security/add/totp") -> Page:
    """A page with a form, three minutes before its session idles out."""
    page = ada.page
    page.clock.install()
    ada.register()
    ada.open(path)
    idle = timedelta(hours=2) - timedelta(minutes=3)
    ada.clock.advance(idle)
    page.clock.fast_forward(int(idle.total_seconds() * 1000))
    return page


def test_a_form_in_progress_survives_the_end_of_its_session(meet: Meet) -> None:
    """The warning takes no focus; it is sent for by a click alone; what was typed stays, and
    the form can still be sent.
    """
    ada = meet()
    sent: list[str] = []
    ada.page.on("request", lambda request: sent.append(request.url))
    page = ada.page
    page.clock.install()
    ada.register()
    ada.open("/account/security/add/totp")
    ada.secret = page.inner_text("main code").replace(" ", "")
    field = page.get_by_label("Name (optional)", exact=True)
    field.fill("My phone")
    warning = page.get_by_role("region", name="Your session")
    expect(warning).to_be_hidden()
    sent.clear()
    step = timedelta(minutes=5)
    ada.clock.advance(step)
    page.clock.fast_forward(int(step.total_seconds() * 1000))
    expect(warning).to_be_hidden()
    idle = timedelta(hours=1, minutes=52)
    ada.clock.advance(idle)
    page.clock.fast_forward(int(idle.total_seconds() * 1000))
    expect(warning.get_by_role("status")).to_contain_text("You will be signed out in a few minutes")
    expect(field).to_be_focused()
    assert sent == []

    warning.get_by_role("button", name="Stay signed in").click()
    expect(warning.get_by_role("status")).to_have_text("You stay signed in.")
    expect(field).to_have_value("My phone")
    assert [url.rpartition("/")[2] for url in sent] == ["extend"]
    # Past the time at which the session would have ended.
    ada.clock.advance(timedelta(hours=1))
    ada.open("/account")
    ada.at("Your account")


def test_other_tabs_learn_that_somebody_stays(meet: Meet) -> None:
    ada = meet()
    first = near_the_end(ada)
    expect(first.get_by_role("region", name="Your session")).to_be_visible()
    second = ada.page.context.new_page()
    second.goto(f"{ada.url}/account")
    expect(first.get_by_role("region", name="Your session")).to_be_hidden()


def test_an_end_that_nobody_put_off_is_told(meet: Meet) -> None:
    ada = meet()
    page = near_the_end(ada)
    page.clock.fast_forward(4 * 60 * 1000)
    status = page.get_by_role("region", name="Your session").get_by_role("status")
    expect(status).to_contain_text("Your session has ended.")


def test_at_the_absolute_end_everything_is_proved_again_in_another_tab(meet: Meet) -> None:
    """And the form that waits in the first tab can be sent after it."""
    ada = meet()
    page = ada.page
    page.clock.install()
    ada.register()
    for _ in range(10):
        ada.clock.advance(timedelta(hours=1, minutes=11))
        ada.open("/account/sessions/extend")
    ada.open("/account/security/add/totp")
    page.clock.fast_forward(timedelta(minutes=6).seconds * 1000)
    ada.clock.advance(timedelta(minutes=6))
    warning = page.get_by_role("region", name="Your session")
    expect(warning).to_contain_text("Your session ends in a few minutes")
