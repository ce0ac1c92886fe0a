"""The house in a Pyramid application: ``config.include("ostiary")``, or on its own.

::

    config = Configurator(settings={"ostiary.plugins": "password totp", ...})
    config.include("ostiary", route_prefix="/auth")

The application's views then have ``request.identity`` (:class:`ostiary.contracts.Identity`),
and its access control lists may name the principals of :mod:`ostiary.web.security`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.web import (
    assets,
    assurance,
    confining,
    errors,
    extending,
    gate,
    health,
    minimums,
    paths,
    routes,
    templating,
)
from ostiary.web.csrf import CSRFStoragePolicy
from ostiary.web.headers import mark_static as mark_static  # For the views of hosts and plugins.
from ostiary.web.kept import kept_form as kept_form
from ostiary.web.mount import RUNTIME, Mount, set_mount
from ostiary.web.notices import notice as notice
from ostiary.web.page import Problem as Problem
from ostiary.web.problems import problem as problem
from ostiary.web.security import SecurityPolicy
from ostiary.web.urls import see_other as see_other

_REQUEST_ID = "ostiary.web.request_id.request_id_tween_factory"
_WORK = "ostiary.web.work_tween_factory"
_HEADERS = "ostiary.web.headers.headers_tween_factory"


def includeme(config: Configurator) -> None:
    """Mount the house in an application, under its ``route_prefix`` if it gives one.

    Starts it from the application's ``ostiary.*`` settings, unless the registry has one.

    Raises:
        OstiaryError: a setting, a plugin or the database is not as it must be.
        ConfigurationError: a plugin configures what it must not.
    """
    runtime = config.registry.get(RUNTIME)
    if runtime is None:
        settings = Settings.from_mapping(config.get_settings())
        runtime = Runtime.start(settings, prefix=config.route_prefix or "")
    _mount(config, runtime, standalone=False)
    config.add_tween(_WORK, under=INGRESS, over=_REQUEST_ID)


def standalone(runtime: Runtime) -> Any:
    """The WSGI application of a house that stands alone, for ``ostiary serve``."""
    config = Configurator()
    _mount(config, runtime, standalone=True)
    return config.make_wsgi_app()


def _mount(config: Configurator, runtime: Runtime, *, standalone: bool) -> None:
    if config.autocommit:
        raise ConfigurationError("ostiary cannot be included where every step commits at once")
    config.registry[RUNTIME] = runtime
    start = paths.action_count(config)
    config.set_security_policy(SecurityPolicy())
    config.set_csrf_storage_policy(CSRFStoragePolicy())
    extending.add_attributes(config)
    config.add_directive("add_well_known_route", paths.add_well_known_route)
    config.add_directive("add_chore", lambda _config, name, do: runtime.chores.add(name, do))
    config.add_tween(_HEADERS, under=INGRESS)
    config.add_tween(_REQUEST_ID, under=INGRESS, over=_HEADERS)
    templating.add_templates(config)
    assets.add_assets(config, runtime.settings.stylesheet)
    gate.add_gate(config)
    confining.add_confining(config)
    assurance.add_assurance(config)
    minimums.add_minimums(config)
    errors.add_errors(config)
    health.add_health(config)
    routes.add_pages(config, registration=runtime.registering is not None)
    _include_pages(config, runtime, start)
    own = frozenset(name for name, _ in paths.routes_in(paths.actions_since(config, start)))
    set_mount(config.registry, Mount(standalone, own))


def _include_pages(config: Configurator, runtime: Runtime, start: int) -> None:
    """The core's pages first, so that no plugin's pattern comes before one of them."""
    taken = paths.core_patterns(config, start)
    for include in runtime.plugins.includes:
        paths.include_plugin(config, include, runtime.house, taken)


def work_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """See that mail leaves and chores are done.

    A server may fork its workers after the application is made: each begins with its first
    request. A subscriber would make Pyramid look for others at four more places of each request.
    """
    runtime: Runtime = registry[RUNTIME]
    working = None

    def work_tween(request: Request) -> Response:
        nonlocal working
        if working != os.getpid():
            runtime.mailroom.start()
            runtime.chores.start()
            working = os.getpid()
        return handler(request)

    return work_tween
