"""The trail in other forms: lines of JSON, CSV, and a log in files that others' tools check."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from ostiary_audit.merkle import HASH, WIDTH, split, tile_counts
from ostiary_audit.reading import JOINED, Entry
from ostiary_audit.tables import checkpoint, event, log, record, tile
from ostiary_audit.telling import NameOf, described
from ostiary_audit.tiles import bundled, tile_path
from ostiary_audit.trail import Trail

CSV_COLUMNS = (
    "seq",
    "time",
    "type",
    "outcome",
    "reason",
    "actor",
    "means",
    "user",
    "token",
    "delegates",
    "project",
    "resource",
    "address",
    "agent",
    "request",
    "session",
    "details",
    "id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_BUNDLE = (
    select(event.c.seq, record.c.payload)
    .join(record, record.c.n == event.c.n)
    .where(event.c.seq.between(bindparam("first_"), bindparam("last_")))
    .order_by(event.c.seq)
)
_ENTRIES = JOINED.where(event.c.seq.between(bindparam("first_"), bindparam("last_"))).order_by(
    event.c.seq
)
_TILE = select(tile.c.hashes).where(
    tile.c.level == bindparam("level_"), tile.c.number == bindparam("number_")
)
_NOTE = (
    select(checkpoint.c.note, log.c.size, log.c.origin)
    .join(log, log.c.size == checkpoint.c.size)
    .limit(1)
)


def signed_now(trail: Trail) -> tuple[str, int, str]:
    """The last checkpoint as it was signed, how many events it is of, and the public key.

    Raises:
        LookupError: nothing is signed yet.
    """
    row = trail.store.readers.first(_NOTE)
    if row is None:
        raise LookupError("nothing is signed yet")
    return row.note, row.size, str(trail.keys.signer(row.origin).verifier)


def as_lines(entries: Iterable[Entry], name_of: NameOf) -> Iterator[str]:
    """Each event as a line of JSON, with the very text that was signed."""
    for entry in entries:
        known = described(entry, name_of)
        row = entry.row
        if row.payload is not None:
            known["leaf"] = bytes(row.payload).decode()
            for name in ("place", "person"):
                blob = getattr(row, name)
                if blob is not None:
                    known[f"{name}_blob"] = bytes(blob).hex()
        yield json.dumps(known, ensure_ascii=False) + "\n"


def whole_log(trail: Trail, name_of: NameOf) -> Iterator[str]:
    """Every event in its order, then the checkpoint: what ``verify`` checks without a database.

    Of what was pruned there is the hash.

    Raises:
        LookupError: nothing is signed yet.
    """
    note, size, key = signed_now(trail)
    for number, first, width in _parts(size):
        rows = trail.store.readers.all(_ENTRIES, first_=first, last_=first + width - 1)
        by_seq = {row.seq: Entry(row) for row in rows}
        row = trail.store.readers.first(_TILE, level_=0, number_=number)
        hashes = split(b"" if row is None else bytes(row.hashes))
        for seq in range(first, first + width):
            if seq in by_seq:
                yield from as_lines((by_seq[seq],), name_of)
            else:
                pruned = {"seq": seq, "pruned": True, "hash": hashes[seq - first].hex()}
                yield json.dumps(pruned) + "\n"
    yield json.dumps({"checkpoint": note, "key": key}, ensure_ascii=False) + "\n"


def as_csv(entries: Iterable[Entry], name_of: NameOf) -> Iterator[str]:
    """Each event as a row; what a spreadsheet would take for a formula is made a text."""
    yield _row(CSV_COLUMNS)
    for entry in entries:
        known = described(entry, name_of)
        yield _row([_cell(known[name]) for name in CSV_COLUMNS])


def write_log(trail: Trail, folder: Path, progress: Callable[[int, int], object]) -> int:
    """The whole log as files; how many events it has. An event that was pruned is empty there.

    Raises:
        FileExistsError: the folder is not empty.
        LookupError: nothing is signed yet.
    """
    note, size, key = signed_now(trail)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a new folder")
    for number, first, width in _parts(size):
        bundle = _bundle(trail, first, width)
        _put(folder / tile_path("entries", number, width), bundle)
        progress(first + width - 1, size)
    for level, count in tile_counts(size):
        for number, _first, width in _parts(count):
            row = trail.store.readers.first(_TILE, level_=level, number_=number)
            hashes = b"" if row is None else bytes(row.hashes)
            _put(folder / tile_path(level, number, width), hashes[: width * HASH])
    (folder / "key").write_text(f"{key}\n", "utf-8")
    # Last: a log that was written by half has none.
    (folder / "checkpoint").write_text(note, "utf-8")
    return size


def _parts(count: int) -> Iterator[tuple[int, int, int]]:
    """Tiles of so many hashes: number, the first of them counted from one, and how many."""
    for number in range(-(-count // WIDTH)):
        first = number * WIDTH + 1
        yield number, first, min(WIDTH, count - first + 1)


def _bundle(trail: Trail, first: int, width: int) -> bytes:
    last = first + width - 1
    rows = trail.store.readers.all(_BUNDLE, first_=first, last_=last)
    by_seq = {row.seq: bytes(row.payload) for row in rows}
    return b"".join(bundled(by_seq.get(seq, b"")) for seq in range(first, last + 1))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = " > ".join(value)
    elif isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
