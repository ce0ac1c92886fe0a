"""Authenticator apps: one-time codes that change with the time (RFC 6238)."""

from __future__ import annotations

from ostiary.contracts import House, MessageCatalog
from ostiary.hookspecs import hookimpl
from ostiary.text import catalog
from ostiary_totp.factor import Totp
from ostiary_totp.settings import TotpSettings
from ostiary_totp.texts import _

__all__ = [
    "OSTIARY_API",
    "Totp",
    "TotpSettings",
    "ostiary_register_factors",
    "ostiary_register_message_catalogs",
]

OSTIARY_API = 1


@hookimpl
def ostiary_register_factors(house: House) -> list[Totp]:
    """One factor, as the operator's ``ostiary.factor.totp.*`` set it.

    Raises:
        SettingsError: one of them is unknown or out of range.
    """
    return [Totp(TotpSettings.from_mapping(house.settings("factor.totp")))]


@hookimpl
def ostiary_register_message_catalogs() -> list[MessageCatalog]:
    """Its translations."""
    return [catalog(_("Authenticator apps"))]
