"""API tokens: macaroons, which whoever holds one can narrow, and nobody can widen."""

from __future__ import annotations

import click
from pyramid.config import Configurator

from ostiary.contracts import (
    AccountPage,
    EventType,
    House,
    MessageCatalog,
    Migrations,
    Permission,
    ResourceType,
)
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_tokens import hooks as OSTIARY_HOOKS  # noqa: N812 - the name that the core looks for.
from ostiary_tokens.acting import NARROW
from ostiary_tokens.caveats import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.events import EVENTS
from ostiary_tokens.leaks import LEAKS_PATH, add_leaks
from ostiary_tokens.narrower import NARROW_PATH, add_narrowing
from ostiary_tokens.noting import forget
from ostiary_tokens.pages import LIST, PATH, add_pages
from ostiary_tokens.parts import OWN_KIND, Parts
from ostiary_tokens.reminding import remind
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.tables import TABLES
from ostiary_tokens.texts import _, _p
from ostiary_tokens.verifier import NAME, TokenVerifier

__all__ = [
    "OSTIARY_API",
    "OSTIARY_HOOKS",
    "OSTIARY_PATHS",
    "Argument",
    "Caveat",
    "CaveatKind",
    "TokenVerifier",
    "Unreadable",
    "ostiary_includeme",
    "ostiary_register_account_pages",
    "ostiary_register_commands",
    "ostiary_register_credential_verifiers",
    "ostiary_register_event_types",
    "ostiary_register_message_catalogs",
    "ostiary_register_migrations",
    "ostiary_register_resource_types",
]

OSTIARY_API = 1
OSTIARY_PATHS = (PATH, NARROW_PATH, LEAKS_PATH)


@hookimpl
def ostiary_register_credential_verifiers(house: House) -> list[TokenVerifier]:
    """One verifier, as the operator's ``ostiary.verifier.tokens.*`` set it.

    Raises:
        SettingsError: one of them is unknown or not of its form.
    """
    return [TokenVerifier(house, _settings(house), Parts(house))]


@hookimpl
def ostiary_register_event_types() -> list[EventType]:
    """That tokens were made, revoked, and stopped for a delegate."""
    return list(EVENTS)


@hookimpl
def ostiary_register_resource_types() -> list[ResourceType]:
    """A token itself: one may be asked for a narrower one."""
    # Translators: a permission, in a list of what a token may do.
    narrow = Permission(NARROW, _("Ask for a narrower token"), delegable=True)
    # Translators: a kind of thing; also before its name.
    return [ResourceType(OWN_KIND, _("API token"), (narrow,), str, lambda _user: ())]


@hookimpl
def ostiary_register_migrations() -> Migrations:
    """Tokens by their ids, and the counts of uses."""
    return Migrations("ostiary_tokens:migrations", TABLES, "0001")


@hookimpl
def ostiary_register_commands(house: House) -> list[click.Command]:
    """``ostiary tokens``."""
    from ostiary_tokens.commands import tokens_group

    return [tokens_group(house, _settings(house), Parts(house))]


@hookimpl
def ostiary_register_account_pages() -> list[AccountPage]:
    """One's own tokens."""
    return [AccountPage(LIST, _p("menu", "API tokens"), 40)]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    # Translators: the name of a part of the site, and the title of a page.
    return [catalog(_("API tokens"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """The pages of tokens, the endpoints for programs, and what falls due."""
    settings, parts = _settings(house), Parts(house)
    add_pages(config, settings, parts)
    add_narrowing(config, settings, parts)
    add_leaks(config, settings, parts)
    config.add_chore("tokens.remind", lambda: remind(house, settings))
    config.add_chore("tokens.forget", lambda: forget(house))


def _settings(house: House) -> TokenSettings:
    return TokenSettings.from_mapping(house.settings(f"verifier.{NAME}"))
