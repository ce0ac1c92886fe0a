"""Plugins' routes and views, held to the paths that each declares.

What a plugin configures is read from Pyramid's own record of it (introspection), before any of
it takes effect. The checks stop faults, not malice: a plugin is trusted code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError

from ostiary.contracts import PluginError
from ostiary.plugins import Include
from ostiary.runtime import House

WELL_KNOWN = "/.well-known"
"""Where RFC 8615 puts what concerns a whole host, wherever the house is mounted."""

_MARKER = re.compile(r"\{[^}]*\}|:[A-Za-z_]\w*")
_FORBIDDEN = {
    "security policy": "a security policy",
    "authentication policy": "an authentication policy",
    "authorization policy": "an authorization policy",
    "csrf storage policy": "a CSRF policy",
    "default csrf view options": "CSRF options",
    "default permission": "a default permission",
    "root factories": "a root factory",
    "session factory": "a session factory",
    "request factory": "a request factory",
    "response factory": "a response factory",
    "execution policy": "an execution policy",
    "locale negotiator": "a locale negotiator",
    "tweens": "a tween",
    "view derivers": "a view deriver",
    "view mappers": "a view mapper",
    "asset overrides": "an asset override",
}


def actions_since(config: Configurator, count: int) -> Sequence[Any]:
    """What was configured since there were so many actions."""
    actions: Sequence[Any] = config.action_state.actions[count:]
    return actions


def action_count(config: Configurator) -> int:
    """How many actions wait for the commit."""
    return len(config.action_state.actions)


def routes_in(actions: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """Names and patterns of the routes among actions."""
    for item in _introspectables(actions):
        if item.category_name == "routes":
            yield item["name"], item["pattern"]


def core_patterns(config: Configurator, start: int) -> tuple[str, ...]:
    """The paths of the core's own routes, without the prefix that it is mounted under."""
    prefix = config.route_prefix or ""
    routes = routes_in(actions_since(config, start))
    return tuple(_without(prefix, pattern) for _, pattern in routes)


def add_well_known_route(config: Configurator, name: str, path: str) -> None:
    """The directive ``config.add_well_known_route``: a route at the host's root (RFC 8615).

    Raises:
        PluginError: the path does not lie under ``/.well-known/``.
    """
    if not path.startswith(f"{WELL_KNOWN}/"):
        raise PluginError(f"the route {name!r} at {path} is not under {WELL_KNOWN}/")
    prefix, config.route_prefix = config.route_prefix, None
    try:
        config.add_route(name, path)
    finally:
        config.route_prefix = prefix


def include_plugin(
    config: Configurator, include: Include, house: House, taken: Sequence[str]
) -> None:
    """Let a plugin configure its pages, and check what it configured.

    Args:
        config: the house's configurator, with its route prefix.
        include: the plugin's ``ostiary_includeme``.
        house: what the plugin is given.
        taken: patterns of the core's routes, without the prefix.

    Raises:
        ConfigurationError: naming the plugin, what it did and what it may do.
    """
    before = list(config.action_state.actions)
    include(config, house)
    after = config.action_state.actions
    if after[: len(before)] != before:
        raise _refused(include, "committed the configuration; leave that to the application")
    added = actions_since(config, len(before))
    for item in _introspectables(added):
        # Pyramid lists the factory of one route with the application's, under the route's name.
        of_a_route = item.category_name == "root factories" and item.get("route_name") is not None
        if item.category_name in _FORBIDDEN and not of_a_route:
            raise _refused(
                include,
                f"registers {_FORBIDDEN[item.category_name]} ({item.title}), which holds for the "
                "whole application; only the application may",
            )
    own = _check_routes(include, added, config.route_prefix or "", taken)
    _check_views(include, added, own)


def _check_routes(
    include: Include, added: Sequence[Any], prefix: str, taken: Sequence[str]
) -> set[str]:
    for declared in include.paths:
        clash = next((core for core in taken if _meets(core, declared)), None)
        if clash is not None:
            raise _refused(
                include, f"declares the path {declared}, but {clash} is the core's; choose another"
            )
    names = set()
    for name, pattern in routes_in(added):
        path = _without(prefix, pattern)
        if not any(_within(path, declared) for declared in include.paths):
            allowed = ", ".join(include.paths) or "no paths at all"
            raise _refused(
                include,
                f"adds the route {name!r} at {path}, but declares {allowed}; "
                "put the path into OSTIARY_PATHS",
            )
        names.add(name)
    return names


def _check_views(include: Include, added: Sequence[Any], own: set[str]) -> None:
    for item in _introspectables(added):
        if item.category_name == "views" and item["route_name"] not in own:
            where = f"the route {item['route_name']!r}" if item["route_name"] else "any address"
            raise _refused(
                include, f"adds a view for {where}; views of a plugin belong to its own routes"
            )


def _introspectables(actions: Iterable[Any]) -> Iterator[Any]:
    for action in actions:
        yield from action["introspectables"]


def _within(path: str, declared: str) -> bool:
    return path == declared or path.startswith(declared.rstrip("/") + "/")


def _without(prefix: str, pattern: str) -> str:
    """A route's path as the plugin wrote it."""
    lead = "/" + prefix.strip("/") if prefix.strip("/") else ""
    path = "/" + pattern.lstrip("/")
    return "/" + path.removeprefix(lead).lstrip("/") if _within(path, lead or "/") else path


def _meets(core: str, declared: str) -> bool:
    """Whether a route of the core lies at or under a declared path, or would answer there."""
    theirs, ours = _segments(declared), _segments(core)
    for index, segment in enumerate(ours):
        if segment.startswith("*"):
            return True
        if index == len(theirs):
            return True
        if not _MARKER.search(segment) and segment != theirs[index]:
            return False
    return len(ours) >= len(theirs)


def _segments(path: str) -> list[str]:
    return [part for part in path.strip("/").split("/") if part]


def _refused(include: Include, what: str) -> ConfigurationError:
    return ConfigurationError(f"The plugin {include.plugin} {what}.")
