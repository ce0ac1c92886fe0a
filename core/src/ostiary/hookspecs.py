"""The hooks. They register parts at start-up; the core decides at request time.

A plugin is a module or object with ``OSTIARY_API = 1`` in the entry-point group ostiary.plugins.
The operator's list enables and orders. It marks what it implements (``docs/plugin-authors.md``).
"""
# fmt: off
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
import pluggy

from ostiary import contracts as c

if TYPE_CHECKING:
    from pyramid.config import Configurator

API = 1  # What a plugin's ``OSTIARY_API`` must equal; raised when the contracts break.
PROJECT = "ostiary"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

@hookspec
def ostiary_register_factors(house: c.House) -> Iterable[c.Factor]:
    """Ways to prove who one is: ``return [Totp(house.settings("factor.totp"))]``."""

@hookspec
def ostiary_register_credential_verifiers(house: c.House) -> Iterable[c.CredentialVerifier]:
    """Credentials that requests present: ``return [Tokens(house.credentials("tokens"))]``."""

@hookspec
def ostiary_register_audit_sinks(house: c.House) -> Iterable[c.AuditSink]:
    """Places that events go to: ``return [SyslogSink()]``."""

@hookspec
def ostiary_register_message_catalogs(house: c.House) -> Iterable[c.MessageCatalog]:
    """Translations: ``return [MessageCatalog("ostiary_totp", DIR, _("Authenticator apps"))]``."""

@hookspec
def ostiary_register_event_types(house: c.House) -> Iterable[c.EventType]:
    """Kinds of event: ``return [EventType("token.created", _("${actor} made a token"))]``."""

@hookspec
def ostiary_register_resource_types(house: c.House) -> Iterable[c.ResourceType]:
    """Kinds of resource: ``return [ResourceType("project", _("Project"), MAY, str, owned_by)]``."""

@hookspec
def ostiary_register_account_pages(house: c.House) -> Iterable[c.AccountPage]:
    """Entries of the account menu: ``return [AccountPage("tokens", _("API tokens"))]``."""

@hookspec
def ostiary_register_sign_in_guards(house: c.House) -> Iterable[c.SignInGuard]:
    """Opinions that may deny or demand more, never allow: ``return [BreachedPasswords()]``."""

@hookspec
def ostiary_register_localization(house: c.House) -> c.Localization:
    """The one that puts texts into words; at most one plugin: ``return Babel(CATALOGS)``."""

@hookspec
def ostiary_register_geography(house: c.House) -> c.Geography:
    """The one that says where addresses are; at most one plugin: ``return Lookup(DATABASE)``."""

@hookspec
def ostiary_register_user_directory(house: c.House) -> c.UserDirectory:
    """The host's list of users; at most one, without it the core's: ``return HostUsers()``."""

@hookspec
def ostiary_register_migrations(house: c.House) -> c.Migrations:
    """The plugin's tables: ``return Migrations("ostiary_tokens:migrations", TABLES, "0001")``."""

@hookspec
def ostiary_register_commands(house: c.House) -> Iterable[click.Command]:
    """Commands of ``ostiary``: ``return [tokens_group]``."""

@hookspec
def ostiary_includeme(config: Configurator, house: c.House) -> None:
    """Routes, views, static files, within the plugin's ``OSTIARY_PATHS = ("/account/tokens",)``."""
