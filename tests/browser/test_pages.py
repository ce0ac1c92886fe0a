"""Every page, looked at as different people do."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from ostiary.store.tables import users
from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.sampling import sampled
from ostiary.testing.serving import Server
from tests.browser import looking, scenes_of_languages, scenes_of_trail
from tests.browser.people import Meet
from tests.browser.scenes import (
    ERRORS,
    LONG,
    LONG_ADDRESS,
    NAME,
    NETWORK,
    OTHER_ADDRESS,
    SIGHTS,
    Scene,
)
from tests.browser.stall import stall
from tests.browser.ways import Key, all_ways

SCREENSHOTS = "OSTIARY_SCREENSHOTS"
"""The environment variable that names a folder for pictures of every page."""

OWN = (NAME, LONG, "ada@example.org", OTHER_ADDRESS, LONG_ADDRESS, "Ostiary", "a b", *NETWORK)
# The pages with the most different parts, for what is not worth looking for on all of them.
SOME = ("security_full", "add_app_wrong", "verify_with_choices")
WIDTHS = (looking.WIDE, looking.NARROW)

Show = Callable[..., Scene]
# Their sights are seen with the others.
assert "history" in SIGHTS, scenes_of_trail
OWN = (*OWN, *scenes_of_languages.NAMES)


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


def picture(scene: Scene, name: str) -> None:
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        scene.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("sight", "width"),
    sampled(
        [(sight, width) for sight in SIGHTS for width in WIDTHS],
        4,
        # Where room is short, more goes wrong.
        always=[(sight, looking.NARROW) for sight in SOME],
        of="sound",
    ),
)
def test_every_page_lets_everybody_in(sight: str, width: int, show: Show) -> None:
    """In English, wide and narrow: axe, reflow, text spacing, targets, mirrored, one h1; a form
    with problems says so in the title, and the focus is on what they are.
    """
    scene = show(sight)
    page = scene.page
    looking.sound(page)
    assert page.title().startswith("Error: ") is (sight in ERRORS)
    focused = page.evaluate("document.activeElement.className")
    assert (focused == "o-problems") is (sight in ERRORS)
    looking.resize(page, width)
    picture(scene, f"{sight}-en-{width}")
    axe(page)
    looking.fits(page)
    looking.big_enough(page)
    looking.stands_spacing(page)
    looking.mirrors(page)


@pytest.mark.parametrize("sight", sampled(SIGHTS, 4, always=SOME, of="literals"))
def test_no_page_has_a_literal(sight: str, show: Show) -> None:
    """In en-XA everything stands in brackets but what people typed; and, being longer, fits."""
    scene = show(sight, "en-XA")
    assert scene.page.get_attribute("html", "lang") == "en-XA"
    assert not looking.literals(scene.page, [*OWN, *scene.labels()])
    looking.resize(scene.page, looking.NARROW)
    looking.fits(scene.page)


@pytest.mark.parametrize(
    ("locale", "sight"),
    sampled(
        [(locale, sight) for locale in ("en-XA", "ar-XB") for sight in SIGHTS],
        3,
        always=[("ar-XB", sight) for sight in SOME],
        of="languages",
    ),
)
def test_pages_in_other_languages(locale: str, sight: str, show: Show) -> None:
    """Longer words and the other direction keep nobody out either."""
    scene = show(sight, locale)
    html = scene.page.locator("html")
    expect(html).to_have_attribute("dir", "rtl" if locale == "ar-XB" else "ltr")
    for width in WIDTHS:
        looking.resize(scene.page, width)
        picture(scene, f"{sight}-{locale}-{width}")
        axe(scene.page)
        looking.fits(scene.page)
        looking.stands_spacing(scene.page)


@pytest.mark.parametrize("sight", SOME)
def test_dark_pages(sight: str, show: Show) -> None:
    """The dark colours have enough contrast too."""
    scene = show(sight, color_scheme="dark")
    picture(scene, f"{sight}-dark")
    background = scene.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < 64
    axe(scene.page)


@pytest.mark.parametrize("sight", SOME)
def test_forced_colours_and_no_motion(sight: str, show: Show) -> None:
    """What only a colour drew has a border then; nothing moves for who asked for that."""
    scene = show(sight, forced_colors="active", reduced_motion="reduce")
    picture(scene, f"{sight}-forced-colours")
    bare = scene.page.evaluate(
        """() => [...document.querySelectorAll(
            '.o-button, .o-problems, .o-card, main input:not([type=checkbox])')]
        .filter(e => e.checkVisibility()).filter(e => {
            const style = getComputedStyle(e), back = getComputedStyle(document.body);
            return parseFloat(style.borderTopWidth) < 1
                || style.borderTopColor === back.backgroundColor;
        }).map(e => e.outerHTML)"""
    )
    assert not bare
    moving = scene.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const style = getComputedStyle(e);
            return parseFloat(style.transitionDuration) || parseFloat(style.animationDuration);
        }).map(e => e.outerHTML)"""
    )
    assert not moving


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
    expect(page.get_by_role("link", name="Rename “Password”")).to_be_visible()
    expect(page.get_by_role("link", name="Remove “Password”")).to_have_count(0)


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
