"""Proofs that others check: that an event is in the log, and that the log only ever grew."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from sqlalchemy import bindparam, select

from ostiary_audit.exporting import signed_now
from ostiary_audit.merkle import Tree
from ostiary_audit.notes import Checkpoint
from ostiary_audit.tables import tile
from ostiary_audit.trail import Trail

_TILE = select(tile.c.hashes).where(
    tile.c.level == bindparam("level_"), tile.c.number == bindparam("number_")
)


def checkpoint_in(note: str) -> Checkpoint:
    """The checkpoint of a note, whoever signed it.

    Raises:
        Malformed: it is none.
    """
    return Checkpoint.parse(note.partition("\n\n")[0] + "\n")


def inclusion_proof(trail: Trail, seq: int) -> str:
    """That an event is in the log, as C2SP tlog-proof has it.

    Raises:
        LookupError: there is no such event, nothing is signed yet, or the tiles are not whole.
    """
    note, size, _key = signed_now(trail)
    if not 1 <= seq <= size:
        raise LookupError(f"there is no event {seq}: the log has {size}")
    hashes = Tree(size, reader(trail)).inclusion(seq - 1)
    lines = ["c2sp.org/tlog-proof@v1", f"index {seq - 1}", *map(_encoded, hashes)]
    return "".join(f"{line}\n" for line in lines) + f"\n{note}"


def consistency_proof(trail: Trail, earlier: Checkpoint) -> str:
    """That the log goes on from an earlier checkpoint, as C2SP tlog-witness is told it.

    Raises:
        LookupError: the log is not so long, nothing is signed, or the tiles are not whole.
    """
    note, size, _key = signed_now(trail)
    if earlier.size > size:
        raise LookupError(f"the checkpoint is of {earlier.size} events, and the log has {size}")
    hashes = Tree(size, reader(trail)).consistency(earlier.size)
    lines = [f"old {earlier.size}", *map(_encoded, hashes)]
    return "".join(f"{line}\n" for line in lines) + f"\n{note}"


def reader(trail: Trail) -> Callable[[int, int], bytes]:
    """Reads tiles from the database."""

    def read(level: int, number: int) -> bytes:
        row = trail.store.readers.first(_TILE, level_=level, number_=number)
        return b"" if row is None else bytes(row.hashes)

    return read


def _encoded(value: bytes) -> str:
    return b64encode(value).decode()
