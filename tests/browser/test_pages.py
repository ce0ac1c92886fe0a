"""Every page, looked at as different people do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ostiary.testing.browsers import axe
from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.serving import Server
from tests.browser import looking
from tests.browser.people import Meet
from tests.browser.scenes import ERRORS, LONG, NAME, SIGHTS, Scene
from tests.browser.ways import all_ways

SCREENSHOTS = "OSTIARY_SCREENSHOTS"
"""The environment variable that names a folder for pictures of every page."""

OWN = (NAME, LONG, "ada@example.org", "Ostiary")

Show = Callable[..., Scene]


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with what is installed, and a factor of every kind."""
    return serve(make_runtime("password", "totp", *all_ways(), pseudo=True, generous=True))


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


@pytest.mark.parametrize("sight", SIGHTS)
def test_every_page_lets_everybody_in(sight: str, show: Show) -> None:
    """In English, wide and narrow: axe, reflow, text spacing, targets, mirrored, one h1; a form
    with problems says so in the title, and the focus is on what they are.
    """
    scene = show(sight)
    page = scene.page
    looking.sound(page)
    assert page.title().startswith("Error: ") is (sight in ERRORS)
    focused = page.evaluate("document.activeElement.className")
    assert (focused == "o-problems") is (sight in ERRORS)
    for width in (looking.WIDE, looking.NARROW):
        looking.resize(page, width)
        picture(scene, f"{sight}-en-{width}")
        axe(page)
        looking.fits(page)
        looking.big_enough(page)
        looking.stands_spacing(page)
        looking.mirrors(page)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_page_has_a_literal(sight: str, show: Show) -> None:
    """In en-XA everything stands in brackets but what people typed; and, being longer, fits."""
    scene = show(sight, "en-XA")
    labels = (
        [each.credential.label for each in scene.runtime.signin.parts.credentials(scene.user.id)]
        if hasattr(scene, "user")
        else []
    )
    assert not looking.literals(scene.page, [*OWN, *labels])
    for width in (looking.WIDE, looking.NARROW):
        looking.resize(scene.page, width)
        picture(scene, f"{sight}-en-XA-{width}")
        looking.fits(scene.page)
