"""Building events, and handing them to the sinks in the transaction of the act, or after it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from ostiary.audit.access import Access
from ostiary.contracts import (
    Actor,
    AuditSink,
    Client,
    Details,
    Event,
    EventType,
    Outcome,
    PluginError,
    Proof,
    Resource,
)
from ostiary.store import Store, Unit
from ostiary.store.ids import uuid7

log = logging.getLogger(__name__)
trail = logging.getLogger("ostiary.trail")


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts, whence, in which request: the part of an event that the act does not know."""

    actor: Actor
    client: Client = field(default_factory=Client)
    request: str | None = None
    proofs: tuple[Proof, ...] = ()


SYSTEM = Who(Actor("system"))
COMMAND = Who(Actor("admin", means="command"))


class LogSink(AuditSink):
    """Structured log lines, one JSON object each: what is left where no sink is installed."""

    name = "log"

    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        """Write a line an event to the logger ``ostiary.trail``."""
        for event in events:
            trail.info("%s", as_json(event))


def as_json(event: Event) -> str:
    """An event as one line of JSON; control characters are escaped (ASVS 5.0, 16.4.1)."""
    known = {
        "id": event.id,
        "time": event.time.isoformat(),
        "type": event.type,
        "outcome": event.outcome.value,
        "subject": event.subject,
        "actor": asdict(event.actor),
        "client": asdict(event.client),
        "request": event.request,
        "resource": asdict(event.resource) if event.resource else None,
        "reason": event.reason,
        "details": dict(event.details),
        "before": dict(event.before),
        "after": dict(event.after),
        "proofs": [proof.factor for proof in event.proofs],
    }
    return json.dumps({name: value for name, value in known.items() if value})


class Recorder:
    """Records the acts of the core and of plugins.

    Args:
        store: where transactional sinks write.
        types: the declared event types.
        sinks: in the operator's order; with none, events become log lines.
        now: the clock.
        ask: runs what a plugin does, given its name, the step and what the step is told; it
            may give up on a step that still runs.
        call: the same in this thread, for sinks that are direct: what hangs there is a statement,
            as one of the act's own would.
    """

    def __init__(
        self,
        store: Store,
        types: Sequence[EventType],
        sinks: Sequence[AuditSink],
        now: Callable[[], datetime],
        ask: Callable[..., Any] = lambda _name, step, *told: step(*told),
        call: Callable[..., Any] = lambda _name, step, *told: step(*told),
    ) -> None:
        self._store = store
        self._types = {kind.name: _Type.of(kind) for kind in types}
        given = tuple(sinks) or (LogSink(),)
        self._inside = [sink for sink in given if sink.transactional]
        self._after = [sink for sink in given if not sink.transactional]
        self._logs = any(isinstance(sink, LogSink) for sink in given)
        self._now = now
        self._ask = ask
        self._call = call

    def record(
        self,
        unit: Unit,
        type_name: str,
        who: Who,
        *,
        subject: str | None,
        outcome: Outcome = Outcome.DONE,
        reason: str | None = None,
        resource: Resource | None = None,
        details: Details | None = None,
        before: Details | None = None,
        after: Details | None = None,
    ) -> Event:
        """Record what this unit does. When it rolls back, the event stays, as failed.

        Raises:
            LookupError: the type, or one of its fields, was never declared.
        """
        declared, now = self._types[type_name], self._now()
        event = Event(
            id=uuid7(now),
            type=type_name,
            time=now,
            outcome=outcome,
            subject=subject,
            actor=who.actor,
            client=who.client,
            request=who.request,
            resource=resource,
            reason=reason,
            details=declared.held(declared.fields, details) if details else {},
            before=declared.held(declared.tracked, before) if before else {},
            after=declared.held(declared.tracked, after) if after else {},
            personal=declared.personal,
            proofs=who.proofs,
            sentence=declared.kind.sentence.id,
        )
        self._buffer(unit).append(event)
        return event

    def record_alone(self, type_name: str, who: Who, **known: Any) -> None:
        """Record a refusal, which has no act and so no transaction of its own."""
        with self._store.write() as unit:
            self.record(unit, type_name, who, **known)

    def recent(self, user_id: str, most: int) -> tuple[Event, ...] | None:
        """The newest events about a user, by the first sink that keeps any; None without one.

        Raises:
            Fault: the sink failed.
            PluginError: it said what it may not say.
        """
        for sink in (*self._inside, *self._after):
            found = self._ask(f"sink {sink.name}", sink.recent, user_id, most)
            if found is not None:
                return tuple(e for e in _events(sink, found) if e.subject == user_id)[:most]
        return None

    def kind(self, type_name: str) -> EventType | None:
        """The declared event type of this name; None for one of a plugin that is away."""
        found = self._types.get(type_name)
        return None if found is None else found.kind

    def _buffer(self, unit: Unit) -> list[Event]:
        events: list[Event] | None = unit.info.get(self)
        if events is None:
            events = unit.info[self] = []
            unit.before_commit(lambda: self._write_inside(unit, events))
            if self._after:
                unit.after_commit(lambda: self._write_after(events))
            unit.after_rollback(lambda: self._write_failed(events))
        return events

    def _write_inside(self, unit: Unit, events: Sequence[Event]) -> None:
        for sink in self._inside:
            name = f"sink {sink.name}"
            if sink.direct:
                # Copies, and a watch over its statements, would cost as much as all the rest.
                self._call(name, sink.write, tuple(events), _executing(unit))
                continue
            access = Access(unit)
            try:
                self._ask(name, sink.write, _copied(events), access.execute)
            finally:
                access.close()

    def _write_after(self, events: Sequence[Event], sinks: Sequence[AuditSink] = ()) -> None:
        for sink in sinks or self._after:
            try:
                self._ask(f"sink {sink.name}", sink.write, _copied(events), None)
            except Exception as error:  # noqa: BLE001 - a broken sink must not reach the next one
                log.error("audit sink %s failed: %s", sink.name, type(error).__name__)  # noqa: TRY400 - a traceback may hold secrets

    def _write_failed(self, events: Sequence[Event]) -> None:
        failed = [
            event if event.outcome is Outcome.REFUSED else replace(event, outcome=Outcome.FAILED)
            for event in events
        ]
        # Where the sink itself is what fails, the log is the last to know.
        last: tuple[AuditSink, ...] = ()
        try:
            with self._store.write() as unit:
                self._write_inside(unit, failed)
        except Exception as error:  # noqa: BLE001 - the act is over; the other sinks are told.
            log.error("failed acts were not recorded inside: %s", type(error).__name__)  # noqa: TRY400 - as above
            last = (*self._after, *(() if self._logs else (LogSink(),)))
        self._write_after(failed, last)


