"""What was deleted on record: ranges of events, and the hash that the record of each run holds."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

EVENT, PLACE, PERSON = "event", "place", "person"

Range = tuple[str, int, int]
"""What was deleted, of the events from a first to a last seq."""


def digest(ranges: Iterable[Range]) -> str:
    """The hash of what one run deleted."""
    lines = sorted(f"{what} {first} {last}\n" for what, first, last in ranges)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def ranges_of(what: str, seqs: Iterable[int]) -> list[Range]:
    """Seqs as ranges."""
    found: list[Range] = []
    for seq in sorted(seqs):
        if found and found[-1][2] == seq - 1:
            found[-1] = (what, found[-1][1], seq)
        else:
            found.append((what, seq, seq))
    return found


class Dropped:
    """All that was deleted.

    Args:
        rows: with ``run``, ``what``, ``first`` and ``last``.
    """

    def __init__(self, rows: Sequence[Any]) -> None:
        self.runs: dict[str, list[Range]] = {}
        by_kind: dict[str, list[tuple[int, int]]] = {}
        for row in rows:
            self.runs.setdefault(row.run, []).append((row.what, row.first, row.last))
            by_kind.setdefault(row.what, []).append((row.first, row.last))
        self._by_kind = {what: _merged(found) for what, found in by_kind.items()}

    def has(self, what: str, seq: int) -> bool:
        """Whether this part of an event was deleted."""
        ranges = self._by_kind.get(what, [])
        at = bisect_right(ranges, (seq, 2**63)) - 1
        return at >= 0 and ranges[at][0] <= seq <= ranges[at][1]


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
