"""Times within sentences: a text of its own, which a localization may write as its readers do."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from ostiary.contracts import Text
from ostiary.text.formats import plain

MOMENTS = "ostiary:moments"
"""The domain of these texts; no package can have this name."""

_PLAIN = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d) UTC)?", re.ASCII)
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def moment(at: datetime | date) -> Text:
    """An aware time, to the minute, or a day, as a value of a text.

    Where no localization knows better it is as ISO 8601 orders it, in UTC.
    """
    return Text(MOMENTS, plain(at))


def moment_of(text: Text) -> datetime | date | None:
    """The time that a text is; None for every other text."""
    if text.domain != MOMENTS:
        return None
    found = _PLAIN.fullmatch(text.id)
    if found is None:
        return None
    try:
        day, minute = found.groups()
        if minute is None:
            return date.fromisoformat(day)
        return datetime.fromisoformat(f"{day}T{minute}").replace(tzinfo=UTC)
    except ValueError:
        return None


def stored_moment(said: str) -> Text | None:
    """A time that an event holds (ISO 8601, with its zone); None for anything else."""
    if not _STORED.fullmatch(said):
        return None
    try:
        return moment(datetime.fromisoformat(said))
    except ValueError:
        return None
