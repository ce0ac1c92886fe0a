"""A trail of many events, put where the sequencer would have left them, only faster.

They are as real as others: records with their codes, the tree over them, a signed checkpoint; the
next event goes on from there, and ``verify`` finds nothing. Beyond :data:`REAL` of them the
database copies those that are there, with later times and other ids: to questions that is the same,
but copies have no place in the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, text, update

from ostiary.audit import SYSTEM
from ostiary.contracts import Actor, Client, Event, Outcome, Resource
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary_audit.canonical import read, written
from ostiary_audit.merkle import Tree, leaf_hash, tile_counts
from ostiary_audit.notes import Checkpoint
from ostiary_audit.rows import delegates, event_row, parties
from ostiary_audit.tables import checkpoint, delegate, event, log, party, record, tile
from ostiary_audit.trail import Trail

BATCH = 20_000
REAL = 20_000
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def made(number: int) -> Event:
    """One event of many: the heaviest of a thousand users has a tenth of them."""
    at = BEGIN + timedelta(seconds=number)
    user = "u0" if number % 10 == 0 else f"u{number * 7919 % 1000}"
    token = f"t{number * 31 % 5000}" if number % 2 else None
    means = "session" if token is None else "tokens"
    return Event(
        id=uuid7(at),
        type=("file.uploaded", "sign-in.done", "token.created")[number % 3],
        time=at,
        outcome=Outcome.DONE,
        subject=user,
        actor=Actor("user", user, means, token, ("ci",) if token else ()),
        client=Client(f"192.0.2.{number % 250}", "twine/6.0"),
        request=f"{number:032x}",
        resource=Resource("project", f"p{number * 13 % 20000}", (user,)),
        details={"verifier": "x"},
        sentence="${actor} did it.",
    )


def filled(trail: Trail, size: int) -> None:
    """Have so many events in the trail; copies cannot be followed by real ones."""
    if _state(trail) is None:
        trail.runtime.recorder.record_alone("schema.migrated", SYSTEM, subject=None)
    # The second round is for the event of the key, which the first one records.
    trail.sequencer.sequence()
    trail.sequencer.sequence()
    with _without_indexes(trail):
        while (state := _state(trail)).size < min(size, REAL):
            with trail.store.write() as unit:
                _extend(trail, unit, state, min(BATCH, min(size, REAL) - state.size))
        while (there := _last(trail)) < size:
            with trail.store.write() as unit:
                _copy(unit, there, min(there, size - there))
    if trail.store.dialect == "postgresql":
        engine = trail.store.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _state(trail: Trail) -> Any:
    with trail.store.read() as connection:
        return connection.execute(select(log)).one_or_none()


def _last(trail: Trail) -> int:
    with trail.store.read() as connection:
        return int(connection.execute(select(func.max(event.c.seq))).scalar_one())


def _copy(unit: Unit, there: int, count: int) -> None:
    """The first so many once more, after those that are there."""
    if unit.connection.dialect.name == "sqlite":
        later = f"strftime('%Y-%m-%d %H:%M:%f', time, '+{there} seconds') || '000'"
        own = f"substr(id, 1, 24) || printf('%012x', seq + {there})"
    else:
        later = f"time + interval '{there} seconds'"
        own = f"substr(id, 1, 24) || lpad(to_hex(seq + {there}), 12, '0')"
    changed = {"seq": f"seq + {there}", "n": f"n + {there}", "time": later, "id": own}
    first = f"seq <= {count}"
    numbered = f"n IN (SELECT n FROM {event.name} WHERE {first})"  # noqa: S608 - numbers of ours.
    for table, which in ((record, numbered), (event, first), (party, first), (delegate, first)):
        names = [column.name for column in table.columns]
        values = ", ".join(changed.get(name, name) for name in names)
        into = f"INSERT INTO {table.name} ({', '.join(names)})"
        unit.execute(text(f"{into} SELECT {values} FROM {table.name} WHERE {which}"))  # noqa: S608 - ours.


@contextmanager
def _without_indexes(trail: Trail) -> Iterator[None]:
    """To make an index once is faster than to add to it each time."""
    indexes = [index for table in (event, party, delegate) for index in table.indexes]
    with trail.store.migrating() as unit:
        for index in indexes:
            index.drop(unit.connection)
    yield
    with trail.store.migrating() as unit:
        for index in indexes:
            index.create(unit.connection)


def _extend(trail: Trail, unit: Unit, state: Any, count: int) -> None:
    """One batch, as :class:`ostiary_audit.round.Round` adds one."""
    records, events, whose, chains, leaves = [], [], [], [], []
    for step in range(1, count + 1):
        seq, n = state.size + step, state.high + step
        one = written(made(seq))
        payload = read(one.payload)
        code = trail.keys.mark(one)
        parts = {"payload": one.payload, "place": one.place, "person": one.person, "mac": code}
        records.append({"n": n, **parts})
        events.append({"seq": seq, "n": n, **event_row(payload, one.place)})
        whose += [{"user_id": user_id, "seq": seq} for user_id in parties(payload)]
        chains += [{"name": name, "seq": seq} for name in delegates(payload)]
        leaves.append(leaf_hash(one.payload))
    for table, rows in ((record, records), (event, events), (party, whose), (delegate, chains)):
        _put(unit, table, rows)
    _sign(trail, unit, state, leaves)


def _put(unit: Unit, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if unit.connection.dialect.name == "sqlite":
        unit.execute(insert(table), rows)
        return
    cursor = unit.connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))
    if table is record:
        own = func.pg_get_serial_sequence(table.name, "n")
        unit.execute(select(func.setval(own, rows[-1]["n"])))


def _sign(trail: Trail, unit: Unit, state: Any, leaves: Sequence[bytes]) -> None:
    tiles: dict[tuple[int, int], bytes] = {}

    def stored(level: int, number: int) -> bytes:
        if (level, number) not in tiles:
            at = (tile.c.level == level, tile.c.number == number)
            found = unit.execute(select(tile.c.hashes).where(*at)).scalar_one_or_none()
            tiles[level, number] = bytes(found or b"")
        return tiles[level, number]

    counts = dict(tile_counts(state.size))
    for (level, number), hashes in Tree(state.size, stored).extended(leaves).items():
        at = {"level": level, "number": number}
        if number * 256 < counts.get(level, 0):
            same = (tile.c.level == level, tile.c.number == number)
            unit.execute(update(tile).where(*same).values(hashes=hashes))
        else:
            unit.execute(insert(tile).values(**at, hashes=hashes))
        tiles[level, number] = hashes
    size = state.size + len(leaves)
    root = Tree(size, stored).root()
    note = trail.keys.signer(state.origin).sign(str(Checkpoint(state.origin, size, root)))
    unit.execute(delete(checkpoint))
    values = {"size": size, "note": note, "made_at": trail.runtime.now()}
    unit.execute(insert(checkpoint).values(values))
    unit.execute(update(log).values(size=size, high=state.high + len(leaves)))
