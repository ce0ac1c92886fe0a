"""One event: its row, its histories and its blobs, against what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ostiary_audit.canonical import Payload, canonical, hashed, read
from ostiary_audit.rows import delegates, differing, event_row, parties
from ostiary_audit.verify.erased import PERSON, PLACE, Dropped
from ostiary_audit.verify.findings import Report


@dataclass(frozen=True, slots=True)
class Checked:
    """In whose history an event is, and in which chains."""

    parties: frozenset[str] = frozenset()
    delegates: frozenset[str] = frozenset()


def check_event(
    seq: int, row: Any, found: Checked, erased: Dropped, report: Report
) -> Payload | None:
    """Hold everything that repeats a record against it; the payload, if it can be read."""
    try:
        payload = read(bytes(row.payload))
        place = _blob(seq, "place", row.place, payload, erased, report)
        _blob(seq, "person", row.person, payload, erased, report)
        expected = event_row(payload, place)
    except (ValueError, KeyError, TypeError, AttributeError):
        report.add("its record cannot be read", seq)
        return None
    if canonical(payload) != bytes(row.payload):
        report.add("its record is not in canonical form", seq)
    wrong = differing(expected, row)
    if wrong:
        report.add(f"its row says something else than was recorded: {', '.join(wrong)}", seq)
    if found.parties != parties(payload):
        report.add("it is in other histories than it belongs to", seq)
    if found.delegates != delegates(payload):
        report.add("it is listed for other delegates than were recorded", seq)
    return payload


_WHAT = {"place": "address and client", "person": "names"}
_ERASED = {"place": PLACE, "person": PERSON}


def _blob(
    seq: int, name: str, stored: Any, payload: Payload, erased: Dropped, report: Report
) -> bytes | None:
    """One of the blobs; None where it is not there, or not the one that was recorded."""
    blob, wanted = None if stored is None else bytes(stored), payload.get(name)
    if blob is None:
        if wanted is not None and not erased.has(_ERASED[name], seq):
            report.add(f"{_WHAT[name]} were erased, and that is not on record", seq)
        return None
    if hashed(blob) != wanted:
        report.add(f"{_WHAT[name]} are not those that were recorded", seq)
        return None
    return blob
