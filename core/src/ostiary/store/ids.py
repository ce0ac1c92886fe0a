"""Ids of rows and events: UUIDs that begin with their time."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

_VERSION = 0x7
_VARIANT = 0b10


def uuid7(now: datetime) -> str:
    """A UUIDv7 (RFC 9562, section 5.7): milliseconds of Unix time, then 74 random bits.

    Ids of one millisecond are in no order. A naive ``now`` raises ValueError, since it would
    be read as somebody's local time.
    """
    if now.tzinfo is None:
        raise ValueError("an id cannot be made from a naive datetime")
    milliseconds = int(now.timestamp() * 1000)
    value = (
        milliseconds << 80
        | _VERSION << 76
        | secrets.randbits(12) << 64
        | _VARIANT << 62
        | secrets.randbits(62)
    )
    return str(UUID(int=value))
