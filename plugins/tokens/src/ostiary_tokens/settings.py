"""The operator's settings of tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ostiary.contracts import SettingsError
from ostiary_tokens.durations import DURATION_FORM, parsed_duration
from ostiary_tokens.spelling import PREFIX_FORM, Spelling

_PREFIX = "ostiary.verifier.tokens."
_KNOWN = ("prefix", "max_lifetime", "leak_keys")
_KEYS = re.compile(r"https://\S+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?/\S*|/.+")


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """How tokens begin, and how long they live at most.

    ``spelling`` is by the prefixes, of which the first is given to new tokens; the others are
    former ones, still taken. ``max_lifetime`` is counted from a token's making, also for tokens
    that were made before it was set; None leaves it to whoever makes one. ``leak_keys`` is where
    the keys are of those who report leaked tokens, a file or an address; None takes no reports.
    """

    spelling: Spelling
    max_lifetime: timedelta | None = None
    leak_keys: str | None = None

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> TokenSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown, or a value is not of its form.
        """
        unknown = sorted(settings.keys() - set(_KNOWN))
        if unknown:
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; those of tokens are {', '.join(_KNOWN)}"
            )
        prefix = settings.get("prefix", "ost-")
        try:
            spelling = Spelling(prefix.replace(",", " ").split())
        except ValueError:
            raise SettingsError(
                f"{_PREFIX}prefix is {prefix!r}; give one or several of {PREFIX_FORM}"
            ) from None
        lifetime = settings.get("max_lifetime", "")
        most = parsed_duration(lifetime) if lifetime else None
        if lifetime and most is None:
            raise SettingsError(
                f"{_PREFIX}max_lifetime is {lifetime!r}; give {DURATION_FORM}, or nothing"
            )
        keys = settings.get("leak_keys", "").strip()
        if keys and not _KEYS.fullmatch(keys):
            raise SettingsError(
                f"{_PREFIX}leak_keys is {keys!r}; give an https:// address, or the absolute path "
                "of a file"
            )
        return cls(spelling, most, keys or None)
