"""A unit of work as a sink has it: to execute statements, until it has answered or was given up."""

from __future__ import annotations

import threading
from typing import Any

from ostiary.store import Unit

PATIENCE = 1.0
"""Seconds that a statement has to stop, once it was told to."""


class Access:
    """A unit of work, lent to a sink until it has answered or was given up."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._lock = threading.Lock()
        self._closed = False

    def execute(self, *told: Any, **values: Any) -> Any:
        """As :meth:`Unit.execute`, with every row fetched: nothing reads from it later.

        Of a constant statement with its values by name, as :meth:`Unit.run`.

        Raises:
            RuntimeError: the act is over.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("the act is over; a sink writes before it returns")
            if values:
                return self._unit.run(*told, **values)
            result = self._unit.execute(*told)
            return result.freeze()() if result.returns_rows else result

    def close(self) -> None:
        """Let nothing more through. What still runs is stopped, or else left behind.

        A connection is never used by two threads: where the statement does not end, the unit
        rolls back without this thread.
        """
        # Whoever gets the lock from now on sees this.
        self._closed = True
        if not self._idle(0) and not self._stopped():
            self._unit.leave(self._until_stopped)

    def _until_stopped(self) -> None:
        while not self._stopped():
            pass

    def _stopped(self) -> bool:
        """Whether the statement ended, once it was told to."""
        self._unit.interrupt(PATIENCE)
        return self._idle(PATIENCE)

    def _idle(self, seconds: float) -> bool:
        if not self._lock.acquire(timeout=seconds):
            return False
        self._lock.release()
        return True
