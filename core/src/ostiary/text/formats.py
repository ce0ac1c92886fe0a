"""Times, numbers and lists, as the current language and zone write them.

A localization that knows how has :meth:`Formats.show`; without one, times are as ISO 8601 orders
them, which is read alike everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from ostiary.text.locale import current_locale, current_zone

Shown: TypeAlias = datetime | date | timedelta | float | Sequence[str]

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


@runtime_checkable
class Formats(Protocol):
    """What a :class:`ostiary.contracts.Localization` may have besides."""

    def show(self, value: Shown, locale: str, zone: str | None, /) -> str:
        """An aware time in an IANA zone (UTC where it is None), a day, a span, a number or a list.

        A span is one from now: negative is past. A list is that of words, all of which hold.
        """


def show(value: Shown) -> str:
    """The value as whoever reads the page or the mail writes it; not escaped for HTML."""
    localization, locale = current_locale()
    if isinstance(localization, Formats):
        return localization.show(value, locale, current_zone())
    return plain(value)


def plain(value: Shown) -> str:
    """The same without a localization: in UTC, and in English."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _span(value)
    return str(value) if isinstance(value, (int, float)) else ", ".join(value)


def _span(value: timedelta) -> str:
    seconds = int(abs(value).total_seconds())
    unit, size = next((each for each in _UNITS if seconds >= each[1]), _UNITS[-1])
    count = seconds // size
    said = f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{said} ago" if value < timedelta(0) else f"in {said}"
