"""Deleting on record: events whose time is over, addresses, the names of somebody who is gone.

What was signed stays signed: of an event that is deleted its hash stays in the tree, of an address
its hash in the record. What one run deletes is written down as ranges, and the event that records
the run holds their hash: so ``verify`` tells what was pruned from what was taken away.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from ostiary.contracts import Details, House
from ostiary.store import Unit
from ostiary_audit.events import PRUNED
from ostiary_audit.reading import SLACK, seq_at
from ostiary_audit.settings import AuditSettings
from ostiary_audit.tables import delegate, dropped, event, log, party, record
from ostiary_audit.trail import Trail
from ostiary_audit.verify.erased import EVENT, PERSON, PLACE, Range, digest, ranges_of

BATCH = 1000
"""How many events one transaction deletes from."""

_OWN = "audit."
_NEXT_TYPE = select(func.min(event.c.type).label("type")).where(event.c.type > bindparam("after_"))


@dataclass(frozen=True, slots=True)
class Doomed:
    """What is to be deleted of one event."""

    seq: int
    n: int
    what: str


Source = Callable[[Unit, int], Sequence[Doomed]]
"""A batch of what is to be deleted, of the events that follow a seq."""


def prune(
    house: House,
    trail: Trail,
    *,
    erase: Iterable[str] = (),
    settings: AuditSettings | None = None,
    dry: bool = False,
) -> dict[str, int]:
    """Delete what the settings no longer keep; how much of what it was.

    Args:
        house: whoever's act it is.
        trail: what is pruned.
        erase: the ids of users whose names and addresses are erased besides.
        settings: other ones than the operator's.
        dry: only count.
    """
    rules, now, counts = settings or trail.settings, house.now(), dict[str, int]()
    for why, subject, source in _sources(trail, rules, now, list(erase)):
        after = 0
        while True:
            with house.write() as unit:
                found = source(unit, after)
                if found and not dry:
                    _drop(house, unit, found, why, subject)
            for each in found:
                counts[each.what] = counts.get(each.what, 0) + 1
            if len(found) < BATCH:
                break
            after = found[-1].seq
    if rules.addresses is not None and not dry:
        _remember_bare(trail, now - rules.addresses)
    return counts


def _sources(
    trail: Trail, rules: AuditSettings, now: datetime, erase: list[str]
) -> Iterator[tuple[str, str | None, Source]]:
    """What is asked for, each with its reason, and whom it is about."""
    for type_name in _types(trail):
        time = None if type_name.startswith(_OWN) else rules.kept_for(type_name)
        if time is not None:
            why = f"{type_name} is kept for {time.days}d"
            yield why, None, _expired(trail, type_name, now - time)
    if rules.addresses is not None:
        why = f"addresses are kept for {rules.addresses.days}d"
        yield why, None, _addresses(trail, now - rules.addresses)
    if rules.erase_deleted is not None:
        erase += _deleted(trail, now - rules.erase_deleted)
    for user_id in dict.fromkeys(erase):
        for what in (PERSON, PLACE):
            yield "a person was erased", user_id, _of_person(user_id, what)


def _types(trail: Trail) -> Iterator[str]:
    """All types that there are, one look into the index for each."""
    after = ""
    while (found := trail.store.readers.first(_NEXT_TYPE, after_=after).type) is not None:
        yield found
        after = found


def _deleted(trail: Trail, before: datetime) -> list[str]:
    """The users whose accounts were deleted by then."""
    gone = (event.c.type == "user.deleted") & (event.c.time < before)
    with trail.store.read() as connection:
        found = connection.execute(select(event.c.subject).where(gone)).scalars()
        return [user_id for user_id in found if user_id is not None]


def _expired(trail: Trail, type_name: str, before: datetime) -> Source:
    query = select(event.c.seq, event.c.n).where(
        event.c.type == type_name, event.c.time < before, event.c.seq < _end(trail, before)
    )
    return _source(query, EVENT)


def _addresses(trail: Trail, before: datetime) -> Source:
    query = (
        select(event.c.seq, event.c.n)
        .join(record, record.c.n == event.c.n)
        .where(
            event.c.seq > _bare_to(trail),
            event.c.seq < _end(trail, before),
            event.c.time < before,
            record.c.place.is_not(None),
        )
    )
    return _source(query, PLACE)


def _end(trail: Trail, before: datetime) -> int:
    """No event from this seq on is looked at: what got its place much later waits for its turn.

    Without it a run would look through everything that is not to be deleted yet.
    """
    return seq_at(trail.store, before + SLACK)


def _bare_to(trail: Trail) -> int:
    with trail.store.read() as connection:
        return connection.execute(select(log.c.bare_to)).scalar_one_or_none() or 0


def _remember_bare(trail: Trail, before: datetime) -> None:
    """The next run begins where this one left the first address, so it costs what is new."""
    low, high = _bare_to(trail), _end(trail, before)
    within = (event.c.seq > low, event.c.seq < high)
    with trail.store.write() as unit:
        left = unit.execute(select(func.min(event.c.seq)).where(*within, event.c.time >= before))
        value = (left.scalar_one() or high) - 1
        unit.execute(
            update(log).where(func.coalesce(log.c.bare_to, 0) < value).values(bare_to=value)
        )


def _of_person(user_id: str, what: str) -> Source:
    """Names where it is about them; addresses where they acted, or nobody else is known to have."""
    about, own = event.c.subject == user_id, event.c.user_id == user_id
    whose = about if what == PERSON else or_(own, event.c.user_id.is_(None) & about)
    query = (
        select(event.c.seq, event.c.n)
        .join(party, party.c.seq == event.c.seq)
        .join(record, record.c.n == event.c.n)
        .where(party.c.user_id == user_id, whose, record.c[what].is_not(None))
    )
    return _source(query, what)


def _source(query: Any, what: str) -> Source:
    following = query.where(event.c.seq > bindparam("after_")).order_by(event.c.seq).limit(BATCH)

    def source(unit: Unit, after: int) -> Sequence[Doomed]:
        return [Doomed(seq, n, what) for seq, n in unit.execute(following, {"after_": after})]

    return source


def _drop(house: House, unit: Unit, found: Sequence[Doomed], why: str, subject: str | None) -> None:
    """Delete it, and write down what it was, in one transaction."""
    run, what = secrets.token_hex(8), found[0].what
    numbers, seqs = [each.n for each in found], [each.seq for each in found]
    ranges: list[Range] = ranges_of(what, seqs)
    if what == EVENT:
        for table in (event, party, delegate):
            unit.execute(delete(table).where(table.c.seq.in_(seqs)))
        unit.execute(delete(record).where(record.c.n.in_(numbers)))
    else:
        unit.execute(update(record).where(record.c.n.in_(numbers)).values({what: None}))
        if what == PLACE:
            unit.execute(update(event).where(event.c.n.in_(numbers)).values(address=None))
    rows = [{"run": run, "what": w, "first": first, "last": last} for w, first, last in ranges]
    unit.execute(insert(dropped), rows)
    details: Details = {"run": run, "count": len(found), "why": why, "digest": digest(ranges)}
    house.record(PRUNED, subject=subject, details=details, within=unit)
