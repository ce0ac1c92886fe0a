"""Passwords: a factor like any other, and the usual first proof."""

from __future__ import annotations

from ostiary.contracts import House
from ostiary.hookspecs import hookimpl
from ostiary_password.factor import Password
from ostiary_password.settings import PasswordSettings

__all__ = ["OSTIARY_API", "Password", "PasswordSettings", "ostiary_register_factors"]

OSTIARY_API = 1


@hookimpl
def ostiary_register_factors(house: House) -> list[Password]:
    """One factor, as the operator's ``ostiary.factor.password.*`` set it.

    Raises:
        SettingsError: one of them is unknown or out of range.
    """
    return [Password(PasswordSettings.from_mapping(house.settings("factor.password")))]
