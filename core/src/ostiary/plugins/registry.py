"""What the enabled plugins contribute, in the order of the operator's list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from ostiary.contracts import (
    AccountPage,
    AuditSink,
    CredentialVerifier,
    EventType,
    Factor,
    Geography,
    House,
    Localization,
    MessageCatalog,
    Migrations,
    ResourceType,
    SignInGuard,
    UserDirectory,
)
from ostiary.plugins.calling import call, register
from ostiary.plugins.faults import PluginInfo, kind_of, refusal
from ostiary.plugins.hooks import COMMANDS, INCLUDE, Hook

if TYPE_CHECKING:
    from pyramid.config import Configurator


@dataclass(frozen=True, slots=True)
class Include:
    """A plugin's ``ostiary_includeme``, and the paths that it may serve."""

    plugin: PluginInfo
    paths: tuple[str, ...]
    implementation: Callable[..., object]

    def __call__(self, config: Configurator, house: House) -> None:
        """Let the plugin add its routes and views.

        Raises:
            PluginError: it raised, or returned something.
        """
        result = call(self.implementation, INCLUDE, self.plugin, config=config, house=house)
        if result is not None:
            raise refusal(self.plugin, f"{INCLUDE} returned {kind_of(result)}; return nothing")


@dataclass(frozen=True, slots=True)
class PluginListing:
    """One line of ``ostiary plugins``.

    ``contributes`` maps what is registered (``factors``, ...) to names; ``inert`` names the
    implementations of hooks whose declarer is not enabled.
    """

    name: str
    distribution: str
    version: str
    api: int
    contributes: dict[str, tuple[str, ...]]
    hooks: tuple[str, ...]
    paths: tuple[str, ...]
    inert: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    """Everything that was registered; built by :func:`ostiary.plugins.load_plugins`.

    Mappings are keyed by the part's name (``migrations`` by the plugin's), ``paths`` by a
    path prefix without its closing slash, and keep the order of the operator's list, as the
    tuples do.
    """

    enabled: tuple[PluginInfo, ...] = ()
    factors: Mapping[str, Factor] = field(default_factory=dict)
    verifiers: Mapping[str, CredentialVerifier] = field(default_factory=dict)
    sinks: tuple[AuditSink, ...] = ()
    catalogs: tuple[MessageCatalog, ...] = ()
    event_types: tuple[EventType, ...] = ()
    resource_types: tuple[ResourceType, ...] = ()
    account_pages: tuple[AccountPage, ...] = ()
    guards: tuple[SignInGuard, ...] = ()
    localization: Localization | None = None
    geography: Geography | None = None
    directory: UserDirectory | None = None
    migrations: Mapping[str, Migrations] = field(default_factory=dict)
    includes: tuple[Include, ...] = ()
    paths: Mapping[str, PluginInfo] = field(default_factory=dict)
    listings: tuple[PluginListing, ...] = ()
    registered: Mapping[str, tuple[tuple[PluginInfo, object], ...]] = field(default_factory=dict)
    commanders: tuple[tuple[PluginInfo, Callable[..., object]], ...] = ()

    def parts(self, hook: str) -> tuple[object, ...]:
        """What all plugins registered through a hook, the core's or a plugin's own.

        Raises:
            LookupError: no enabled plugin and no room of the core declares this hook.
        """
        return tuple(part for _, part in self.registered[hook])

    def origin(self, part: object) -> PluginInfo:
        """The plugin that registered this very object, so that a log line can name it.

        Raises:
            LookupError: nobody did.
        """
        for given in self.registered.values():
            for info, registered in given:
                if registered is part:
                    return info
        raise LookupError(f"no plugin registered this {kind_of(part)}")

    def commands(
        self, house: House, *, reserved: Collection[str] = ()
    ) -> tuple[click.Command, ...]:
        """The plugins' commands; see :meth:`commands_by_plugin`."""
        found = self.commands_by_plugin(house, reserved=reserved)
        return tuple(command for own in found.values() for command in own)

    def commands_by_plugin(
        self, house: House, *, reserved: Collection[str] = ()
    ) -> Mapping[PluginInfo, tuple[click.Command, ...]]:
        """Each plugin's commands, asked for one plugin after another.

        Args:
            house: given to each implementation.
            reserved: the names of the core's own commands.

        Raises:
            PluginError: an implementation raised or gave no commands, two have one name, or
                one has the name of a command of the core.
        """
        hook = Hook(COMMANDS, click.Command, many=True)
        owners: dict[str, PluginInfo] = {}
        found: dict[PluginInfo, tuple[click.Command, ...]] = {}
        for info, implementation in self.commanders:
            given = [_command(part) for part in register(implementation, hook, info, house)]
            for command in given:
                if not command.name:
                    raise refusal(info, f"{COMMANDS} gave a command without a name; name it")
                if command.name in reserved:
                    raise refusal(info, f"the command {command.name!r} is the core's; rename it")
                if command.name in owners:
                    raise refusal(
                        info,
                        f"the command {command.name!r} is already {owners[command.name]}'s; "
                        "rename it or enable only one of them",
                    )
                owners[command.name] = info
            found[info] = tuple(given)
        return found

    def listing(self) -> list[PluginListing]:
        """What each enabled plugin is and contributes, for ``ostiary plugins``."""
        return list(self.listings)


def _command(part: object) -> click.Command:
    """What :func:`register` has seen to be one."""
    assert isinstance(part, click.Command)  # noqa: S101 - for the type checker.
    return part
