"""kill -9 at every boundary of an act, and of sending on: nothing is lost, and nothing invented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from ostiary.store import KeyRing
from ostiary.store.tables import users
from plugins.audit.tests.conftest import Desk, MakeDesk
from plugins.audit.tests.forwarding import BOUNDARIES as TURNS
from plugins.audit.tests.forwarding import PER_ROUND
from plugins.audit.tests.killed import BOUNDARIES

HERE = Path(__file__).parent


def killed(desk: Desk, database: str, keys: KeyRing, count: int) -> set[int]:
    """The acts that were acknowledged, of so many that were begun."""
    said = run(desk, "killed", database, str(keys.path), data_of(desk), str(count))
    return {int(line) for line in said.split()}


def run(desk: Desk, program: str, *arguments: str) -> str:
    """What a program prints that kills processes of its own."""
    desk.runtime.store.dispose()
    # Not in this process: it has threads, and a fork would leave their locks behind.
    done = subprocess.run(
        [sys.executable, "-m", f"plugins.audit.tests.{program}", *arguments],
        cwd=HERE.parents[2],
        check=True,
        capture_output=True,
        text=True,
        timeout=110 if int(arguments[-1]) < 100 else 900,
    )
    return done.stdout


def data_of(desk: Desk) -> str:
    return str(desk.runtime.settings.data)


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


def check_forwarders(desk: Desk, database: str, keys: KeyRing, target: Path, count: int) -> None:
    run(desk, "forwarding", database, str(keys.path), data_of(desk), str(target), str(count))
    sent = target.read_text("utf-8").split()
    ids = [entry.row.id for entry in desk.entries()]
    assert len(ids) > PER_ROUND * count
    # Whoever drops what has an id that was there has every event, once, in order.
    assert list(dict.fromkeys(sent)) == ids
    # What was not confirmed came again: the kills took place.
    assert len(sent) > len(ids)
    report = desk.verified()
    assert report.sound, report.findings


def test_a_forwarder_loses_nothing_wherever_it_dies(
    desk: Desk, database: str, keys: KeyRing, tmp_path: Path
) -> None:
    check_forwarders(desk, database, keys, tmp_path / "sent", len(TURNS))


@pytest.mark.deep
@pytest.mark.timeout(1000)
def test_a_forwarder_loses_nothing_two_hundred_times(
    desk: Desk, database: str, keys: KeyRing, tmp_path: Path
) -> None:
    check_forwarders(desk, database, keys, tmp_path / "sent", 204)
