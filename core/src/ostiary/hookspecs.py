"""The hooks. They register parts at start-up; the core decides at request time.

A plugin is a module or object with ``OSTIARY_API = 1``, found in the entry-point group
``ostiary.plugins`` and enabled by the operator's list, whose order is the order of
everything. Its implementations are marked with :data:`hookimpl`::

    from ostiary.hookspecs import hookimpl

    OSTIARY_API = 1

    @hookimpl
    def ostiary_register_factors(house):
        return [MyFactor(house.settings("factor.mine"))]

No hook is ``firstresult``; wrappers, ordering flags, optional, async and unknown
implementations are refused at start. Every hook is called once, one plugin after another.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
import pluggy

from ostiary.contracts import (
    AccountPage,
    AuditSink,
    CredentialVerifier,
    EventType,
    Factor,
    House,
    Localization,
    MessageCatalog,
    Migrations,
    ResourceType,
    SignInGuard,
    UserDirectory,
)

if TYPE_CHECKING:
    from pyramid.config import Configurator

API = 1
"""The number that a plugin's ``OSTIARY_API`` must equal; raised when the contracts break."""

PROJECT = "ostiary"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def ostiary_register_factors(house: House) -> Iterable[Factor]:
    """Ways to prove who one is: ``return [Totp(house.settings("factor.totp"))]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_credential_verifiers(house: House) -> Iterable[CredentialVerifier]:
    """Credentials that requests present: ``return [Tokens(house.credentials("tokens"))]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_audit_sinks(house: House) -> Iterable[AuditSink]:
    """Places that events go to: ``return [SyslogSink()]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_message_catalogs(house: House) -> Iterable[MessageCatalog]:
    """Translations: ``return [MessageCatalog("ostiary_totp", LOCALE_DIR, _("Authenticator apps"))]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_event_types(house: House) -> Iterable[EventType]:
    """Kinds of event: ``return [EventType("token.created", _("${actor} made a token"))]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_resource_types(house: House) -> Iterable[ResourceType]:
    """Kinds of resource: ``return [ResourceType("project", _("Project"), PERMISSIONS, normalize, owned_by)]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_account_pages(house: House) -> Iterable[AccountPage]:
    """Entries of the account's menu: ``return [AccountPage("ostiary_tokens", _("API tokens"))]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_sign_in_guards(house: House) -> Iterable[SignInGuard]:
    """Second opinions that may deny or demand more, never allow: ``return [BreachedPasswords()]``."""
    raise NotImplementedError


@hookspec
def ostiary_register_localization(house: House) -> Localization:
    """The one that puts texts into words; at most one plugin: ``return Babel(CATALOGS)``."""
    raise NotImplementedError


@hookspec
def ostiary_register_user_directory(house: House) -> UserDirectory:
    """The host's list of users; at most one, without it the core's: ``return HostUsers()``."""
    raise NotImplementedError


@hookspec
def ostiary_register_migrations(house: House) -> Migrations:
    """The plugin's tables: ``return Migrations("ostiary_tokens:migrations", TABLES, core="0001")``."""
    raise NotImplementedError


@hookspec
def ostiary_register_commands(house: House) -> Iterable[click.Command]:
    """Commands of ``ostiary``: ``return [tokens_group]``."""
    raise NotImplementedError


@hookspec
def ostiary_includeme(config: Configurator, house: House) -> None:
    """Routes, views and static files of a plugin, within the paths it declares::

        OSTIARY_PATHS = ("/account/tokens",)

        @hookimpl
        def ostiary_includeme(config, house):
            config.add_route("ostiary_tokens", "/account/tokens")
            config.scan("ostiary_tokens.views")
    """
    raise NotImplementedError
