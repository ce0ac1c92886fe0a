"""Statements that SQLite and PostgreSQL both have, and SQLAlchemy has only in their dialects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from ostiary.store.unit import Unit

__all__ = ["alone", "insert_if_absent"]

# Any number will do, as long as nobody else who uses the database takes the same.
_LOCK = 0x6F737469617279  # "ostiary"


def alone(unit: Unit) -> None:
    """Wait until no other process changes the schema or the keys; held until the unit ends.

    On SQLite the unit itself is that lock.
    """
    if unit.connection.dialect.name == "postgresql":
        unit.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def insert_if_absent(unit: Unit, table: Table, values: Mapping[str, Any]) -> bool:
    """Whether the row was inserted; False when a unique constraint has such a row already.

    Of two units at once one is told True. The transaction stays usable either way.
    """
    return unit.run(_insert_if_absent(unit.connection.dialect.name, table), **values) == 1


@cache
def _insert_if_absent(dialect: str, table: Table) -> Insert:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
