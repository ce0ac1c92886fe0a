"""Lengths of time as people write them: 90m, 12h, 30d."""

from __future__ import annotations

import re
from datetime import timedelta

from ostiary_tokens.texts import _

# Translators: put into “Give ${form}, or a time such as 2027-01-31T12:00.”
DURATION_FORM = _("a number with s, m, h or d, such as 12h or 90d")

_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOST = timedelta(days=36525)


def parsed_duration(text: str) -> timedelta | None:
    """The length of time that a text says, at most a hundred years; None if it says none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    found = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    return found if timedelta(0) < found <= _MOST else None
