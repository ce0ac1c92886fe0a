"""Questions to the trail: pages by seq, each from an index, none of them longer than it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, exists, func, select

from ostiary.contracts import Event
from ostiary.store import Store
from ostiary_audit.canonical import Payload, read, retrieved
from ostiary_audit.tables import delegate, event, party, record

PAGE = 50
SCAN = 5000
"""How many events are looked at for one page, where no index knows the answer."""

STEPS = (200, 1000, SCAN)

SLACK = timedelta(hours=2)
"""How much later than its time an event may have got its place."""

_LAST = 2**62


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for; what is None does not matter.

    ``user`` is somebody in whose history it belongs; ``type`` a type, or the beginning of several
    (``sign-in``); ``resource`` a kind and a name; ``before`` the seq that the page before ended at.
    """

    user: str | None = None
    type: str | None = None
    outcome: str | None = None
    token: str | None = None
    delegate: str | None = None
    address: str | None = None
    resource: tuple[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class Entry:
    """One event as it is kept: the row that people query, and what was recorded."""

    def __init__(self, row: Any) -> None:
        self.row = row
        self.seq: int = row.seq

    @cached_property
    def payload(self) -> Payload:
        """What was signed; only what the row says, where the record is gone."""
        if self.row.payload is None:
            return {"actor": {"kind": self.row.actor}}
        return read(bytes(self.row.payload))

    @cached_property
    def event(self) -> Event | None:
        """The event, without what was erased; None where the record is gone."""
        row = self.row
        if row.payload is None:
            return None
        return retrieved(self.payload, _bytes(row.place), _bytes(row.person))

    @property
    def delegates(self) -> tuple[str, ...]:
        """The chain, in the order in which it was handed on."""
        return tuple(self.payload["actor"].get("delegates", ()))


@dataclass(frozen=True, slots=True)
class Page:
    """The newest of what was asked for, the newest first; and where to go on, if there is more."""

    entries: tuple[Entry, ...]
    before: int | None


def page_of(store: Store, view: View, most: int = PAGE) -> Page:
    """A page of events. It may hold fewer than there are, and even none, and yet go on."""
    asked, values = _asked(store, view)
    name, _table = _source(asked)
    if not asked - {name, "low", "high"}:
        rows = store.readers.all(_statement(asked, most + 1, most + 1), **values)
        return _paged(rows, most, None)
    # Most filters let much through, so little is looked at first, and then more.
    found: list[Any] = []
    steps: tuple[int, ...] = STEPS
    left = SCAN
    while left > 0:
        look, steps = min(left, steps[0]), steps[1:] or steps
        left -= look
        found += store.readers.all(_statement(asked, most + 1, look), **values)
        if len(found) > most:
            return _paged(found, most, None)
        looked = store.readers.first(_looked_at(asked, look), **_of_source(asked, values))
        if looked.count < look:
            return _paged(found, most, None)
        values["high_"] = looked.lowest
    return _paged(found, most, values["high_"])


def _paged(rows: Sequence[Any], most: int, before: int | None) -> Page:
    entries = tuple(Entry(row) for row in rows[:most])
    return Page(entries, entries[-1].seq if len(rows) > most else before)


def entries_of(store: Store, view: View, most: int | None = None) -> Iterator[Entry]:
    """All of what was asked for, the newest first, page by page."""
    count = 0
    while most is None or count < most:
        page = page_of(store, view, 500 if most is None else min(500, most - count))
        yield from page.entries
        count += len(page.entries)
        if page.before is None:
            return
        view = replace(view, before=page.before)


def newest_about(store: Store, user_id: str, most: int) -> Sequence[Event]:
    """The newest events that concern a user, for :meth:`ostiary.contracts.AuditSink.recent`."""
    found: list[Event] = []
    for entry in entries_of(store, View(user=user_id), SCAN):
        if entry.row.subject == user_id and entry.event is not None:
            found.append(entry.event)
            if len(found) == most:
                break
    return found


def entry_at(store: Store, event_id: str) -> Entry | None:
    """The event of this id."""
    row = store.readers.first(_BY_ID, id_=event_id)
    return None if row is None else Entry(row)


def seq_at(store: Store, time: datetime) -> int:
    """The first seq whose event, and those that follow it, are not much older than a time."""
    low, high = 1, (store.readers.first(_NEWEST).seq or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = store.readers.first(_TIME_AT, seq_=middle)
        if row is None:
            high = middle
        elif row.time < time:
            low = row.seq + 1
        else:
            high = middle
    return low


_COLUMNS = (*event.columns, record.c.payload, record.c.place, record.c.person)
JOINED = select(*_COLUMNS).outerjoin(record, record.c.n == event.c.n)
_BY_ID = JOINED.where(event.c.id == bindparam("id_"))
_NEWEST = select(func.max(event.c.seq).label("seq"))
_TIME_AT = (
    select(event.c.seq, event.c.time)
    .where(event.c.seq >= bindparam("seq_"))
    .order_by(event.c.seq)
    .limit(1)
)

# What an index answers, the choosiest first. Each names its table and the values it takes.
_SOURCES: tuple[tuple[str, Table, tuple[str, ...]], ...] = (
    ("delegate", delegate, ("delegate_",)),
    ("token", event, ("token_",)),
    ("address", event, ("address_",)),
    ("resource", event, ("kind_", "name_")),
    ("user", party, ("user_",)),
    ("type", event, ("type_",)),
)


def _asked(store: Store, view: View) -> tuple[frozenset[str], dict[str, Any]]:
    """What is asked, by name, and the values for it."""
    asked = {"high"}
    values: dict[str, Any] = {"high_": view.before or _LAST}
    for name in ("user", "outcome", "token", "delegate", "address"):
        if (value := getattr(view, name)) is not None:
            asked.add(name)
            values[f"{name}_"] = value
    if view.type is not None:
        several = "." not in view.type
        asked.add("types" if several else "type")
        values["type_"] = f"{view.type}." if several else view.type
        if several:
            values["beyond_"] = f"{view.type}/"
    if view.resource is not None:
        asked.add("resource")
        values["kind_"], values["name_"] = view.resource
    if view.since is not None:
        asked |= {"since", "low"}
        values["since_"], values["low_"] = view.since, seq_at(store, view.since - SLACK)
    if view.until is not None:
        asked.add("until")
        values["until_"] = view.until
        values["high_"] = min(values["high_"], seq_at(store, view.until + SLACK))
    return frozenset(asked), values


def _condition(name: str) -> ColumnElement[bool]:
    of = event.c
    conditions: dict[str, ColumnElement[bool]] = {
        "type": of.type == bindparam("type_"),
        "outcome": of.outcome == bindparam("outcome_"),
        "token": of.token == bindparam("token_"),
        "address": of.address == bindparam("address_"),
        "since": of.time >= bindparam("since_"),
        "until": of.time < bindparam("until_"),
    }
    if name == "types":
        return (of.type >= bindparam("type_")) & (of.type < bindparam("beyond_"))
    if name == "resource":
        kind = of.resource_kind == bindparam("kind_")
        return kind & (of.resource_name == bindparam("name_"))
    if name == "user":
        whose = (party.c.user_id == bindparam("user_")) & (party.c.seq == of.seq)
        return exists().where(whose).correlate(event)
    if name == "delegate":
        whose = (delegate.c.name == bindparam("delegate_")) & (delegate.c.seq == of.seq)
        return exists().where(whose).correlate(event)
    return conditions[name]


def _source(asked: frozenset[str]) -> tuple[str | None, Table]:
    found = next(((name, table) for name, table, _ in _SOURCES if name in asked), None)
    return found or (None, event)


def _inner(asked: frozenset[str], most: int) -> Select[Any]:
    """The seqs to look at, from one index, the newest first."""
    name, table = _source(asked)
    seq = table.c.seq
    found = select(seq).where(seq < bindparam("high_"))
    if "low" in asked:
        found = found.where(seq >= bindparam("low_"))
    if name == "user":
        found = found.where(party.c.user_id == bindparam("user_"))
    elif name == "delegate":
        found = found.where(delegate.c.name == bindparam("delegate_"))
    elif name is not None:
        found = found.where(_condition(name))
    return found.order_by(seq.desc()).limit(most)


@lru_cache(maxsize=512)
def _statement(asked: frozenset[str], most: int, look: int) -> Select[Any]:
    name, _table = _source(asked)
    rest = sorted(asked - {name, "low", "high"})
    inner = _inner(asked, look).subquery()
    found = JOINED.join(inner, inner.c.seq == event.c.seq)
    for each in rest:
        found = found.where(_condition(each))
    return found.order_by(event.c.seq.desc()).limit(most)


@lru_cache(maxsize=512)
def _looked_at(asked: frozenset[str], look: int) -> Any:
    inner = _inner(asked, look).subquery()
    return select(func.min(inner.c.seq).label("lowest"), func.count().label("count"))


def _of_source(asked: frozenset[str], values: dict[str, Any]) -> dict[str, Any]:
    name, _table = _source(asked)
    taken = {"high_", *(("low_",) if "low" in asked else ())}
    taken |= {each for of, _, names in _SOURCES if of == name for each in names}
    return {each: value for each, value in values.items() if each in taken}


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
