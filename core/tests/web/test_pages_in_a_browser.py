"""Every macro, in a real Chromium: typed at, mirrored, narrow, dark, and without scripts."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from waitress.server import create_server

import ostiary.web
from ostiary.store import KeyRing, Store
from ostiary.testing.browsers import axe
from ostiary.testing.locales import PseudoLocalization
from ostiary.testing.processes import free_port
from ostiary.testing.sampling import sampled

from .conftest import Place, app_of

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[3] / "docs"
SOURCE = Path(ostiary.web.__file__).parent

PATHS = ("/demo/all?wrong", "/demo/account", "/demo/confirm", "/demo/fault", "/nowhere")
# Not what waits to be shown: the notice of a session's end.
SEEN = "a:visible, button:visible, summary:visible, input:not([type=hidden]):visible"
# WCAG 2.2, success criterion 1.4.12, as a style sheet.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; "
    "word-spacing: 0.16em !important } p { margin-block-end: 2em !important }"
)


@pytest.fixture(scope="module")
def site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """The demonstration's address, and the cookie of somebody who is signed in."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "ostiary.db")
    port = free_port()
    store = Store(f"sqlite:///{folder / 'ostiary.db'}", KeyRing.create(folder / "keys.json"))
    started = Place.start(store, port=port)
    place = started.with_parts(localization=PseudoLocalization())
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        demo = importlib.import_module("shell_demo").demo
        app = app_of(place, demo, alone=True).app
        server = create_server(app, host="localhost", port=port)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield f"http://localhost:{port}", place.session(place.user())
        server.close()
    finally:
        sys.path.remove(str(Path(__file__).parent))
        started.runtime.mailroom.stop()
        started.runtime.chores.stop()
        started.runtime.store.dispose()
        store.dispose()


@pytest.fixture
def visit(browser: Browser, site: tuple[str, str]) -> Iterator[Any]:
    """Opens a page as somebody who is signed in; anything in the console is a fault."""
    contexts = []
    said: list[str] = []

    def visiting(path: str, *, locale: str = "en", width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            extra_http_headers={"Accept-Language": locale},
            base_url=site[0],
            **options,
        )
        contexts.append(context)
        context.add_cookies([{"name": "ostiary_session", "value": site[1], "url": site[0]}])
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield visiting
    for context in contexts:
        context.close()
    assert [line for line in said if "status of" not in line] == []


def _overflow(page: Page) -> int:
    root = "document.documentElement"
    wide: int = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return wide


@pytest.mark.parametrize(
    ("path", "locale", "width", "scheme"),
    sampled(
        [
            (path, locale, width, scheme)
            for path in PATHS
            for locale, width in (("en", 1280), ("en-XA", 320), ("ar-XB", 320))
            for scheme in ("light", "dark")
        ],
        10,
        of="shell",
    ),
)
def test_axe_finds_nothing_and_nothing_runs_off_the_page(
    visit: Any, path: str, locale: str, width: int, scheme: str
) -> None:
    """WCAG 2.0 to 2.2, A and AA, and best practice; 1.4.10, also with the spacing of 1.4.12."""
    page = visit(path, locale=locale, width=width, color_scheme=scheme)
    axe(page)
    assert _overflow(page) == 0
    # A new sheet would be inline, which the policy forbids; a constructed one is not.
    page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css);"
        " document.adoptedStyleSheets = [s]; }",
        SPACED,
    )
    assert _overflow(page) == 0


def test_errors_are_focused_and_lead_to_their_fields(visit: Any) -> None:
    page = visit("/demo/all?wrong")
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "o-problems"
    page.get_by_role("link", name="Enter the six digits").click()
    assert page.evaluate("document.activeElement.name") == "code"
    assert page.get_by_role("textbox", name="Code from your app").get_attribute("aria-invalid")


def test_a_password_is_shown_on_demand_and_said_to_be(visit: Any) -> None:
    page = visit("/demo/all")
    field = page.locator("#field-password")
    field.fill("correct horse")
    page.get_by_role("button", name="Show password").click()
    assert field.get_attribute("type") == "text"
    page.get_by_text("Your password is visible").wait_for(state="attached")
    page.get_by_role("button", name="Hide password").click()
    assert field.get_attribute("type") == "password"
    page.get_by_text("Your password is hidden").wait_for(state="attached")
    assert field.input_value() == "correct horse"


def test_a_shown_password_is_hidden_before_it_is_sent(visit: Any) -> None:
    """A browser keeps what is typed into text fields, for the next person to choose from."""
    page = visit("/demo/all")
    page.get_by_role("button", name="Show password").click()
    types = page.evaluate(
        "() => new Promise(done => { const form = document.querySelector('.o-form');"
        " form.addEventListener('submit', event => { event.preventDefault();"
        " done(form.elements.password.type); }); form.requestSubmit(); })"
    )
    assert types == "password"


def test_a_value_is_copied_in_its_groups(visit: Any) -> None:
    page = visit("/demo/all", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Setup key").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == (
        "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
    )


