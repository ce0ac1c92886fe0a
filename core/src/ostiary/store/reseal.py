"""Rotating keys: a new one on the ring, everything sealed anew, old ones dropped.

Killed at any step, it leaves a house that works, and can be run again:

* after the new key is in the file: the old keys are there too, nothing needs the new one;
* while values are sealed anew: the transaction rolls back;
* before old keys are dropped: nothing needs them, but they are still there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Row, column, inspect, select, table, update

from ostiary.contracts import StoreError
from ostiary.store.engine import Store
from ostiary.store.keyring import KeyRing, SealBroken
from ostiary.store.sealed import SealedColumn, sealed_columns
from ostiary.store.sql import alone
from ostiary.store.tables import schema
from ostiary.store.unit import Unit

__all__ = ["GRACE", "Rotation", "prepare", "rotate"]

GRACE = timedelta(hours=1)
"""How long a key that was replaced is kept: for forms and cookies that people have open, and
for units of work that sealed with it and have yet to commit."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: values sealed anew, ids of keys dropped and of old keys kept."""

    resealed: int
    dropped: tuple[str, ...]
    kept: tuple[str, ...]


def prepare(store: Store, path: Path, within: Callable[[Unit], object] = lambda _: None) -> str:
    """Put a key on the ring in this file that opens, and does not seal before :func:`rotate`.

    For several hosts with copies of the file: each must be able to open what the first of them
    seals with the new key.

    Args:
        store: whose lock keeps rotations apart.
        path: the file of the ring.
        within: called in the same unit, to record it.

    Returns:
        the id of the key.

    Raises:
        StoreError: a key stands by already, or the file cannot be read or written.
    """
    with store.write() as unit:
        alone(unit)
        ring = KeyRing.load(path).prepared()
        within(unit)
        # Last, since a file does not roll back; and a key too many does no harm.
        unit.before_commit(ring.save)
    return ring.ids[-1]


def rotate(
    store: Store,
    path: Path,
    *,
    drop_old: bool = False,
    grace: timedelta = GRACE,
    within: Callable[[Unit, int], object] = lambda _unit, _resealed: None,
) -> Rotation:
    """Put a key on top of the ring in this file and seal everything with it.

    It is the one that stands by, or else a new one. Running processes of this machine follow by
    themselves. Where several machines have a copy of the file, :func:`prepare` the key and give
    each the file before; otherwise they cannot open what was sealed anew until they have it.
    Give it to them again before old keys are dropped.

    Args:
        store: the database whose values are sealed with the ring.
        path: the file of the ring.
        drop_old: also remove old keys, once nothing in the database needs them.
        grace: keep those that were replaced less than this ago.
        within: called in the unit that sealed, with the count of values, to record it.

    Raises:
        StoreError: the file cannot be read or written, or a value does not open; nothing in
            the database was changed then.
    """
    with store.write() as unit:
        # The lock first: of two rotations at once, the second must see the first one's key.
        alone(unit)
        ring = KeyRing.load(path).rotated()
        ring.save()
        resealed = sum(_reseal(unit, ring, sealed) for sealed in _sealed(unit))
        within(unit, resealed)
    dropped = _drop(store, path, datetime.now(UTC) - grace) if drop_old else ()
    kept = tuple(key for key in ring.ids[1:] if key not in dropped)
    return Rotation(resealed, dropped, kept)


def _drop(store: Store, path: Path, before: datetime) -> tuple[str, ...]:
    """Remove the keys that were replaced by then and that no value needs."""
    with store.write() as unit:
        alone(unit)
        ring = KeyRing.load(path)
        # A process that had not seen the new key may have stored something since; that key
        # stays until the next rotation.
        needed = {
            ring.key_id(value)
            for sealed in _sealed(unit)
            for batch in _batches(unit, sealed)
            for _, value in batch
        }
        dropped = tuple(key for key in ring.superseded(before) if key not in needed)
        ring.without(dropped).save()
    return dropped


def _sealed(unit: Unit) -> list[SealedColumn]:
    """The sealed columns there are, those of plugins that are not installed included."""
    existing = set(inspect(unit.connection).get_table_names())
    recorded: list[list[str]] = []
    if schema.name in existing:
        recorded = [
            entry
            for entries in unit.execute(select(schema.c.sealed)).scalars()
            for entry in entries
        ]
    found = {*sealed_columns, *(SealedColumn(*entry) for entry in recorded)}
    return sorted(entry for entry in found if entry.table in existing)


def _batches(unit: Unit, sealed: SealedColumn) -> Iterator[Sequence[Row[Any, bytes]]]:
    """Key and value of every row that has one, locked, by key, some at a time."""
    source = table(sealed.table, column(sealed.key), column(sealed.column, LargeBinary))
    key, value = source.c[sealed.key], source.c[sealed.column]
    page = select(key, value).where(value.is_not(None)).order_by(key).limit(_BATCH)
    # SQLite has one writer, and SQLAlchemy leaves FOR UPDATE out there.
    batch = unit.execute(page.with_for_update()).all()
    while batch:
        yield batch
        batch = unit.execute(page.where(key > batch[-1][0]).with_for_update()).all()


def _reseal(unit: Unit, ring: KeyRing, sealed: SealedColumn) -> int:
    """Seal every value of a column with the newest key; how many there were."""
    source = table(sealed.table, column(sealed.key), column(sealed.column, LargeBinary))
    count = 0
    for batch in _batches(unit, sealed):
        for key, value in batch:
            context = (sealed.table, str(key), sealed.column)
            try:
                plain = ring.open(value, *context)
            except SealBroken as error:
                raise StoreError(
                    f"{sealed.table}.{sealed.column} does not open in the row whose "
                    f"{sealed.key} is {key!r}: {error}; mend or delete that row, and rotate "
                    "again; no value was changed"
                ) from error
            unit.execute(
                update(source)
                .where(source.c[sealed.key] == key)
                .values({sealed.column: ring.seal(plain, *context)})
            )
            count += 1
    return count
