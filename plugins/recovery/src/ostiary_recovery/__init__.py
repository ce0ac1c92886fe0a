"""Recovery codes: a way back in for who has lost the others, each of them used once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostiary.contracts import House, MessageCatalog
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_recovery.factor import Recovery
from ostiary_recovery.settings import RecoverySettings
from ostiary_recovery.texts import _

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = [
    "OSTIARY_API",
    "OSTIARY_PATHS",
    "Recovery",
    "RecoverySettings",
    "ostiary_includeme",
    "ostiary_register_factors",
    "ostiary_register_message_catalogs",
]

OSTIARY_API = 1
OSTIARY_PATHS = ("/ostiary-recovery",)


@hookimpl
def ostiary_register_factors(house: House) -> list[Recovery]:
    """One factor, as the operator's ``ostiary.factor.recovery.*`` set it.

    Raises:
        SettingsError: one of them is unknown or out of range.
    """
    return [Recovery(RecoverySettings.from_mapping(house.settings("factor.recovery")))]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    return [catalog(_("Recovery codes"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """Serve the script that saves and prints the codes."""
    config.add_static_view("ostiary-recovery", "ostiary_recovery:static/", cache_max_age=3600)