@dataclass(frozen=True, slots=True)
class _Type:
    """An event type, with what is asked of it for each event."""

    kind: EventType
    fields: frozenset[str]
    tracked: frozenset[str]
    personal: frozenset[str]

    @classmethod
    def of(cls, kind: EventType) -> _Type:
        """What a declaration says."""
        fields, tracked = kind.fields, kind.tracked
        return cls(
            kind=kind,
            fields=frozenset(each.name for each in fields),
            tracked=frozenset(each.name for each in tracked),
            personal=frozenset(each.name for each in (*fields, *tracked) if each.personal),
        )

    def held(self, declared: frozenset[str], given: Details) -> Details:
        """A copy, once each of them is known to be declared: so no secret slips in."""
        for name in given:
            if name not in declared:
                raise LookupError(f"the event type {self.kind.name} declares no field {name}")
        return dict(given)


def _executing(unit: Unit) -> Callable[..., Any]:
    """What a direct sink executes by, as long as the unit is not over."""

    def execute(statement: Any, /, **values: Any) -> Any:
        return unit.run(statement, **values) if values else unit.execute(statement)

    return execute


def _events(sink: AuditSink, found: object) -> tuple[Event, ...]:
    """What a sink says that it has kept."""
    if isinstance(found, (list, tuple)) and all(isinstance(each, Event) for each in found):
        return tuple(found)
    said = f"audit sink {sink.name} answered with {type(found).__name__}, allowed: events or None"
    log.error("%s", said)
    raise PluginError(said)


def _copied(events: Sequence[Event]) -> tuple[Event, ...]:
    """What one sink is given: the details are dictionaries, which it could change for the next."""
    return tuple(
        replace(
            event,
            details=dict(event.details),
            before=dict(event.before),
            after=dict(event.after),
        )
        for event in events
    )
