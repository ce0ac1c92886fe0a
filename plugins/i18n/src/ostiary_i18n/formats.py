"""Times, numbers and lists as CLDR has them, for :class:`ostiary.text.Formats`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal

from ostiary.text import Shown


@lru_cache(maxsize=1024)
def zone_of(name: str | None) -> tzinfo:
    """A time zone by its IANA name; UTC where there is none of that name."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def shown(value: Shown, locale: Locale, zone: tzinfo) -> str:
    """The value as people write it who read this language.

    A time has its zone beside it: whoever looks after other people's accounts compares. All
    digits are those that forms take.
    """
    if isinstance(value, datetime):
        there = value.astimezone(zone)
        # Babel takes a third of the time for a naive time, whose zone it need not look for.
        naive = there.replace(tzinfo=None)
        day, time = format_date(naive, locale=locale), format_time(naive, "short", locale=locale)
        joined = str(locale.datetime_formats["medium"]).replace("'", "")
        return joined.format(time, day) + f" {_abbreviation(there)}"
    if isinstance(value, date):
        return str(format_date(value, "long", locale=locale))
    if isinstance(value, timedelta):
        return str(format_timedelta(value, add_direction=True, locale=locale))
    if isinstance(value, (int, float)):
        return str(format_decimal(value, locale=locale))
    return str(format_list(list(value), locale=locale))


def _abbreviation(at: datetime) -> str:
    """``UTC``, ``CET``; where a zone has no letters, its distance from UTC."""
    name = at.tzname() or "UTC"
    return f"UTC{name}" if name[:1] in "+-" else name
