"""Gives events their order: one process at a time, after the acts, so that no act waits for it.

On PostgreSQL records do not become visible in the order of their numbers, and a number whose
transaction was rolled back never does. So the sequencer goes on from the highest number it has
seen, and remembers which ones below are missing; it looks for these until none of their
transactions can be open any more.
"""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy import exists, func, or_, select
from typing_extensions import override

from ostiary.background import Background
from ostiary.runtime import Runtime
from ostiary.store import Unit
from ostiary_audit.kept import Kept
from ostiary_audit.keys import LogKeys
from ostiary_audit.round import Known, Round, Tampered
from ostiary_audit.tables import hole, log, record

_log = logging.getLogger(__name__)

BATCH = 1000
"""How many events are put in order in one transaction, at most."""

_FAST, _SLOW, _AFTER_FAULT = 0.2, 10.0, 5.0
"""Seconds between two looks: while something happens, while nothing does, after a fault."""

_BUSY = 2.0
_LOCK = 0x61756469746C6F67  # "auditlog"
_LONG = 0.05
_LEAST = 50

_high = select(log.c.high).scalar_subquery()
_PENDING = select(
    or_(
        exists(select(record.c.n).where(record.c.n > func.coalesce(_high, 0))),
        exists(select(record.c.n).join(hole, hole.c.n == record.c.n)),
    ).label("pending")
)


class Sequencer(Background):
    """Puts what was written into the log, in the background and when asked to.

    Args:
        runtime: the house.
        keys: what signs, and tells our records from others.
        kept: where the last checkpoint is kept besides.
    """

    def __init__(self, runtime: Runtime, keys: LogKeys, kept: Kept) -> None:
        super().__init__("ostiary-audit")
        self._runtime = runtime
        self._keys = keys
        self._kept = kept
        self._turn = threading.Lock()
        self._known = Known()
        self._batch = BATCH
        self._busy_until = 0.0
        self._resting = False

    def expect(self) -> None:
        """Something is being written, and will be there in a moment."""
        self._busy_until = time.monotonic() + _BUSY
        if self._resting:
            self._resting = False
            self.wake()

    def catch_up(self, seconds: float = 10.0) -> None:
        """Put into the log what is there now; a fault is logged, and what is there is read."""
        try:
            self.sequence(seconds)
        except Exception as error:  # noqa: BLE001 - whoever reads gets what was sequenced before.
            _fault(error)

    def sequence(self, seconds: float = 10.0) -> int:
        """The same; how many events it were.

        Raises:
            Tampered: what is there is not what was signed.
            StoreError, SQLAlchemyError: the database could not be written.
        """
        deadline, count = time.monotonic() + seconds, 0
        while self._runtime.store.readers.first(_PENDING).pending:
            found = self._step(wait=True)
            count += found
            if not found or time.monotonic() > deadline:
                break
        return count

    @override
    def _round(self) -> float:
        try:
            found = 0
            if self._runtime.store.readers.first(_PENDING).pending:
                found = self._step(wait=False)
        except Exception as error:  # noqa: BLE001 - the next round may do better.
            _fault(error)
            return _AFTER_FAULT
        if found or time.monotonic() < self._busy_until:
            return _FAST
        self._resting = True
        return _SLOW

    def _step(self, *, wait: bool) -> int:
        with self._turn:
            began = time.monotonic()
            with self._runtime.store.write() as unit:
                if not self._alone(unit, wait=wait):
                    return 0
                one = Round(unit, self._runtime, self._keys, self._kept, self._known)
                count = one.run(self._batch)
            one.keep()
            self._adapt(time.monotonic() - began, count)
            return count

    def _alone(self, unit: Unit, *, wait: bool) -> bool:
        """Whether this is the only one; on SQLite a unit of work always is."""
        if self._runtime.store.dialect == "sqlite":
            return True
        if wait:
            unit.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            return True
        return bool(unit.execute(select(func.pg_try_advisory_xact_lock(_LOCK))).scalar_one())

    def _adapt(self, seconds: float, count: int) -> None:
        """On SQLite everybody who writes waits meanwhile: be quick."""
        if self._runtime.store.dialect == "sqlite" and seconds > _LONG:
            self._batch = max(_LEAST, self._batch // 2)
        elif count == self._batch:
            self._batch = min(BATCH, self._batch * 2)


def _fault(error: Exception) -> None:
    if isinstance(error, Tampered):
        _log.error("the trail is not as it was signed, and stands still: %s", error)
    else:
        _log.error("the trail was not sequenced: %s", type(error).__name__)
