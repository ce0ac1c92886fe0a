"""Ids of rows and events: UUIDs that begin with their time."""

from __future__ import annotations

import secrets
from datetime import datetime

_VERSION = 0x7
_VARIANT = 0b10
_MARKS = 0xF << 76 | 0b11 << 62


def uuid7(now: datetime) -> str:
    """A UUIDv7 (RFC 9562, section 5.7): milliseconds of Unix time, then 74 random bits.

    Ids of one millisecond are in no order. A naive ``now`` raises ValueError, since it would
    be read as somebody's local time.
    """
    if now.tzinfo is None:
        raise ValueError("an id cannot be made from a naive datetime")
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds << 80 | int.from_bytes(secrets.token_bytes(10), "big")
    value = value & ~_MARKS | _VERSION << 76 | _VARIANT << 62
    # By hand: each request has one, and UUID takes longer to say it than all the rest.
    digits = f"{value:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
