"""Passwords: a factor like any other, and the usual first proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ostiary.contracts import House, MessageCatalog
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_password.factor import Password
from ostiary_password.settings import PasswordSettings
from ostiary_password.texts import _

if TYPE_CHECKING:
    from pyramid.config import Configurator

__all__ = [
    "OSTIARY_API",
    "OSTIARY_PATHS",
    "Password",
    "PasswordSettings",
    "ostiary_includeme",
    "ostiary_register_factors",
    "ostiary_register_message_catalogs",
]

OSTIARY_API = 1
OSTIARY_PATHS = ("/ostiary-password",)


@hookimpl
def ostiary_register_factors(house: House) -> list[Password]:
    """One factor, as the operator's ``ostiary.factor.password.*`` set it.

    Raises:
        SettingsError: one of them is unknown or out of range.
    """
    return [Password(PasswordSettings.from_mapping(house.settings("factor.password")))]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    return [catalog(_("Passwords"))]


@hookimpl
def ostiary_includeme(config: Configurator, house: House) -> None:
    """Serve the script that advises while a new password is typed."""
    config.add_static_view("ostiary-password", "ostiary_password:static/", cache_max_age=3600)
