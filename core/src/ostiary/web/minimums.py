"""What operators ask for by permission (``ostiary.assurance.<permission>``)."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.events import ApplicationCreated
from pyramid.request import Request

from ostiary.contracts import Assurance, SettingsError
from ostiary.runtime import Runtime
from ostiary.settings.sources import closest
from ostiary.web.mount import RUNTIME, settings_of

ACCOUNT_CHANGE = "account.change"
"""Whatever changes the own account: factors, addresses, sessions, its deletion."""

OWN = frozenset({ACCOUNT_CHANGE})
"""Names for the core's own pages, which ask no access control list."""


def minimum_of(request: Request, permission: str) -> tuple[Assurance, ...]:
    """What the operator asks of whoever uses a permission."""
    return settings_of(request).minimums.get(permission, ())


def add_minimums(config: Configurator) -> None:
    """Hold the operator's names against those of the finished application."""
    config.add_subscriber(_check, ApplicationCreated)


def _check(event: Any) -> None:
    """Stop the start: a typing error would leave a view without its protection.

    Raises:
        SettingsError: no view asks for a permission of this name, and nothing declares it.
    """
    registry = event.app.registry
    runtime: Runtime = registry[RUNTIME]
    asked = registry.introspector.get_category("permissions", ())
    known = {
        *OWN,
        *(kind.name for each in runtime.plugins.resource_types for kind in each.permissions),
        *(str(entry["introspectable"]["value"]) for entry in asked),
    }
    for name in sorted(runtime.settings.minimums.keys() - known):
        raise SettingsError(
            f"ostiary.assurance.{name} is for a permission that no view asks for and no resource "
            f"type declares.{closest(name, known)} Remove it, or correct its name."
        )
