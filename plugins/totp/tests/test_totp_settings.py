"""Settings, and the hook that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

import ostiary_totp
from ostiary.contracts import House, SettingsError
from ostiary_totp import Totp, TotpSettings


class Settings:
    """The part of the house that the hook may use."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def settings(self, part: str, /) -> Mapping[str, str]:
        assert part == "factor.totp"
        return self.values


def registered(values: Mapping[str, str]) -> list[Totp]:
    return ostiary_totp.ostiary_register_factors(cast("House", cast("Any", Settings(values))))


def test_the_plugin_speaks_the_first_api() -> None:
    assert ostiary_totp.OSTIARY_API == 1


def test_one_factor_is_registered_with_no_settings_at_all() -> None:
    (factor,) = registered({})
    assert isinstance(factor, Totp)
    assert factor.name == "totp"


def test_the_default_tolerance_is_one_step() -> None:
    assert TotpSettings.from_mapping({}) == TotpSettings(tolerance=1)


@pytest.mark.parametrize("tolerance", [0, 1, 2])
def test_the_tolerance_is_the_operators(tolerance: int) -> None:
    assert TotpSettings.from_mapping({"tolerance": str(tolerance)}).tolerance == tolerance


@pytest.mark.parametrize("value", ["3", "-1", "1.0", "", " 1", "one", "１"])
def test_any_other_tolerance_stops_the_start_and_says_what_is_allowed(value: str) -> None:
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.totp\.tolerance .* 0, 1 or 2"):
        registered({"tolerance": value})


def test_an_unknown_setting_stops_the_start() -> None:
    """A misspelt setting must not leave a default in force unnoticed."""
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.totp\.tolerence is not a setting"):
        registered({"tolerence": "0"})
