"""Settings, and the hook that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

import ostiary_password
from ostiary.contracts import House, SettingsError
from ostiary_password import Password, PasswordSettings


class Settings:
    """The part of the house that the hook may use."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def settings(self, part: str, /) -> Mapping[str, str]:
        assert part == "factor.password"
        return self.values


def registered(values: Mapping[str, str]) -> list[Password]:
    house = cast("House", cast("Any", Settings(values)))
    return ostiary_password.ostiary_register_factors(house)


def test_the_plugin_speaks_the_first_api() -> None:
    assert ostiary_password.OSTIARY_API == 1


def test_one_factor_is_registered_with_no_settings_at_all() -> None:
    (factor,) = registered({})
    assert isinstance(factor, Password)
    assert factor.name == "password"


def test_the_hook_hands_the_operators_settings_on() -> None:
    (factor,) = registered({"argon2_memory_kib": "7168", "argon2_time": "5"})
    assert b"m=7168,t=5,p=1" in factor.decoy().secret


def test_the_defaults_are_nists_and_owasps() -> None:
    """15 characters where a password may stand alone; 19 MiB, two passes, one lane."""
    made = PasswordSettings.from_mapping({})
    assert made == PasswordSettings(15, 19456, 2, 1)


def test_every_setting_is_the_operators() -> None:
    made = PasswordSettings.from_mapping(
        {
            "min_length": "8",
            "argon2_memory_kib": "65536",
            "argon2_time": "3",
            "argon2_parallelism": "4",
        }
    )
    assert made == PasswordSettings(8, 65536, 3, 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_length", "7"),
        ("min_length", "65"),
        ("min_length", "twelve"),
        ("min_length", ""),
        ("min_length", "-15"),
        ("min_length", "1_5"),
        ("min_length", "１５"),
        ("argon2_memory_kib", "7167"),
        ("argon2_memory_kib", "4194305"),
        ("argon2_memory_kib", "9" * 5000),
        ("argon2_time", "0"),
        ("argon2_parallelism", "0"),
        ("argon2_parallelism", "65"),
    ],
)
def test_a_value_out_of_range_stops_the_start_and_names_the_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^ostiary\.factor\.password\.{name} is '.*; give"):
        registered({name: value})


@pytest.mark.parametrize(
    ("memory", "passes"),
    [("47104", "1"), ("19456", "2"), ("12288", "3"), ("9216", "4"), ("7168", "5")],
)
def test_each_of_owasps_settings_is_allowed(memory: str, passes: str) -> None:
    made = PasswordSettings.from_mapping({"argon2_memory_kib": memory, "argon2_time": passes})
    assert (made.argon2_memory_kib, made.argon2_time) == (int(memory), int(passes))


@pytest.mark.parametrize(("memory", "passes"), [("19456", "1"), ("7168", "4"), ("8192", "2")])
def test_nothing_weaker_than_owasps_weakest_is_allowed(memory: str, passes: str) -> None:
    with pytest.raises(SettingsError, match="give at least 35840"):
        registered({"argon2_memory_kib": memory, "argon2_time": passes})


def test_an_unknown_setting_stops_the_start() -> None:
    """A misspelt setting must not leave a default in force unnoticed."""
    with pytest.raises(SettingsError, match=r"ostiary\.factor\.password\.min_len is not a setting"):
        registered({"min_len": "20"})
