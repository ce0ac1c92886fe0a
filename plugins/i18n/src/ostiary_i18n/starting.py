"""What a server does beside its requests: remember what it offers."""

from __future__ import annotations

from typing import cast

from ostiary.contracts import House
from ostiary_i18n.localization import Languages
from ostiary_i18n.offering import remember

LOCALIZATION = "ostiary_register_localization"


def languages_of(house: House) -> Languages:
    """The languages of a house whose plugins are loaded.

    Raises:
        RuntimeError: they are still being loaded.
    """
    (found,) = house.parts(LOCALIZATION)
    return cast("Languages", found)


def begin(house: House) -> None:
    """Find what is offered before the first request asks, and keep it for the next start."""
    languages = languages_of(house)
    names = [name for tag, name in languages.offered.items() if tag in languages.standings]
    remember(languages.folder, names)
