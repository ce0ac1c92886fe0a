"""The page on which one chooses a language, and how one comes to see it."""

from __future__ import annotations

from ostiary_i18n.pages.language import zones
from ostiary_i18n.tags import locale_of, own_name, read
from tests.browser.scenes import Scene, sight
from tests.browser.scenes_of_accounts import account
from tests.packages import OFFERED

NAMES = (
    *(own_name(locale) for each in OFFERED if (tag := read(each)) and (locale := locale_of(tag))),
    "en-XA",
    "ar-XB",
    "UTC",
    *(place for places in zones().values() for place in places),
)
"""What languages and places are called, in no language of the page."""


@sight
def language(scene: Scene) -> None:
    scene.open("/language")


@sight
def language_of_account(scene: Scene) -> None:
    account(scene)
    scene.open("/language?next=/account")
