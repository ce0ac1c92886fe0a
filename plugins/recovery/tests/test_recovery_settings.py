"""Settings, and the hook that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

import ostiary_recovery
from ostiary.contracts import House, SettingsError
from ostiary_recovery import Recovery, RecoverySettings


class Settings:
    """The part of the house that the hook may use."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def settings(self, part: str, /) -> Mapping[str, str]:
        assert part == "factor.recovery"
        return self.values


def registered(values: Mapping[str, str]) -> list[Recovery]:
    return ostiary_recovery.ostiary_register_factors(cast("House", cast("Any", Settings(values))))


def test_the_plugin_speaks_the_first_api() -> None:
    assert ostiary_recovery.OSTIARY_API == 1


def test_one_factor_is_registered_with_no_settings_at_all() -> None:
    (factor,) = registered({})
    assert isinstance(factor, Recovery)
    assert factor.name == "recovery"


def test_the_defaults() -> None:
    assert RecoverySettings.from_mapping({}) == RecoverySettings(count=10, low=3)


@pytest.mark.parametrize(("count", "low"), [(5, 1), (20, 10), (11, 10)])
def test_both_are_the_operators(count: int, low: int) -> None:
    made = RecoverySettings.from_mapping({"count": str(count), "low": str(low)})
    assert made == RecoverySettings(count, low)


@pytest.mark.parametrize("value", ["4", "21", "-5", "5.0", "", " 9", "ten", "１０", "9" * 30])
def test_any_other_count_stops_the_start_and_says_what_is_allowed(value: str) -> None:
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.recovery\.count .* from 5 to 20"):
        registered({"count": value})


@pytest.mark.parametrize("value", ["0", "11", "three"])
def test_any_other_low_mark_does_too(value: str) -> None:
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.recovery\.low .* from 1 to 10"):
        registered({"low": value})


@pytest.mark.parametrize("low", ["5", "6"])
def test_a_low_mark_that_is_no_mark_stops_the_start(low: str) -> None:
    with pytest.raises(SettingsError, match=r"low is \d and .*count is 5; give a low mark below"):
        registered({"count": "5", "low": low})


def test_an_unknown_setting_stops_the_start() -> None:
    """A misspelt setting must not leave a default in force unnoticed."""
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.recovery\.number is not a setting"):
        registered({"number": "10"})
