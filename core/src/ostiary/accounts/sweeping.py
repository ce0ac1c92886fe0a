"""Rows of which nobody will ever ask again: their people have not come back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from ostiary.store import Store
from ostiary.store.tables import challenges, devices, flows, kept, links, sessions, spent

DEVICE_KEPT = timedelta(days=400)
"""As long as a browser keeps a cookie (RFC 6265bis, section 5.5)."""


def swept(store: Store, idle: timedelta, now: datetime) -> int:
    """Remove what has expired.

    Args:
        store: the database.
        idle: after how long a session that nobody used is over.
        now: the time.

    Returns:
        how many rows there were.
    """
    over = (
        delete(sessions).where((sessions.c.expires_at <= now) | (sessions.c.seen_at <= now - idle)),
        delete(devices).where(devices.c.used_at <= now - DEVICE_KEPT),
        *(delete(table).where(table.c.expires_at <= now) for table in _EXPIRING),
    )
    with store.write() as unit:
        return sum(unit.execute(statement).rowcount for statement in over)


_EXPIRING = (links, flows, challenges, kept, spent)
