"""The operator's settings of passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import SettingsError

_PREFIX = "ostiary.factor.password."

# What each may be, lowest and highest. NIST SP 800-63B-4, section 3.1.1.2, allows no minimum
# below 8, and wants passwords of 64 characters to be taken, so no minimum may exclude them.
_RANGES = {
    "min_length": (8, 64),
    "argon2_memory_kib": (7 * 1024, 4 * 1024 * 1024),
    "argon2_time": (1, 100),
    "argon2_parallelism": (1, 64),
}

# The OWASP Password Storage Cheat Sheet lists settings of equal strength, from 46 MiB with one
# pass to 7 MiB with five; memory times passes is 35 MiB or more in each of them.
_LEAST_WORK_KIB = 35 * 1024


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """How long a password must be, and what a guess at its hash costs.

    ``min_length`` counts Unicode code points. It is 15 by default, because an account starts
    with its password alone, and NIST SP 800-63B-4, section 3.1.1.2, asks for 15 wherever a
    password may be the only proof; 8 will do where every account must have a second factor.
    ``argon2_memory_kib`` is in KiB, ``argon2_time`` in passes, ``argon2_parallelism`` in lanes
    (RFC 9106, section 3.1); the defaults are OWASP's for argon2id.
    """

    min_length: int = 15
    argon2_memory_kib: int = 19 * 1024
    argon2_time: int = 2
    argon2_parallelism: int = 1

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> PasswordSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown, a value is no whole number in its range, or
                memory and passes together are weaker than OWASP's weakest.
        """
        unknown = sorted(settings.keys() - _RANGES.keys())
        if unknown:
            known = ", ".join(_RANGES)
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; those of passwords are {known}"
            )
        made = cls(**{name: _number(name, value) for name, value in settings.items()})
        work = made.argon2_memory_kib * made.argon2_time
        if work < _LEAST_WORK_KIB:
            raise SettingsError(
                f"{_PREFIX}argon2_memory_kib times {_PREFIX}argon2_time is {work}; "
                f"give at least {_LEAST_WORK_KIB}, such as 19456 and 2"
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
