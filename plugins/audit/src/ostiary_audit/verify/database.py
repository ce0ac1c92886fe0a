"""Checking the trail in its database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, text

from ostiary_audit.canonical import Written, read, stamp
from ostiary_audit.events import KEY, PRUNED
from ostiary_audit.merkle import HASH, WIDTH, Incomplete, Tree, leaf_hash, split, tile_counts
from ostiary_audit.notes import Malformed, Verifier
from ostiary_audit.reading import JOINED
from ostiary_audit.tables import (
    checkpoint,
    delegate,
    dropped,
    event,
    log,
    party,
    record,
    tile,
)
from ostiary_audit.trail import Trail
from ostiary_audit.verify.erased import EVENT, Dropped, digest
from ostiary_audit.verify.events import Checked, check_event
from ostiary_audit.verify.findings import Report
from ostiary_audit.verify.growing import Growing
from ostiary_audit.verify.signed import Said, checkpoint_of, held

Progress = Callable[[int, int], object]

_WAITS = timedelta(hours=1)


def verify_database(
    trail: Trail,
    outside: Sequence[tuple[str, str]] = (),
    progress: Progress = lambda *_: None,
) -> Report:
    """Check everything that the database holds of the trail.

    Args:
        trail: what to check.
        outside: checkpoints that were kept elsewhere: where, and the note.
        progress: told how many of how many events have been checked.
    """
    kept = trail.kept.read()
    notes = [*outside, *([(f"the checkpoint in {trail.kept.path}", kept)] if kept else [])]
    with trail.store.read() as connection:
        if trail.store.dialect == "postgresql":
            # The sequencer goes on meanwhile; all of this is about one moment.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        return _Verification(trail, connection, progress).run(notes)


class _Verification:
    def __init__(self, trail: Trail, connection: Connection, progress: Progress) -> None:
        self._trail = trail
        self._connection = connection
        self._progress = progress
        self._report = Report()
        self._pruned: dict[str, str] = {}
        self._keys: set[str] = set()
        self._changed: list[int] = []
        self._dropped = Dropped(connection.execute(select(dropped)).all())

    def run(self, notes: Sequence[tuple[str, str]]) -> Report:
        report, state = self._report, self._connection.execute(select(log)).one_or_none()
        if state is None:
            self._nothing(notes)
            return report
        report.size, report.origin = state.size, state.origin
        own = self._trail.keys.verifiers
        rows = self._connection.execute(select(checkpoint).order_by(checkpoint.c.size)).all()
        last = checkpoint_of(rows[-1].note, "the last checkpoint", own, report) if rows else None
        if last is None:
            report.add("the tree is not signed: nothing says that these events are the real ones")
        elif last.checkpoint.size != state.size:
            report.add(
                f"the last checkpoint is of {last.checkpoint.size} events, the log says "
                f"{state.size}"
            )
        said = [
            found
            for where, note in notes
            if (found := checkpoint_of(note, where, own, report)) is not None
        ]
        tree = self._events(state.size, [each.checkpoint.size for each in said], rows)
        self._signed(state, last, tree)
        self._earlier(state, rows[:-1], tree)
        for each in said:
            held(each, state.origin, state.size, tree.roots, report)
        self._beyond(state.size)
        self._waiting()
        self._runs()
        return report

    def _nothing(self, notes: Sequence[tuple[str, str]]) -> None:
        """There is no log; nor must there be anything that was in one."""
        for where, _note in notes:
            self._report.add(f"there is no log, but {where} is of one: everything was deleted")
        for table in (event, tile, checkpoint):
            if self._connection.execute(select(table).limit(1)).first() is not None:
                self._report.add(f"there is no log, but {table.name} is not empty")
        self._waiting()

    def _events(self, size: int, wanted: Sequence[int], rows: Sequence[Any]) -> Growing:
        """Every event, tile by tile; what is signed is made of them anew."""
        sizes = [*wanted, *(row.size for row in rows), size]
        tree = Growing([each for each in sizes if each <= size], self._tile_again)
        for number in range(-(-size // WIDTH)):
            first = number * WIDTH + 1
            tree.add(self._chunk(number, first, min(first + WIDTH, size + 1)))
            self._progress(tree.size, size)
        tree.end()
        return tree

    def _chunk(self, number: int, first: int, end: int) -> list[bytes]:
        """The leaf hashes of some events, once each was held against its row."""
        stored = split(self._tile(0, number))
        within = event.c.seq.between(first, end - 1)
        rows = {row.seq: row for row in self._connection.execute(JOINED.where(within))}
        whose = _grouped(self._connection, party.c.user_id, party.c.seq, first, end)
        chains = _grouped(self._connection, delegate.c.name, delegate.c.seq, first, end)
        leaves = []
        for seq in range(first, end):
            at = seq - first
            there = stored[at] if at < len(stored) and len(stored[at]) == HASH else None
            leaf = self._leaf(seq, rows.get(seq), there)
            leaves.append(leaf)
            found = Checked(whose.pop(seq, frozenset()), chains.pop(seq, frozenset()))
            self._row(seq, rows.get(seq), found)
        if len(stored) != end - first:
            self._report.add(f"tile 0/{number} has {len(stored)} hashes, not {end - first}")
        return leaves

    def _leaf(self, seq: int, row: Any, there: bytes | None) -> bytes:
        """The hash of an event; that of its tile, where it is gone."""
        if row is None or row.payload is None:
            if row is None and self._dropped.has(EVENT, seq):
                self._report.pruned += 1
            else:
                gone = "it is missing" if row is None else "its record is missing"
                self._report.add(gone, seq)
            return there or bytes(HASH)
        leaf = leaf_hash(bytes(row.payload))
        if leaf != there:
            self._changed.append(seq)
        return leaf

    def _row(self, seq: int, row: Any, found: Checked) -> None:
        if row is None:
            if found != Checked():
                self._report.add("its entries in histories are left over", seq)
            return
        if self._dropped.has(EVENT, seq):
            self._report.add("it was deleted on record, and is there again", seq)
        if row.payload is None:
            return
        payload = check_event(seq, row, found, self._dropped, self._report)
        if payload is not None:
            self._note(payload)

    def _note(self, payload: Any) -> None:
        """Remember what this event says of the trail itself."""
        details = payload.get("details", {})
        if payload["type"] == PRUNED:
            self._pruned[str(details.get("run"))] = str(details.get("digest"))
        elif payload["type"] == KEY:
            self._keys.add(str(details.get("key")))

    def _signed(self, state: Any, last: Said | None, tree: Growing) -> None:
        """Whether the events are those that were signed; which are not, if that can be told."""
        report, root = self._report, tree.roots[state.size]
        if last is None:
            for seq in self._changed:
                report.add("it does not fit the hash in its tile", seq)
            return
        wanted = last.checkpoint
        if wanted.origin != state.origin:
            report.add(f"the last checkpoint is of another trail, {wanted.origin}")
        if wanted.size == state.size and wanted.root == root:
            for seq in self._changed:
                report.add("the hash in its tile was changed", seq)
            return
        if wanted.size == state.size and self._root_of_tiles(state.size) == wanted.root:
            for seq in self._changed:
                report.add("it is not what was signed", seq)
            return
        report.add(f"the root over the {state.size} events is not the one that was signed")
        for seq in self._changed:
            report.add("it does not fit the hash in its tile", seq)

    def _root_of_tiles(self, size: int) -> bytes | None:
        try:
            return Tree(size, self._tile).root()
        except Incomplete:
            return None

    def _earlier(self, state: Any, rows: Sequence[Any], tree: Growing) -> None:
        """Checkpoints of the past: signed by a key that was ours, and of the same tree."""
        keys = [*self._trail.keys.verifiers(state.origin)]
        for named in sorted(self._keys):
            try:
                keys.append(Verifier.parse(named))
            except Malformed:
                self._report.add(f"the key {named!r} in the log is none")
        sound = 0
        for row in rows:
            where = f"the checkpoint of {row.size} events"
            said = checkpoint_of(row.note, where, lambda _name: keys, self._report)
            if said is None:
                continue
            if said.checkpoint.size != row.size:
                self._report.add(f"{where} says {said.checkpoint.size}")
            elif held(said, state.origin, state.size, tree.roots, self._report):
                sound = row.size
        if not self._report.sound and sound:
            self._report.notes.append(f"the first {sound} events are as they were signed")

    def _tile_again(self, level: int, number: int, hashes: Sequence[bytes]) -> None:
        if self._tile(level, number) != b"".join(hashes):
            self._report.add(f"tile {level}/{number} is not made of the tiles below it")

    def _tile(self, level: int, number: int) -> bytes:
        at = (tile.c.level == level, tile.c.number == number)
        found = self._connection.execute(select(tile.c.hashes).where(*at)).scalar_one_or_none()
        return b"" if found is None else bytes(found)

    def _beyond(self, size: int) -> None:
        """What is there and belongs to no event."""
        outside = or_(event.c.seq < 1, event.c.seq > size)
        for seq, kind in self._connection.execute(
            select(event.c.seq, event.c.type).where(outside).order_by(event.c.seq).limit(100)
        ):
            self._report.add(f"it was inserted, or its place changed ({kind})", seq)
        for table in (party, delegate):
            beyond = or_(table.c.seq < 1, table.c.seq > size)
            if self._count(table, beyond):
                self._report.add(f"{table.name} has rows of events that do not exist")
        if self._count(checkpoint, checkpoint.c.size > size):
            self._report.add("there are checkpoints of more events than there are")
        wanted = sum(-(-count // WIDTH) for _level, count in tile_counts(size))
        if self._count(tile, tile.c.level >= 0) > wanted:
            self._report.add(f"there are more tiles than the {wanted} of a tree of {size} events")

    def _count(self, table: Any, condition: Any) -> int:
        counted = select(func.count()).select_from(table).where(condition)
        return int(self._connection.execute(counted).scalar_one())

    def _waiting(self) -> None:
        """Records that have no place in the log: new ones, and such as nobody of ours wrote."""
        waiting = (
            select(record)
            .outerjoin(event, event.c.n == record.c.n)
            .where(event.c.n.is_(None))
            .order_by(record.c.n)
        )
        now = self._trail.runtime.now()
        for row in self._connection.execute(waiting):
            place, person = (None if b is None else bytes(b) for b in (row.place, row.person))
            written = Written(bytes(row.payload), place, person)
            if not self._trail.keys.is_ours(written, bytes(row.mac)):
                self._report.add(f"record {row.n} was not written by this house")
                continue
            payload = read(written.payload)
            known = select(event.c.seq).where(event.c.id == payload["id"])
            seq = self._connection.execute(known).scalar_one_or_none()
            if seq is not None:
                self._report.add(f"record {row.n} is a copy of it", seq)
                continue
            self._report.pending += 1
            self._note(payload)
            if payload["time"] < stamp(now - _WAITS):
                self._report.add(f"record {row.n} of {payload['time']} was never put in order")

    def _runs(self) -> None:
        """What was deleted is what the record of its deletion says."""
        for run, ranges in self._dropped.runs.items():
            if self._pruned.get(run) != digest(ranges):
                first, last = min(r[1] for r in ranges), max(r[2] for r in ranges)
                self._report.add(
                    f"what is said to have been deleted between {first} and {last} is not what "
                    "was recorded"
                )


def _grouped(
    connection: Connection, value: Any, seq: Any, first: int, end: int
) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for each, at in connection.execute(select(value, seq).where(seq.between(first, end - 1))):
        found.setdefault(at, set()).add(each)
    return {at: frozenset(values) for at, values in found.items()}
