"""The time of a test, which stands until it is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
"""When tests begin: at the start of a minute, and so of any shorter step of time."""


@dataclass
class Clock:
    """Call it for the time, aware, in UTC. Nothing passes but what :meth:`advance` says."""

    time: datetime = START

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def advance(self, by: timedelta) -> datetime:
        """Let some time pass; the time after it."""
        self.time += by
        return self.time
