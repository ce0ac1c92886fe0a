"""The operator's settings of recovery codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import SettingsError

_PREFIX = "ostiary.factor.recovery."

# What each may be, lowest and highest.
_RANGES = {"count": (5, 20), "low": (1, 10)}


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """How many codes a set has, and from how many on their owner is told to make new ones.

    ``count`` holds for sets that are made from now on. ``low`` is below it, or a new set would
    warn at once.
    """

    count: int = 10
    low: int = 3

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> RecoverySettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown, a value is no whole number in its range, or the
                low mark is not below the count.
        """
        unknown = sorted(settings.keys() - _RANGES.keys())
        if unknown:
            known = ", ".join(_RANGES)
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; those of recovery codes are {known}"
            )
        made = cls(**{name: _number(name, value) for name, value in settings.items()})
        if made.low >= made.count:
            raise SettingsError(
                f"{_PREFIX}low is {made.low} and {_PREFIX}count is {made.count}; "
                "give a low mark below the count, such as 3 and 10"
            )
        return made


def _number(name: str, value: str) -> int:
    lowest, highest = _RANGES[name]
    # Plain digits only: int() would also take signs, underscores and digits of other scripts.
    if re.fullmatch(r"[0-9]{1,9}", value) and lowest <= int(value) <= highest:
        return int(value)
    raise SettingsError(
        f"{_PREFIX}{name} is {value!r}; give a whole number from {lowest} to {highest}"
    )
