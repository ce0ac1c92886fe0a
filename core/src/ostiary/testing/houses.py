"""Starting real houses with the plugins of a test, installed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ostiary.audit import LogSink
from ostiary.contracts import AuditSink, Event, Factor
from ostiary.events import CORE_EVENTS
from ostiary.hookspecs import API, hookimpl
from ostiary.plugins import Candidate, PluginInfo, Plugins, assemble, installed_plugins
from ostiary.plugins.discovery import find
from ostiary.runtime import House, Runtime
from ostiary.settings import DEFINITIONS, Settings
from ostiary.store import KeyRing, Store, migrate, purge
from ostiary.testing.clock import Clock
from ostiary.testing.locales import PseudoLocalization
from ostiary.testing.processes import free_port

GENEROUS = {name: "100000/minute" for name in DEFINITIONS if name.startswith("budgets.")}
"""Budgets that no test uses up."""


class Events(AuditSink):
    """The events of every house of a test, in the order in which they were written."""

    name = "events-of-the-test"

    def __init__(self) -> None:
        self.all: list[Event] = []

    def write(self, events: Sequence[Event], execute: object, /) -> None:
        """Keep them."""
        self.all.extend(events)

    def recent(self, user_id: str, most: int, /) -> list[Event]:
        """The newest about a user, the newest first."""
        return [event for event in reversed(self.all) if event.subject == user_id][:most]

    def of(self, type_name: str) -> list[Event]:
        """Those of one type, oldest first."""
        return [event for event in self.all if event.type == type_name]


def plugin_of(**parts: Iterable[object]) -> object:
    """A plugin made of parts, without a package around them.

    Each keyword is a hook's name without ``ostiary_register_``::

        plugin_of(factors=[Counter()], sign_in_guards=[NoNights()])
    """

    def registering(given: list[object]) -> Any:
        @hookimpl
        def register(house: House) -> list[object]:
            return given

        return register

    hooks = {f"ostiary_register_{what}": registering(list(given)) for what, given in parts.items()}
    return SimpleNamespace(OSTIARY_API=API, **hooks)


@dataclass
class Houses:
    """Makes running houses over one database, one folder and one clock."""

    folder: Path
    database: str
    keys: KeyRing
    clock: Clock
    events: Events = field(default_factory=Events)
    started: list[Runtime] = field(default_factory=list)

    def __call__(
        self,
        *plugins: object,
        pseudo: bool = False,
        generous: bool = False,
        prefix: str = "",
        around: Callable[[Plugins], Plugins] | None = None,
        **settings: object,
    ) -> Runtime:
        """Start a house, as :meth:`ostiary.runtime.Runtime.start` does.

        Args:
            plugins: each the name of an installed one, a plugin module or object, or a factor
                alone. With none, what is installed; for none at all say ``plugins=""``.
            pseudo: put texts into the pseudo-locales ``en-XA`` and ``ar-XB``
                (:mod:`ostiary.testing.locales`) instead of what a plugin offers.
            generous: budgets that the test will not use up.
            prefix: the route prefix that links in mails have.
            around: may put something else in the place of what the plugins registered.
            settings: the operator's, without ``ostiary.``; two underscores stand for a dot,
                as in ``session__idle="1h"``.

        Raises:
            OstiaryError: as ``Runtime.start``.
        """
        listed = plugins
        if not plugins and "plugins" not in settings:
            listed = tuple(info.name for info in installed_plugins())
        given = self.settings(generous=generous, **settings)
        house = House(given, self.clock)
        assembled = assemble(
            _candidates(listed or given.plugins or ()),
            house,
            event_types=CORE_EVENTS,
        )
        sinks = [sink.name for sink in assembled.sinks]
        enabled = [plugin.name for plugin in assembled.enabled]
        given.check_parts(assembled.factors, assembled.verifiers, sinks, enabled)
        assembled = replace(assembled, sinks=(*(assembled.sinks or (LogSink(),)), self.events))
        if pseudo:
            assembled = replace(assembled, localization=PseudoLocalization())
        if around is not None:
            assembled = around(assembled)
        self._migrate(assembled)
        runtime = Runtime.of(given, house, assembled, prefix=prefix, now=self.clock)
        self.started.append(runtime)
        return runtime

    def settings(self, *, generous: bool = False, **settings: object) -> Settings:
        """The settings that a house of this test would have."""
        known: dict[str, object] = {
            "data": str(self.folder),
            "database": self.database,
            "keys": str(self.keys.path),
            "port": free_port(),
            **(GENEROUS if generous else {}),
            **{name.replace("__", "."): value for name, value in settings.items()},
        }
        return Settings.from_mapping({f"ostiary.{name}": value for name, value in known.items()})

    def close(self) -> None:
        """Close the houses, and remove the tables of their plugins from a shared database."""
        for runtime in self.started:
            runtime.mailroom.stop()
            runtime.chores.stop()
            runtime.store.dispose()
        owners = {name: None for each in self.started for name in each.plugins.migrations}
        if owners and not self.database.startswith("sqlite"):
            store = Store(self.database, self.keys)
            for name in reversed(owners):
                purge(store, name)
            store.dispose()

    def _migrate(self, plugins: Plugins) -> None:
        if plugins.migrations:
            store = Store(self.database, self.keys)
            migrate(store, tuple(plugins.migrations.items()))
            store.dispose()


def _candidates(plugins: Iterable[object]) -> list[Candidate]:
    return [_candidate(number, plugin) for number, plugin in enumerate(plugins, 1)]


# Looking through all that is installed takes longer than starting a house.
@cache
def _installed(name: str) -> Candidate:
    return find((name,))[0]


def _candidate(number: int, plugin: object) -> Candidate:
    if isinstance(plugin, str):
        return _installed(plugin)
    name = f"plugin-{number}"
    if isinstance(plugin, Factor):
        name, plugin = plugin.name, plugin_of(factors=[plugin])
    return Candidate(PluginInfo(name, "this test", "0"), plugin)
