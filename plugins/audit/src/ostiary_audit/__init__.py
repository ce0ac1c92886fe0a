"""The audit trail: who did what, by which token, for whom, and proof that nobody edited it."""

from __future__ import annotations

import click
from pyramid.config import Configurator

from ostiary.contracts import AccountPage, AuditSink, EventType, House, MessageCatalog, Migrations
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_audit.events import EVENTS
from ostiary_audit.pages import PATHS, add_pages
from ostiary_audit.pages.office import EVENTS as ALL_EVENTS
from ostiary_audit.pages.own import HISTORY
from ostiary_audit.settings import NAME, AuditSettings
from ostiary_audit.sink import TrailSink, trail_of
from ostiary_audit.tables import TABLES
from ostiary_audit.texts import _, _p
from ostiary_audit.upkeep import Upkeep

__all__ = [
    "OSTIARY_API",
    "OSTIARY_PATHS",
    "TrailSink",
    "ostiary_includeme",
    "ostiary_register_account_pages",
    "ostiary_register_audit_sinks",
    "ostiary_register_commands",
    "ostiary_register_event_types",
    "ostiary_register_message_catalogs",
    "ostiary_register_migrations",
]

OSTIARY_API = 1
OSTIARY_PATHS = PATHS


@hookimpl
def ostiary_register_audit_sinks(house: House) -> list[AuditSink]:
    """One sink, as the operator's ``ostiary.sink.audit.*`` set it.

    Raises:
        SettingsError: one of them is unknown or not of its form.
    """
    return [TrailSink(house, _settings(house))]


@hookimpl
def ostiary_register_event_types() -> list[EventType]:
    """That the trail was read, exported, pruned, signed with a new key."""
    return list(EVENTS)


@hookimpl
def ostiary_register_migrations() -> Migrations:
    """The records, the log over them, and what people query."""
    return Migrations("ostiary_audit:migrations", TABLES, "0001")


@hookimpl
def ostiary_register_commands(house: House) -> list[click.Command]:
    """``ostiary audit``."""
    from ostiary_audit.commands import audit_group

    return [audit_group(house)]


@hookimpl
def ostiary_register_account_pages(house: House) -> list[AccountPage]:
    """One's own history; and everything, for those who may read it.

    Raises:
        SettingsError: one of ``ostiary.sink.audit.*`` is unknown or not of its form.
    """
    settings = _settings(house)
    readers = settings.names_reader if settings.readers else True
    return [
        AccountPage(HISTORY, _p("menu", "History"), 50),
        AccountPage(ALL_EVENTS, _p("menu", "Events"), 210, admins=readers),
    ]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    # Translators: the name of a part of the site, whose texts are translated together.
    return [catalog(_("The audit trail"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """The pages; and where they are, the sequencer works from the first request on."""
    add_pages(config)
    trail = trail_of(house)
    upkeep = Upkeep(trail)
    if upkeep.needed:
        trail.runtime.chores.beside(upkeep)


def _settings(house: House) -> AuditSettings:
    return AuditSettings.from_mapping(house.settings(f"sink.{NAME}"))
