"""The operator's settings of authenticator apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import SettingsError

_PREFIX = "ostiary.factor.totp."


@dataclass(frozen=True, slots=True)
class TotpSettings:
    """How far a phone's clock may be off.

    ``tolerance`` counts steps of 30 seconds before and after the current one. RFC 6238,
    section 5.2, recommends one at most, and that is the default: a code is taken from 30
    seconds before the step that it is shown in until 30 seconds after it. ASVS 5.0, 6.5.5,
    read to the letter (a lifetime of 30 seconds), is met by 0 alone, which refuses whoever
    types a code as it changes; with 2, a guess is right more often by two thirds.
    """

    tolerance: int = 1

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> TotpSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown or the tolerance is not 0, 1 or 2.
        """
        unknown = sorted(settings.keys() - {"tolerance"})
        if unknown:
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; that of authenticator apps is tolerance"
            )
        tolerance = settings.get("tolerance", "1")
        if tolerance not in {"0", "1", "2"}:
            raise SettingsError(
                f"{_PREFIX}tolerance is {tolerance!r}; give 0, 1 or 2, in steps of 30 seconds"
            )
        return cls(int(tolerance))
