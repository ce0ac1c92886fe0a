"""Every page, looked at as different people do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib.resources import files

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from ostiary.store.tables import users
from ostiary.testing import looking
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from ostiary.testing.usable import named
from tests.browser.broken import broken
from tests.browser.everybody import LOCALES, for_everybody
from tests.browser.people import Meet
from tests.browser.scenes import LONG, LONG_ADDRESS, NAME, NETWORK, OTHER_ADDRESS, Scene
from tests.browser.scenes_of_languages import NAMES
from tests.browser.sights import ERRORS, SIGHTS
from tests.browser.stall import stall
from tests.browser.ways import Key, all_ways

OWN = (
    NAME,
    LONG,
    "ada@example.org",
    OTHER_ADDRESS,
    LONG_ADDRESS,
    "Ostiary",
    "a b",
    "bob",
    *NETWORK,
    *NAMES,
)

Show = Callable[..., Scene]


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with what is installed, and a factor of every kind."""
    return serve(
        make_runtime(
            "password",
            "totp",
            "webauthn",
            "recovery",
            "tokens",
            "audit",
            "i18n",
            stall(LONG, NAME),
            broken(),
            *all_ways(),
            pseudo=True,
            generous=True,
        )
    )


@pytest.fixture
def show(server: Server, meet: Meet) -> Show:
    """Goes to see a page: ``show("sign_in", locale="en-XA")``."""

    def shown(sight: str, locale: str = "en", **options: object) -> Scene:
        person = meet(locale=locale, viewport={"width": looking.WIDE, "height": 800}, **options)
        scene = Scene(person, server.runtime, locale)
        SIGHTS[sight](scene)
        scene.page.wait_for_load_state()
        return scene

    return shown


@pytest.mark.parametrize(
    ("sight", "locale"),
    sampled([(sight, locale) for sight in SIGHTS for locale in LOCALES], 12, of="everybody"),
)
def test_every_page_is_for_everybody(
    sight: str, locale: str, show: Show, record_property: Callable[[str, object], None]
) -> None:
    for_everybody(
        show(sight, locale),
        sight,
        locale=locale,
        problems=sight in ERRORS,
        own=OWN,
        record=record_property,
    )


# A phone is waited for, and the end of a session is announced, by scripts; without them there is
# a button, and a page.
SCRIPTED = {"verify_refused_there", "ends_soon"}


@pytest.mark.parametrize(
    "sight", sampled([each for each in SIGHTS if each not in SCRIPTED], 4, of="without scripts")
)
def test_without_scripts_a_page_says_and_does_the_same(sight: str, show: Show) -> None:
    scene = show(sight, way="no-scripts")
    named(scene.page)
    expect(scene.page.locator("main")).to_be_visible()
    for button in scene.page.locator("main button:visible").all():
        expect(button).to_be_enabled()


def test_the_skip_link_is_first_and_skips(show: Show) -> None:
    """One Tab shows it, Enter leaves the header and the menu behind."""
    page = show("account").page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_summary_leads_to_the_field(show: Show) -> None:
    """A link of the summary focuses the field, with its label in view, and keeps what was typed."""
    scene = show("register_empty")
    page = scene.page
    looking.resize(page, looking.NARROW)
    page.get_by_role("alert").get_by_role("link").nth(1).click()
    field = page.get_by_label("Email address", exact=True)
    expect(field).to_be_focused()
    expect(page.locator("label", has_text="Email address")).to_be_in_viewport()
    scene.send(name="bob")
    expect(page.get_by_label("User name", exact=True)).to_have_value("bob")


@pytest.mark.parametrize("way", ["mouse", "no-scripts"])
def test_the_summary_leads_to_a_field_that_was_folded_again(way: str, show: Show) -> None:
    page = show("tokens_new_wrong_folded", way=way).page
    field = page.get_by_label("How often", exact=True)
    expect(field).to_be_visible()
    page.click("main summary")
    expect(field).to_be_hidden()
    page.get_by_role("alert").get_by_role("link").click()
    expect(field).to_be_visible()
    expect(field).to_be_in_viewport()


@pytest.mark.parametrize(("sight", "name"), [("sign_in_wrong", "name"), ("register_taken", "name")])
def test_what_was_typed_is_still_there(sight: str, name: str, show: Show) -> None:
    """But for the password, which no page ever holds (WCAG 3.3.7)."""
    page = show(sight).page
    assert page.input_value(f"main [name={name}]") == NAME
    assert page.input_value("main [name=password]") == ""
    assert page.get_attribute("main [name=password]", "value") is None


