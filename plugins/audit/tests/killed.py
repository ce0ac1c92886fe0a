"""Acts in processes that are killed at one boundary after another; see ``test_killed.py``.

Each act makes an account and records it. Prints the number of each act that was acknowledged.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event as sqlalchemy_event

from ostiary.accounts import login_name
from ostiary.audit import Who
from ostiary.contracts import Actor, Client
from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.store import Unit
from ostiary_audit.kept import Kept
from ostiary_audit.sink import trail_of

BOUNDARIES = (
    "before the record",
    "before the commit",
    "after the commit",
    "while it is sequenced",
    "once it is sequenced",
    "never",
)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def act(runtime: Runtime, number: int, boundary: str) -> None:
    """One act, and then the sequencer; killed where the boundary says."""
    assert runtime.accounts is not None
    engine = runtime.store.engine
    with runtime.store.write() as unit:
        arm(unit, boundary, "before the record", "before")
        runtime.accounts.create(unit, f"k-{number}", login_name(f"k{number}"))
        who = Who(Actor("user", f"k-{number}", "session"), Client("192.0.2.9", "x"))
        details = {"login": f"k{number}", "factor": None}
        runtime.recorder.record(
            unit, "user.registered", who, subject=f"k-{number}", details=details
        )
        arm(unit, boundary, "after the commit", "after")
        if boundary == "before the commit":
            sqlalchemy_event.listen(engine, "commit", die)
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    if boundary == "while it is sequenced":
        sqlalchemy_event.listen(engine, "commit", die)
    if boundary == "once it is sequenced":
        Kept.write = die  # type: ignore[method-assign, assignment] # the process ends there.
    trail_of(runtime.house).sequencer.sequence()


def arm(unit: Unit, boundary: str, wanted: str, when: str) -> None:
    if boundary == wanted:
        (unit.before_commit if when == "before" else unit.after_commit)(die)


def settings_of(database: str, keys: str, data: str) -> Settings:
    """Those of a house with the trail alone."""
    return Settings.from_mapping(
        {
            "ostiary.database": database,
            "ostiary.keys": keys,
            "ostiary.data": data,
            "ostiary.plugins": "audit",
            "ostiary.second_factor.required": "never",
        }
    )


def main() -> None:
    database, keys, data, count = sys.argv[1:]
    settings = settings_of(database, keys, data)
    for number in range(int(count)):
        if os.fork() == 0:
            act(Runtime.start(settings), number, BOUNDARIES[number % len(BOUNDARIES)])
            os._exit(0)
        os.wait()


if __name__ == "__main__":
    assert Path(sys.argv[3]).is_dir()
    main()
