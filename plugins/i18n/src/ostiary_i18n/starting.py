"""What a server does beside its requests: remember what it offers, look for translations."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ostiary.contracts import House, OstiaryError
from ostiary.runtime.house import behind
from ostiary_i18n.localization import Languages
from ostiary_i18n.offering import remember

if TYPE_CHECKING:
    # Whoever has no live overlay need not wait for Transifex's library.
    from ostiary_i18n.overlay import Overlay
    from ostiary_i18n.platforms.native import Native

LOCALIZATION = "ostiary_register_localization"
KEPT = "native"
"""In the folder of the plugin: the last good answers of the live overlay."""


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
    if languages.settings.native_token is not None:
        from ostiary_i18n.overlay import Fetching

        every = languages.settings.native_every * 60.0
        behind(house).chores.beside(Fetching(overlay_of(languages), every))


def native_of(languages: Languages) -> Native:
    """Transifex Native, as the settings have it.

    Raises:
        OstiaryError: they have no token for it.
    """
    from ostiary_i18n.platforms.native import Native

    settings = languages.settings
    if settings.native_token is None:
        raise OstiaryError("there is no token: set ostiary.plugin.i18n.native_token")
    return Native(
        settings.native_token,
        settings.native_secret,
        settings.native_host,
        unreviewed=settings.native_unreviewed,
    )


def overlay_of(languages: Languages) -> Overlay:
    """The one overlay of these languages.

    Raises:
        OstiaryError: the settings have no token for it.
    """
    from ostiary_i18n.overlay import Copies, Overlay

    known: Overlay | None = languages.live
    if known is None:
        known = languages.live = Overlay(
            native_of(languages),
            Copies(languages.folder / KEPT),
            lambda: languages.layers,
            lambda: languages.offered,
            languages.forget,
        )
    return known
