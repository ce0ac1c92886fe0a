"""A package index: the reference host, which shows what an application does with Ostiary.

It uses what any application can use: the contracts, the hooks, ``request.identity``,
``request.has_permission``, ``request.ostiary`` and the helpers of ``ostiary.web``.
"""

from __future__ import annotations

import click
from pyramid.config import Configurator

from ostiary.contracts import (
    AccountPage,
    EventType,
    House,
    MessageCatalog,
    Migrations,
    ResourceType,
)
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_index import simple
from ostiary_index.events import EVENTS
from ostiary_index.kinds import resource_types
from ostiary_index.pages import add_pages
from ostiary_index.pages.shared import LIST, PATH
from ostiary_index.parts import Parts
from ostiary_index.tables import TABLES
from ostiary_index.texts import _, _p
from ostiary_index.uploading import view as upload

__all__ = [
    "OSTIARY_API",
    "OSTIARY_PATHS",
    "ostiary_includeme",
    "ostiary_register_account_pages",
    "ostiary_register_commands",
    "ostiary_register_event_types",
    "ostiary_register_message_catalogs",
    "ostiary_register_migrations",
    "ostiary_register_resource_types",
]

OSTIARY_API = 1
OSTIARY_PATHS = (PATH, upload.PATH, simple.PATH, simple.FILES, "/ostiary-index")


@hookimpl
def ostiary_register_resource_types(house: House) -> list[ResourceType]:
    """Projects and versions: what makes tokens scope to them.

    Raises:
        SettingsError: a setting is unknown or not of its form; commands stop there as well.
    """
    Parts.of(house)
    return resource_types(house)


@hookimpl
def ostiary_register_event_types() -> list[EventType]:
    """What happens to projects, releases, files and the people of projects."""
    return list(EVENTS)


@hookimpl
def ostiary_register_migrations() -> Migrations:
    """Projects, members, invitations, releases, files."""
    return Migrations("ostiary_index:migrations", TABLES, "0001")


@hookimpl
def ostiary_register_commands(house: House) -> list[click.Command]:
    """``ostiary index``."""
    from ostiary_index.commands import index_group

    return [index_group(house)]


@hookimpl
def ostiary_register_account_pages() -> list[AccountPage]:
    """One's own projects."""
    return [AccountPage(LIST, _p("menu", "Projects"), 50)]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    # Translators: the name of a part of the site, whose texts are translated together.
    return [catalog(_("The package index"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """Upload, simple index, files and pages, as ``ostiary.plugin.index.*`` sets them."""
    parts = Parts.of(house)
    upload.add_upload(config, parts)
    simple.add_simple(config, parts)
    add_pages(config, parts)
    config.add_static_view("ostiary-index", "ostiary_index:static/", cache_max_age=3600)
