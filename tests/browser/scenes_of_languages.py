"""The page on which one chooses a language, and how one comes to see it."""

from __future__ import annotations

from ostiary_i18n.pages.language import zones
from tests.browser.scenes import Scene, account, sight

NAMES = ("English", "en-XA", "ar-XB", *(each.replace("_", " ") for each in zones()))
"""What languages and places are called, in no language of the page."""


@sight
def language(scene: Scene) -> None:
    scene.open("/language")


@sight
def language_of_account(scene: Scene) -> None:
    account(scene)
    scene.open("/language?next=/account")
