"""What every change of a project begins with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from ostiary.contracts import House
from ostiary_index.tables import projects


def hold(unit: Any, project_id: str) -> bool:
    """Let one change of a project after another through; False if it is gone.

    The UPDATE locks the row until the unit ends, so that what is read after it is what there is:
    of two owners who leave at once, the second one is the last.
    """
    counted = update(projects).where(projects.c.id == project_id)
    return bool(unit.execute(counted.values(serial=projects.c.serial + 1)).rowcount)


def now_of(house: House) -> int:
    """The time, as it is stored."""
    return int(house.now().timestamp())
