"""From the operator's list to checked parts: find, import, declare, admit, call, compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from ostiary.contracts import EventType, House
from ostiary.hookspecs import API
from ostiary.plugins import conflicts
from ostiary.plugins.calling import register
from ostiary.plugins.discovery import Candidate, find
from ostiary.plugins.faults import PluginInfo, blaming, refusal
from ostiary.plugins.hooks import COMMANDS, INCLUDE, Hook, core_hooks, declare
from ostiary.plugins.manager import Manager
from ostiary.plugins.registry import Include, PluginListing, Plugins
from ostiary.plugins.review import (
    ACCOUNT_PAGES,
    CATALOGS,
    DIRECTORY,
    EVENT_TYPES,
    FACTORS,
    GEOGRAPHY,
    GUARDS,
    LOCALIZATION,
    MIGRATIONS,
    RESOURCE_TYPES,
    SINKS,
    VERIFIERS,
    Given,
    check,
    label,
)

T = TypeVar("T")


def load_plugins(
    names: Sequence[str], house: House, *, event_types: Sequence[EventType] = ()
) -> Plugins:
    """Load the plugins that the operator listed; that order is the order of everything.

    Args:
        names: the allowlist; what is installed and not listed is never imported.
        house: given to each hook.
        event_types: the core's own, whose names no plugin may take.

    Raises:
        PluginError: one line that names plugin and distribution, what was found, how to mend.
    """
    return assemble(find(names), house, event_types=event_types)


def assemble(
    candidates: Sequence[Candidate], house: House, *, event_types: Sequence[EventType] = ()
) -> Plugins:
    """The same for plugins that are already imported, such as those of a test.

    Raises:
        PluginError: as :func:`load_plugins`.
    """
    manager = Manager()
    _check_distinct(candidates)
    hooks = (*core_hooks(), *declare(manager, candidates))
    paths = conflicts.claim_paths(
        {c.info: getattr(c.plugin, "OSTIARY_PATHS", ()) for c in candidates}
    )
    for candidate in candidates:
        manager.admit(candidate)
    manager.check_pending()
    given = {
        hook.name: _collect(manager, hook, candidates, house)
        for hook in hooks
        if hook.name != COMMANDS
    }
    check(given, event_types)
    return _plugins(manager, candidates, given, paths)


def _check_distinct(candidates: Sequence[Candidate]) -> None:
    for position, candidate in enumerate(candidates):
        for other in candidates[:position]:
            if other.plugin is candidate.plugin:
                raise refusal(
                    candidate.info, f"is the same object as {other.info}; list only one of them"
                )


def _collect(
    manager: Manager, hook: Hook, candidates: Sequence[Candidate], house: House
) -> tuple[tuple[PluginInfo, Any], ...]:
    """What all plugins register through one hook, each called by itself, in order."""
    found: list[tuple[PluginInfo, Any]] = []
    for candidate in candidates:
        function = manager.implementation(candidate.info.name, hook.name)
        if function is None:
            continue
        for part in register(function, hook, candidate.info, house):
            for other, registered in found:
                if registered is part:
                    raise refusal(
                        candidate.info,
                        f"{hook.name} gave a {type(part).__name__} that {other} already gave; "
                        "make one of its own",
                    )
            found.append((candidate.info, part))
    return tuple(found)


def _plugins(
    manager: Manager,
    candidates: Sequence[Candidate],
    given: Given,
    paths: Mapping[str, PluginInfo],
) -> Plugins:
    late: dict[str, list[tuple[PluginInfo, Callable[..., object]]]] = {INCLUDE: [], COMMANDS: []}
    for hook, found in late.items():
        for candidate in candidates:
            function = manager.implementation(candidate.info.name, hook)
            if function is not None:
                found.append((candidate.info, function))
    owned = {c.info: tuple(p for p, i in paths.items() if i == c.info) for c in candidates}
    by = {hook: tuple(part for _, part in found) for hook, found in given.items()}
    return Plugins(
        enabled=tuple(owned),
        factors=_keyed((part.name, part) for part in by[FACTORS]),
        verifiers=_keyed((part.name, part) for part in by[VERIFIERS]),
        sinks=by[SINKS],
        catalogs=by[CATALOGS],
        event_types=by[EVENT_TYPES],
        resource_types=by[RESOURCE_TYPES],
        account_pages=by[ACCOUNT_PAGES],
        guards=by[GUARDS],
        localization=next(iter(by[LOCALIZATION]), None),
        geography=next(iter(by[GEOGRAPHY]), None),
        directory=next(iter(by[DIRECTORY]), None),
        migrations=_keyed((info.name, part) for info, part in given[MIGRATIONS]),
        includes=tuple(Include(info, owned[info], function) for info, function in late[INCLUDE]),
        paths=_keyed(paths.items()),
        listings=tuple(_listing(manager, c.info, given, late, owned[c.info]) for c in candidates),
        registered=_keyed(given.items()),
        commanders=tuple(late[COMMANDS]),
    )


def _keyed(pairs: Iterable[tuple[str, T]]) -> Mapping[str, T]:
    return MappingProxyType(dict(pairs))


def _listing(
    manager: Manager,
    info: PluginInfo,
    given: Given,
    late: Mapping[str, Sequence[tuple[PluginInfo, object]]],
    paths: tuple[str, ...],
) -> PluginListing:
    contributes = {
        hook.removeprefix("ostiary_register_"): tuple(
            _label(info, part) for owner, part in found if owner == info
        )
        for hook, found in given.items()
    }
    hooks = [hook for hook in (*given, *late) if manager.implementation(info.name, hook)]
    return PluginListing(
        name=info.name,
        distribution=info.distribution,
        version=info.version,
        api=API,
        contributes={what: names for what, names in contributes.items() if names},
        hooks=tuple(hooks),
        paths=paths,
        inert=manager.inert[info],
    )


def _label(info: PluginInfo, part: object) -> str:
    with blaming(info, f"reading the name of a {type(part).__name__}"):
        return label(part)
