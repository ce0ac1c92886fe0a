"""One round of the sequencer: what was written becomes part of the log, in one transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from ostiary.audit import SYSTEM
from ostiary.runtime import Runtime
from ostiary.store import Unit
from ostiary_audit.canonical import Written, read
from ostiary_audit.events import KEY
from ostiary_audit.kept import Kept
from ostiary_audit.keys import LogKeys
from ostiary_audit.merkle import Incomplete, Tree, leaf_hash, tile_counts
from ostiary_audit.notes import Checkpoint, Malformed, Unsigned, opened
from ostiary_audit.rows import delegates, event_row, parties
from ostiary_audit.tables import checkpoint, delegate, event, hole, log, party, record, tile

_log = logging.getLogger(__name__)

HOLE_AGE = timedelta(hours=1)
"""How long a missing number is looked for: no transaction of ours is open for so long."""

SWEEP = timedelta(days=1)
"""How often everything is looked through for records that were missed nevertheless."""

_MOST_HOLES = 10_000
_TILE = select(tile.c.hashes).where(
    tile.c.level == bindparam("level_"), tile.c.number == bindparam("number_")
)
_LOG = select(log)
_LAST = select(checkpoint).order_by(checkpoint.c.size.desc()).limit(1)
_NEXT = select(record).where(record.c.n > bindparam("high_")).order_by(record.c.n)
_FILLED = select(record).join(hole, hole.c.n == record.c.n).order_by(record.c.n)
_MISSED = (
    select(record)
    .outerjoin(event, event.c.n == record.c.n)
    .where(event.c.n.is_(None), record.c.n <= bindparam("high_"))
    .order_by(record.c.n)
)


class Tampered(Exception):
    """What is in the database is not what was signed: going on would sign it."""


@dataclass
class Known:
    """What this process has seen to be right."""

    note: str | None = None
    kept: str | None = None


class Round:
    """One transaction of the sequencer, which is alone.

    Args:
        unit: the transaction.
        runtime: the house.
        keys: what signs.
        kept: the file with the last checkpoint.
        known: what earlier rounds of this process have seen.
    """

    def __init__(
        self, unit: Unit, runtime: Runtime, keys: LogKeys, kept: Kept, known: Known
    ) -> None:
        self._unit = unit
        self._runtime = runtime
        self._keys = keys
        self._kept = kept
        self._known = known
        self._now = runtime.now()
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._new_note: str | None = None
        self._may_keep = False

    def run(self, most: int) -> int:
        """Put up to so many records into the log; how many it were.

        Raises:
            Tampered: the tree is not the one that was signed.
        """
        state = self._state()
        tree, last = Tree(state.size, self._tile), self._unit.first(_LAST)
        self._hold(state, tree, last)
        found = self._found(state, most)
        fresh = self._ours(found)
        first = state.size + 1
        self._insert(first, fresh)
        self._remember(state, found, full=len(found) >= most)
        if fresh:
            leaves = [leaf_hash(bytes(each.payload)) for each, _ in fresh]
            self._grow(tree, leaves)
        self._sign(state, state.size + len(fresh), last)
        return len(found)

    def keep(self) -> None:
        """Once all of it is durable: leave the checkpoint where the database cannot be."""
        if self._new_note is not None:
            self._known.note = self._new_note
            if self._may_keep:
                self._kept.write(self._new_note)
                self._known.kept = self._new_note

    def _state(self) -> Any:
        found = self._unit.first(_LOG)
        if found is None:
            domain = self._runtime.settings.site.domain
            values = {
                "id": 1,
                "origin": f"{domain}/audit/{secrets.token_hex(4)}",
                "size": 0,
                "high": 0,
                "swept_at": self._now,
            }
            self._unit.execute(insert(log).values(values))
            found = self._unit.first(_LOG)
        return found

    def _hold(self, state: Any, tree: Tree, last: Any) -> None:
        """See that the tree is the one that was signed last (RFC 9162, section 2.1.4)."""
        if last is None:
            if state.size:
                raise Tampered("there is no checkpoint")
            return
        try:
            if last.note != self._known.note:
                opened(last.note, self._keys.verifiers(state.origin))
            said = Checkpoint.parse(last.note.partition("\n\n")[0] + "\n")
            if (said.origin, said.size, said.root) != (state.origin, state.size, tree.root()):
                raise Tampered(f"the tree of {state.size} events is not the one that was signed")
        except (Malformed, Unsigned, Incomplete) as error:
            raise Tampered(str(error)) from None

    def _found(self, state: Any, most: int) -> list[Any]:
        """Records to look at, those that filled a hole first."""
        found = [*self._unit.execute(_FILLED.limit(most))]
        if len(found) < most:
            following = _NEXT.limit(most - len(found))
            found += self._unit.execute(following, {"high_": state.high})
        if not state.swept_at <= self._now < state.swept_at + SWEEP:
            there = {each.n for each in found}
            missed = self._unit.execute(_MISSED.limit(most), {"high_": state.high})
            found += [each for each in missed if each.n not in there]
        return found

    def _ours(self, found: Sequence[Any]) -> list[tuple[Any, dict[str, Any]]]:
        """Those that the house has written, each once, with what they say."""
        fresh: dict[str, tuple[Any, dict[str, Any]]] = {}
        for each in found:
            if not self._keys.is_ours(_written(each), bytes(each.mac)):
                _log.error("record %d was not written by the house, and is left out", each.n)
                continue
            payload = dict(read(bytes(each.payload)))
            if payload["id"] in fresh:
                _log.error("record %d repeats another one, and is left out", each.n)
                continue
            fresh[payload["id"]] = (each, payload)
        there = select(event.c.id).where(event.c.id.in_(fresh))
        for (known,) in self._unit.execute(there) if fresh else ():
            _log.error("record %d repeats an event, and is left out", fresh.pop(known)[0].n)
        return list(fresh.values())

    def _insert(self, first: int, fresh: Sequence[tuple[Any, dict[str, Any]]]) -> None:
        rows, whose, chains = [], [], []
        for seq, (each, payload) in enumerate(fresh, first):
            rows.append({"seq": seq, "n": each.n, **event_row(payload, each.place)})
            whose += [{"user_id": user_id, "seq": seq} for user_id in parties(payload)]
            chains += [{"name": name, "seq": seq} for name in delegates(payload)]
        for table, values in ((event, rows), (party, whose), (delegate, chains)):
            if values:
                self._unit.execute(insert(table), values)

    def _remember(self, state: Any, found: Sequence[Any], *, full: bool) -> None:
        """Move on, and note which numbers are still missing."""
        numbers = {each.n for each in found}
        high = max(numbers, default=state.high)
        if high > state.high:
            begin = max(state.high + 1, high - _MOST_HOLES)
            missing = [n for n in range(begin, high) if n not in numbers]
            if missing:
                holes = [{"n": n, "since": self._now} for n in missing]
                self._unit.execute(insert(hole), holes)
        if self._unit.execute(select(func.count()).select_from(hole)).scalar_one():
            self._unit.execute(delete(hole).where(hole.c.since <= self._now - HOLE_AGE))
            if numbers:
                self._unit.execute(delete(hole).where(hole.c.n.in_(numbers)))
        swept = state.swept_at if full or not self._is_sweep(state) else self._now
        values = {"high": max(high, state.high), "swept_at": swept}
        self._unit.execute(update(log).values(values))

    def _is_sweep(self, state: Any) -> bool:
        return not state.swept_at <= self._now < state.swept_at + SWEEP

    def _grow(self, tree: Tree, leaves: Sequence[bytes]) -> None:
        counts = dict(tile_counts(tree.size))
        for (level, number), hashes in tree.extended(leaves).items():
            there = number * 256 < counts.get(level, 0)
            statement: Any = insert(tile).values(level=level, number=number, hashes=hashes)
            if there:
                at = (tile.c.level == level, tile.c.number == number)
                statement = update(tile).where(*at).values(hashes=hashes)
            self._unit.execute(statement)
            self._tiles[level, number] = hashes

    def _sign(self, state: Any, size: int, last: Any) -> None:
        """A checkpoint of what is there now, if that or the key is a new one."""
        signer = self._keys.signer(state.origin)
        named = last is not None and f"— {signer.name} " in last.note
        same_key = named and _is_signed(last.note, signer.verifier)
        if not same_key:
            # Whoever reads old checkpoints later finds here which keys were ours.
            details = {"key": str(signer.verifier), "origin": state.origin}
            self._runtime.recorder.record(self._unit, KEY, SYSTEM, subject=None, details=details)
        if size == state.size and same_key:
            return
        tree = Tree(size, self._tile)
        note = signer.sign(str(Checkpoint(state.origin, size, tree.root())))
        values = {"size": size, "note": note, "made_at": self._now}
        replaced = last is not None and (
            size == state.size or _hour(last.made_at) == _hour(self._now)
        )
        if replaced:
            self._unit.execute(
                update(checkpoint).where(checkpoint.c.size == last.size).values(values)
            )
        else:
            self._unit.execute(insert(checkpoint).values(values))
        moved = self._unit.execute(
            update(log).where(log.c.size == state.size).values(size=size)
        ).rowcount
        if moved != 1:
            raise Tampered("another sequencer has moved on meanwhile")
        self._new_note = note
        self._may_keep = self._goes_on(state.origin, tree)

    def _goes_on(self, origin: str, tree: Tree) -> bool:
        """Whether the log goes on from what was kept; else that stays, as evidence."""
        kept = self._kept.read()
        if kept is None:
            return True
        try:
            if kept != self._known.kept:
                opened(kept, self._keys.verifiers(origin))
            said = Checkpoint.parse(kept.partition("\n\n")[0] + "\n")
            earlier = Tree(said.size, self._tile).root() if said.size <= tree.size else None
        except (Malformed, Unsigned, Incomplete):
            said, earlier = None, None
        if said is not None and said.origin == origin and said.root == earlier:
            return True
        _log.error(
            "the trail does not go on from the checkpoint in %s: the database was put back or "
            "changed; see `ostiary audit verify`",
            self._kept.path,
        )
        return False

    def _tile(self, level: int, number: int) -> bytes:
        found = self._tiles.get((level, number))
        if found is None:
            row = self._unit.first(_TILE, level_=level, number_=number)
            found = self._tiles[level, number] = b"" if row is None else bytes(row.hashes)
        return found


def _written(row: Any) -> Written:
    return Written(bytes(row.payload), _bytes(row.place), _bytes(row.person))


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)


def _is_signed(note: str, verifier: Any) -> bool:
    try:
        opened(note, (verifier,))
    except (Malformed, Unsigned):
        return False
    return True


def _hour(at: datetime) -> tuple[int, int, int, int]:
    return at.year, at.month, at.day, at.hour
