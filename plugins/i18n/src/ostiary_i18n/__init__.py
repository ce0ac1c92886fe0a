"""Languages for Ostiary: catalogs, negotiation, dates, and a way to translators."""

from __future__ import annotations

import click
from pyramid.config import Configurator

from ostiary.contracts import EventType, House, Localization, MessageCatalog
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_i18n.events import EVENTS
from ostiary_i18n.localization import Languages
from ostiary_i18n.pages import PATHS, add_pages
from ostiary_i18n.settings import I18nSettings
from ostiary_i18n.starting import begin, overlay_of
from ostiary_i18n.texts import _

__all__ = [
    "OSTIARY_API",
    "OSTIARY_PATHS",
    "Languages",
    "ostiary_includeme",
    "ostiary_register_commands",
    "ostiary_register_event_types",
    "ostiary_register_localization",
    "ostiary_register_message_catalogs",
]

OSTIARY_API = 1
OSTIARY_PATHS = PATHS
NAME = "i18n"


@hookimpl
def ostiary_register_localization(house: House) -> Localization:
    """The languages, as the operator's ``ostiary.plugin.i18n.*`` set them.

    Raises:
        SettingsError: one of them is unknown or not of its form.
    """
    settings = I18nSettings.from_mapping(house.settings(f"plugin.{NAME}"))
    languages = Languages(house, settings, house.folder(NAME))
    if settings.native_token is not None:
        languages.overlay = overlay_of(languages).catalog
    return languages


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Those of the core, which registers nothing itself, and our own."""
    return [
        # Translators: the name of a part of the site, whose texts are translated together.
        catalog(_("Accounts and signing in"), "ostiary"),
        catalog(_("Languages")),
    ]


@hookimpl
def ostiary_register_event_types() -> list[EventType]:
    """That somebody chose a language or a time zone."""
    return list(EVENTS)


@hookimpl
def ostiary_register_commands(house: House) -> list[click.Command]:
    """``ostiary i18n``."""
    from ostiary_i18n.commands import i18n_group

    return [i18n_group(house)]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """The page; and where it is, what is offered is remembered for the next start."""
    add_pages(config)
    begin(house)
