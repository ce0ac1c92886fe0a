"""kill -9 at every boundary of an act: acts are records, and nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from ostiary.store import KeyRing
from ostiary.store.tables import users
from plugins.audit.tests.conftest import Desk, MakeDesk
from plugins.audit.tests.killed import BOUNDARIES

PROGRAM = Path(__file__).parent / "killed.py"


def killed(desk: Desk, database: str, keys: KeyRing, count: int) -> set[int]:
    """The acts that were acknowledged, of so many that were begun."""
    desk.runtime.store.dispose()
    data = str(desk.runtime.settings.data)
    # Not in this process: it has threads, and a fork would leave their locks behind.
    done = subprocess.run(
        [sys.executable, str(PROGRAM), database, str(keys.path), data, str(count)],
        check=True,
        capture_output=True,
        text=True,
        timeout=110 if count < 100 else 900,
    )
    return {int(line) for line in done.stdout.split()}


def check(desk: Desk, database: str, keys: KeyRing, count: int) -> None:
    acknowledged = killed(desk, database, keys, count)
    recorded = {
        int(str(entry.row.subject)[2:])
        for entry in desk.entries(type="user.registered")
        if entry.row.outcome == "done"
    }
    with desk.runtime.store.read() as connection:
        made = {int(each[2:]) for each in connection.execute(select(users.c.id)).scalars()}
    assert recorded == made
    assert acknowledged <= made
    died_before = {n for n in range(count) if BOUNDARIES[n % len(BOUNDARIES)].startswith("before")}
    assert made == set(range(count)) - died_before
    seqs = [entry.seq for entry in desk.entries()]
    assert seqs == list(range(1, len(seqs) + 1))
    assert len({entry.row.id for entry in desk.entries()}) == len(seqs)
    report = desk.verified()
    assert report.sound, report.findings


def test_acts_are_records_wherever_a_process_dies(desk: Desk, database: str, keys: KeyRing) -> None:
    check(desk, database, keys, 2 * len(BOUNDARIES))


@pytest.mark.deep
@pytest.mark.timeout(1000)
def test_acts_are_records_two_hundred_times(
    make_desk: MakeDesk, database: str, keys: KeyRing
) -> None:
    check(make_desk(), database, keys, 204)
