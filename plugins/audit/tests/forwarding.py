"""Forwarders that are killed at one boundary after another; see ``test_killed.py``.

Each sends what is new to a file, a line for each event; each is a process of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import event as sqlalchemy_event

from ostiary.audit import SYSTEM
from ostiary.runtime import Runtime
from ostiary_audit.forwarding import LEASE, begin, forward, standings
from ostiary_audit.reading import Entry
from ostiary_audit.sink import trail_of
from ostiary_audit.trail import Trail
from plugins.audit.tests.killed import die, settings_of

NAME = "siem"
BOUNDARIES = (
    "once it has its turn",
    "in the middle of what it sends",
    "before it is confirmed",
    "while it is confirmed",
    "once it is confirmed",
    "never",
)
PER_ROUND = 3


def send(trail: Trail, target: Path, boundary: str) -> None:
    """Forward what is new; killed where the boundary says."""

    def deliver(entries: Sequence[Entry]) -> None:
        if boundary == "once it has its turn":
            die()
        with target.open("a", encoding="utf-8") as file:
            for number, entry in enumerate(entries):
                file.write(f"{entry.row.id}\n")
                if number == 1 and boundary == "in the middle of what it sends":
                    file.flush()
                    die()
        if boundary == "before it is confirmed":
            die()
        if boundary in {"while it is confirmed", "once it is confirmed"}:
            commits = 1 if boundary == "while it is confirmed" else 2
            dies_at_commit(trail, commits)

    forward(trail, NAME, deliver)


def dies_at_commit(trail: Trail, number: int) -> None:
    seen = []

    def committing(_connection: object) -> None:
        seen.append(1)
        if len(seen) == number:
            die()

    sqlalchemy_event.listen(trail.store.engine, "commit", committing)


def later(late: timedelta) -> datetime:
    return datetime.now(UTC) + late


def main() -> None:
    database, keys, data, target, count = sys.argv[1:]
    settings = settings_of(database, keys, data)
    for number in range(int(count)):
        # Whoever was killed had its turn; the next one comes when that is over.
        late = (LEASE + timedelta(seconds=1)) * number
        if os.fork() == 0:
            runtime = Runtime.start(settings, now=partial(later, late))
            trail = trail_of(runtime.house)
            for _ in range(PER_ROUND):
                runtime.recorder.record_alone("schema.migrated", SYSTEM, subject=None)
            trail.sequencer.sequence()
            if not standings(trail):
                begin(trail, NAME, 0)
            send(trail, Path(target), BOUNDARIES[number % len(BOUNDARIES)])
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    main()
