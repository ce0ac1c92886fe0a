"""A plugin whose pages do not work, so that one can see what people are told then."""

from __future__ import annotations

from types import SimpleNamespace

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.contracts import House
from ostiary.hookspecs import API, hookimpl
from ostiary.signin import Fault

MISTAKE, PART = "/broken/mistake", "/broken/part"


def _mistake(request: Request) -> Response:
    raise LookupError("hunter2")


def _part(request: Request) -> Response:
    """As where the user directory of a host is away."""
    raise Fault("broken", "timeout")


def broken() -> object:
    """The plugin."""

    @hookimpl
    def include(config: Configurator, house: House) -> None:
        for path, view in ((MISTAKE, _mistake), (PART, _part)):
            config.add_route(path, path)
            config.add_view(view, route_name=path, permission=NO_PERMISSION_REQUIRED)

    return SimpleNamespace(OSTIARY_API=API, OSTIARY_PATHS=("/broken",), ostiary_includeme=include)
