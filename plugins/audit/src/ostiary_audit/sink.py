"""The sink: writes each event in the transaction of its act, and gives back what it kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import insert

from ostiary.contracts import AuditSink, Event, House
from ostiary.runtime import behind
from ostiary_audit.canonical import written
from ostiary_audit.reading import newest_about
from ostiary_audit.settings import NAME, AuditSettings
from ostiary_audit.tables import record
from ostiary_audit.trail import Trail

# Inline: PostgreSQL would else be asked for the number, which nobody needs.
_INSERT = insert(record).inline()


class TrailSink(AuditSink):
    """One row for each event; what it takes to show and prove it is made of it afterwards.

    Args:
        house: asked once it runs.
        settings: the operator's.
    """

    name = NAME
    transactional = True
    direct = True

    def __init__(self, house: House, settings: AuditSettings) -> None:
        self._house = house
        self._settings = settings

    @cached_property
    def trail(self) -> Trail:
        """The trail of the running house."""
        return Trail.of(behind(self._house), self._settings)

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        """Write them in the act's transaction.

        Raises:
            RuntimeError: it was called without one.
        """
        if execute is None:
            raise RuntimeError("the trail writes in the transaction of the act")
        trail = self.trail
        for event in events:
            made = written(event)
            execute(
                _INSERT,
                payload=made.payload,
                place=made.place,
                person=made.person,
                mac=trail.keys.mark(made),
            )
        trail.sequencer.expect()

    def recent(self, user_id: str, most: int, /) -> Sequence[Event]:
        """The newest events about a user, the newest first."""
        self.trail.sequencer.catch_up()
        return newest_about(self.trail.store, user_id, most)


def trail_of(house: House) -> Trail:
    """The trail of a running house.

    Raises:
        RuntimeError: the plugins are still being loaded.
    """
    return next(sink.trail for sink in behind(house).plugins.sinks if isinstance(sink, TrailSink))