def test_pasting_is_never_in_the_way(visit: Any) -> None:
    page = visit("/demo/all", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('123 456')")
    for name in ("name", "password", "code"):
        page.locator(f"#field-{name}").fill("")
        page.locator(f"#field-{name}").press("Control+v")
        assert page.locator(f"#field-{name}").input_value() == "123 456"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_form_is_sent_and_answered_with_and_without_scripts(visit: Any, scripts: bool) -> None:
    """The notice is there once, in an area that is announced."""
    page = visit("/demo/all", java_script_enabled=scripts)
    assert (page.get_by_role("button", name="Show password").count() == 1) is scripts
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("Your changes are saved.").wait_for()
    assert page.get_by_role("status").filter(has_text="saved").count() == 1
    page.reload()
    assert page.get_by_text("Your changes are saved.").count() == 0


def test_a_second_click_sends_nothing_more(visit: Any) -> None:
    page = visit("/demo/all")
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Continue").dblclick()
    page.get_by_text("Your changes are saved.").wait_for()
    assert sent.count("POST") == 1


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", ["all", "account", "confirm"])
def test_the_components_are_in_the_documentation(visit: Any, name: str, colours: str) -> None:
    """As they are; OSTIARY_SCREENSHOTS takes new pictures of them, for docs/images."""
    page = visit(f"/demo/{name}{'?wrong' * (name == 'all')}", width=900, color_scheme=colours)
    folder = os.environ.get("OSTIARY_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"design-{name}-{colours}.png", full_page=True)
    shown = DOCS / "images" / f"design-{name}-{colours}.png"
    assert shown.is_file()
    assert shown.name in (DOCS / "design.md").read_text("utf-8")


def test_every_component_and_every_colour_is_explained() -> None:
    """Whoever adds one says what it is for."""
    said = (DOCS / "design.md").read_text("utf-8")
    macros = re.findall(r"{% macro ([a-z]\w*)", (SOURCE / "templates/macros.jinja").read_text())
    tokens = re.findall(
        r"^  (--o-[a-z-]+):", (SOURCE / "static/ostiary.css").read_text(), re.MULTILINE
    )
    missing = [name for name in {*macros, *tokens} if f"`{name}" not in said]
    assert len(macros) > 10
    assert not missing


def test_everything_is_reached_with_the_keyboard_and_seen_when_it_is(visit: Any) -> None:
    """The skip link first; each stop has an outline of three pixels, and none is a trap."""
    page = visit("/demo/all")
    names = []
    for _ in range(30):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.tagName, e.innerText || e.name || '', s.outlineWidth, s.outlineStyle]; }"
        )
        if found[0] == "BODY":
            break
        assert found[2:] == ["3px", "solid"], found
        names.append(found[1])
    assert names[0] == "Skip to the main content"
    assert names[-3:] == ["Cancel", "Help with signing in", "Accessibility"]
    assert len(names) == len(page.locator(SEEN).all())


def test_the_skip_link_leads_to_the_main_part(visit: Any) -> None:
    page = visit("/demo/all")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_targets_are_large_enough_for_a_thumb(visit: Any) -> None:
    """44 px for controls of their own, 24 px at least for links in an error's list (2.5.8)."""
    page = visit("/demo/all?wrong", width=320)
    for target in page.locator(SEEN).all():
        box = target.bounding_box()
        assert box is not None
        least = 24 if target.evaluate("e => !!e.closest('.o-problems')") else 43.9
        if "o-skip" not in (target.get_attribute("class") or ""):
            assert box["height"] >= least, target.inner_text()


def test_a_mirrored_page_begins_on_the_right(visit: Any) -> None:
    page = visit("/demo/account", locale="ar-XB")
    menu = page.locator(".o-menu").bounding_box()
    main = page.locator(".o-page").bounding_box()
    assert menu["x"] > main["x"]
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"


def test_forced_colours_and_reduced_motion_are_respected(visit: Any) -> None:
    page = visit("/demo/all?wrong", forced_colors="active", reduced_motion="reduce")
    axe(page)
    style = "getComputedStyle(document.querySelector('.o-button'))"
    assert page.evaluate(f"{style}.transitionDuration") == "0s"
    assert page.evaluate(f"{style}.borderTopStyle") == "solid"


def test_what_is_printed_is_the_page_alone(visit: Any) -> None:
    page = visit("/demo/account")
    page.emulate_media(media="print")
    assert not page.locator(".o-header").is_visible()
    assert page.get_by_role("heading", name="Security", exact=True).is_visible()


def test_every_word_is_translatable(visit: Any) -> None:
    """In en-XA all words have accents; what has none was never given to a translator."""
    page = visit("/demo/all?wrong", locale="en-XA")
    known = {"Ostiary", "ada", "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"}
    plain = [
        line.strip()
        for line in page.locator("body").inner_text().splitlines()
        if line.strip() and not re.search(r"[^\x00-\x7f]", line) and line.strip() not in known
    ]
    assert plain == []
