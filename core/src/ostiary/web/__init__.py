"""The house in a Pyramid application: ``config.include("ostiary")``, or on its own.

::

    config = Configurator(settings={"ostiary.plugins": "password totp", ...})
    config.include("ostiary", route_prefix="/auth")

The application's views then have ``request.identity`` (:class:`ostiary.contracts.Identity`),
and its access control lists may name the principals of :mod:`ostiary.web.security`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator
from pyramid.events import NewRequest
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IRequest
from pyramid.tweens import INGRESS

from ostiary.runtime import House, Runtime
from ostiary.settings import Settings
from ostiary.web import (
    assets,
    assurance,
    confining,
    errors,
    gate,
    health,
    minimums,
    paths,
    routes,
    templating,
)
from ostiary.web.csrf import CSRFStoragePolicy
from ostiary.web.kept import kept_form as kept_form  # For the views of hosts and plugins.
from ostiary.web.mount import RUNTIME, Mount, runtime_of, set_mount
from ostiary.web.security import SecurityPolicy, caller_of, who_of

if TYPE_CHECKING:
    from ostiary.contracts import User

_REQUEST_ID = "ostiary.web.request_id.request_id_tween_factory"
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
    # A server may fork its workers after this: each opens its own mail room when it is needed.
    config.add_subscriber(lambda _event: _work(runtime), NewRequest)


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
    config.add_request_method(_house, "ostiary", reify=True)
    config.add_request_method(_user, "ostiary_user", property=True)
    config.add_tween(_HEADERS, under=INGRESS)
    config.add_tween(_REQUEST_ID, under=INGRESS, over=_HEADERS)
    templating.add_templates(config)
    assets.add_assets(config)
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


def _work(runtime: Runtime) -> None:
    runtime.mailroom.ensure_open()
    runtime.chores.start()


def _house(request: IRequest) -> House:
    """The house, acting for whoever sends this request: for the views of plugins."""
    return runtime_of(request).acting_for(who_of(request))


def _user(request: IRequest) -> User | None:
    caller = caller_of(request)
    return None if caller is None or caller.limited else caller.user