@pytest.mark.parametrize("sight", ["rename", "remove", "add_app"])
def test_the_menu_shows_where_one_is(sight: str, show: Show) -> None:
    """Below the security page its entry is the current one, though not this very page."""
    current = show(sight).page.locator(".o-menu [aria-current]")
    expect(current).to_have_text("Security")
    expect(current).to_have_attribute("aria-current", "true")


def test_a_page_that_waits_goes_on_by_itself(show: Show) -> None:
    """Silently until the phone agrees; then to the page that was asked for."""
    scene = show("verify_waiting")
    page = scene.page
    with page.expect_response(lambda response: response.status == 202):
        pass
    assert page.locator("[role=status]:not(:empty), [role=alert]").count() == 0
    assert scene.runtime.house.deliver(handle_of(scene), {"agreed": True})
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_page_that_waits_says_that_it_was_refused(show: Show) -> None:
    """And then asks no more by itself."""
    scene = show("verify_waiting")
    assert scene.runtime.house.deliver(handle_of(scene), {"agreed": False})
    expect(scene.page.get_by_role("alert")).to_contain_text("You refused it on your phone.")
    assert scene.page.locator("[data-ostiary-wait]").count() == 0


def test_without_scripts_a_button_asks_whether_it_arrived(show: Show) -> None:
    scene = show("verify_waiting", way="no-scripts")
    scene.send()
    expect(scene.page.locator("main")).to_contain_text("Nothing has arrived yet.")
    assert scene.runtime.house.deliver(handle_of(scene), {"agreed": True})
    scene.send()
    expect(scene.page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_a_script_reads_the_options_of_its_ceremony(show: Show) -> None:
    """As the plugin gave them, with nothing of them become markup."""
    page = show("verify_ceremony").page
    found = page.locator("[data-ostiary-ceremony]")
    assert json.loads(found.get_attribute("data-options") or "") == Key.options
    assert found.get_attribute("data-text-cancelled") == "It was cancelled."
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def test_without_scripts_a_ceremony_says_why_it_cannot_be(show: Show) -> None:
    page = show("verify_ceremony", way="no-scripts").page
    # Chromium leaves it out where scripts are switched off by the debugger alone.
    assert "needs JavaScript" in (page.locator("main noscript").text_content() or "")
    expect(page.locator("main button")).to_be_hidden()


def test_styles_know_no_left_and_no_right() -> None:
    """Only start and end, so that pages mirror themselves."""
    styles = (files("ostiary.web") / "static" / "ostiary.css").read_text()
    styles = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    physical = re.findall(
        r"(?:^|[\s;{])((?:[a-z]+-)*(?:left|right)(?:-[a-z]+)*\s*:|[a-z-]+:[^;]*\b(?:left|right)\b)",
        styles,
    )
    assert not physical


def test_the_only_way_in_offers_no_removal(show: Show) -> None:
    """Where it would be refused, there is nothing to press."""
    page = show("security_bare").page
    expect(page.get_by_role("link", name="Rename Password")).to_be_visible()
    expect(page.get_by_role("link", name="Remove Password")).to_have_count(0)


@pytest.mark.parametrize("sight", ["account_unconfirmed", "rename", "verify_mailed"])
def test_mails_have_no_literal(sight: str, show: Show) -> None:
    """All that is in a mail in en-XA, subject included, but addresses, times and names."""
    scene = show(sight, "en-XA")
    before = len(scene.person.outbox)
    with scene.runtime.store.write() as unit:
        unit.execute(update(users).values(locale="en-XA"))
    scene.send(
        "main form:visible >> nth=-1 >> button", **({"label": "Work"} if sight == "rename" else {})
    )
    mails = scene.person.outbox.mails[before:]
    assert len(mails) == 1
    for mail in mails:
        assert looking.bracketed(mail.subject), mail.subject
        shown = scene.page.context.new_page()
        shown.set_content(mail.html)
        plain = [
            said
            for said in looking.literals(shown, [*OWN, mail.code or ""])
            if not said.startswith("http")
        ]
        assert not plain


def handle_of(scene: Scene) -> str:
    return scene.page.get_attribute("main [name=challenge]", "value") or ""
