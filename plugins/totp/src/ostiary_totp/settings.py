"""The operator's settings of authenticator apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import SettingsError

_PREFIX = "ostiary.factor.totp."


@dataclass(frozen=True, slots=True)
class TotpSettings:
    """How far a phone's clock may be off.

    ``tolerance`` counts steps of 30 seconds before and after the current one. With the default
    of 1, a code is taken from 30 seconds before the step that it is shown in until 30 seconds
    after it; RFC 6238, section 5.2, recommends no more, ASVS 5.0, 6.5.5, asks that it be
    defined. With 0, a code that is typed as it changes is refused; with 2, a guess is right
    more often by two thirds.
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
