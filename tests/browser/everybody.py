"""A page as everybody sees it: in a language, in each colour and width, with the keyboard."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect
from pyramid.request import Request

from ostiary.testing import looking
from ostiary.testing.usable import LOOKS, light, usable
from ostiary.testing.visiting import app_of
from tests.browser.scenes import Scene
from tests.browser.shown import SHOWN

SCREENSHOTS = "OSTIARY_SCREENSHOTS"
"""The environment variable that names a folder for pictures of every page."""

LOOKED_AT = "looked at"
"""The property of a test that names a page and how it was looked at."""

_DARK = 64  # Of 255, in each colour.

LOCALES = ("en", "en-XA", "ar-XB")


def photographed(page: Page, name: str) -> None:
    """Where pictures are wanted, one of the page."""
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def for_everybody(
    scene: Scene,
    name: str,
    *,
    locale: str,
    problems: bool,
    own: Sequence[str],
    record: Callable[[str, object], None],
) -> None:
    """Hold a page that was just opened to everything, in each look.

    Where a form has problems the title says so, and the focus is on what they are. In en-XA
    everything stands in brackets but what people typed, which is ``own``. Each look is recorded,
    to be counted at the end of the run.
    """
    page = scene.page
    if locale == "en":
        assert page.title().startswith("Error: ") is problems, page.title()
    focused = page.evaluate("document.activeElement.className")
    assert (focused == "o-problems") is problems, f"the focus is on {focused!r}"
    html = page.locator("html")
    expect(html).to_have_attribute("lang", locale)
    expect(html).to_have_attribute("dir", "rtl" if locale == "ar-XB" else "ltr")
    _is_its_page(scene, name)
    light(page)
    if locale == "en-XA":
        plain = looking.literals(page, [*own, *scene.labels()])
        assert not plain, f"{page.url}: not translated: {plain}"
    for look in LOOKS:
        usable(page, look)
        photographed(page, f"{name}-{locale}-{look}")
        record(LOOKED_AT, f"{name} {locale} {look}")
        if locale == "en" and look.colours == "light":
            looking.mirrors(page)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background))) < _DARK, f"not dark: {background}"


def _is_its_page(scene: Scene, name: str) -> None:
    wanted = [route for route, sight in SHOWN.items() if sight == name]
    request = Request.blank(urlsplit(scene.page.url).path)
    found = app_of(scene.runtime).routes_mapper(request)["route"]
    assert not wanted or (found is not None and found.name == wanted[0]), scene.page.url
