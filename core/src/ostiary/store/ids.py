"""Ids of rows and events: UUIDs that begin with their time."""

from __future__ import annotations

import os
from datetime import datetime

_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid7(now: datetime) -> str:
    """A UUIDv7 (RFC 9562, section 5.7): milliseconds of Unix time, then 74 random bits.

    Ids of one millisecond are in no order. A naive ``now`` raises ValueError, since it would
    be read as somebody's local time.
    """
    if now.tzinfo is None:
        raise ValueError("an id cannot be made from a naive datetime")
    # By hand: each request has one, and each event; UUID takes longer to say it than all the rest.
    time, random = f"{int(now.timestamp() * 1000):012x}", os.urandom(10).hex()
    variant = _VARIANTS[random[3]]
    return f"{time[:8]}-{time[8:]}-7{random[:3]}-{variant}{random[4:7]}-{random[7:19]}"
