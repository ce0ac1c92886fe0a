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
    digits = (int(now.timestamp() * 1000).to_bytes(6, "big") + os.urandom(10)).hex()
    time, random, rest = f"{digits[:8]}-{digits[8:12]}", digits[13:16], digits[17:]
    return f"{time}-7{random}-{_VARIANTS[digits[16]]}{rest[:3]}-{rest[3:]}"
