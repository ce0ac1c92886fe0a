"""Where the house stands in an application: on its own, or beside a host's views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyramid.interfaces import IRoutesMapper
from pyramid.registry import Registry
from pyramid.request import Request

from ostiary.runtime import Runtime
from ostiary.settings import Settings

RUNTIME = "ostiary"
_MOUNT = "ostiary.mount"


@dataclass(frozen=True, slots=True)
class Mount:
    """Which routes are the house's, and whether there are any others."""

    standalone: bool
    routes: frozenset[str]


def set_mount(registry: Registry, mount: Mount) -> None:
    """Remember how the house was mounted."""
    registry[_MOUNT] = mount


def runtime_of(request: Request) -> Runtime:
    """The running house of this application."""
    runtime: Runtime = request.registry[RUNTIME]
    return runtime


def settings_of(request: Request) -> Settings:
    """The operator's settings."""
    settings: Settings = request.registry[RUNTIME].settings
    return settings


def is_ours(request: Request) -> bool:
    """Whether the house answers this request: its own routes; standalone, all of them."""
    mount: Mount = request.registry[_MOUNT]
    route = getattr(request, "matched_route", None)
    return mount.standalone or (route is not None and route.name in mount.routes)


def has_route(request: Request, name: str) -> bool:
    """Whether a route of this name exists; views may be left out by their owner."""
    mapper: Any = request.registry.queryUtility(IRoutesMapper)
    return mapper is not None and mapper.get_route(name) is not None
