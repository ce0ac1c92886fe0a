"""What can be read from: a connection, a unit of work that sees its own changes, or readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select

from ostiary.store import Readers, Unit

Reader: TypeAlias = Connection | Unit
AnyReader: TypeAlias = Connection | Unit | Readers


def rows(conn: AnyReader, statement: Select[Any], **values: Any) -> Sequence[Any]:
    """The rows of a constant SELECT (:class:`ostiary.store.compiled.Statements`)."""
    if isinstance(conn, Connection):
        return conn.execute(statement, values).all()
    return conn.all(statement, **values)


def row(conn: AnyReader, statement: Select[Any], **values: Any) -> Any:
    """The first of them, or None."""
    return next(iter(rows(conn, statement, **values)), None)
