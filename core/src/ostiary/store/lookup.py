"""One row by one SELECT, asked of the driver itself: for what every request asks.

The query takes some 20 us. Around it SQLAlchemy takes 400 more: to check a connection out and
in, for a BEGIN and a ROLLBACK, to find the compiled statement, to wrap the result. None of that
is needed for a single SELECT, which is a transaction by itself. Statements are written, and
values converted, as everywhere else.
"""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from sqlalchemy import Engine, Select

__all__ = ["Lookup", "Readers"]

_Convert: TypeAlias = Callable[[Any], Any]


class Readers:
    """Connections that only read, one for each thread that does so at once.

    They are kept outside the engine's pool, ready to run a statement: nothing has to be reset
    when one is given back.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # The last that was used is the next: appending to a list and popping are atomic.
        self._idle: list[Any] = []
        self._pid = os.getpid()

    def first(self, sql: str, parameters: Any) -> Any:
        """The first row, as the driver gives it, or None.

        Raises:
            Exception: the driver's own. Messages can hold parameters.
        """
        while True:
            cursor = self._pop()
            fresh = cursor is None
            cursor = self._open() if cursor is None else cursor
            try:
                cursor.execute(sql, parameters)
                # All of them: SQLite reads, and keeps its snapshot, until the last was taken.
                rows = cursor.fetchall()
            except Exception:
                _close(cursor)
                # When the server was restarted, each connection that was idle is dead.
                if fresh:
                    raise
                continue
            self._idle.append(cursor)
            return rows[0] if rows else None

    def close(self) -> None:
        """Close every connection that is not in use."""
        while (cursor := self._pop()) is not None:
            _close(cursor)

    def _pop(self) -> Any:
        if self._pid != os.getpid():
            # A fork: what was opened before is the parent's, and not even ours to close.
            self._pid, self._idle = os.getpid(), []
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _open(self) -> Any:
        pooled = self.engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self.engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.autocommit = True
            connection.execute("SET default_transaction_read_only TO on")
        return connection.cursor()


class Lookup:
    """A SELECT of at most one row, compiled once; call it with its parameters.

    The row is a named tuple of the selected columns.

    Args:
        readers: what it is asked through, see :attr:`ostiary.store.Store.readers`.
        statement: parameters are ``bindparam`` with names; each column has a name of its own.
    """

    def __init__(self, readers: Readers, statement: Select[Any]) -> None:
        dialect = readers.engine.dialect
        compiled: Any = statement.compile(dialect=dialect)
        self._readers = readers
        self._sql = str(compiled)
        self._constants: dict[str, Any] = compiled.construct_params(_check=False)
        self._bound: dict[str, _Convert | None] = {
            name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in self._constants
        }
        # Question marks on SQLite, names on PostgreSQL.
        self._positions: list[str] | None = compiled.positiontup
        columns = list(statement.selected_columns)
        types = (column.type.dialect_impl(dialect) for column in columns)
        processors = (impl.result_processor(dialect, None) for impl in types)
        self._converted = [(at, each) for at, each in enumerate(processors) if each is not None]
        self._row = _row_of([str(column.key) for column in columns])

    def __call__(self, **values: Any) -> Any:
        """The row, or None.

        Raises:
            Exception: the driver's own.
        """
        given: Mapping[str, Any] = {**self._constants, **values}
        bound = {
            name: given[name] if convert is None else convert(given[name])
            for name, convert in self._bound.items()
        }
        in_order = None if self._positions is None else [bound[name] for name in self._positions]
        found = self._readers.first(self._sql, bound if in_order is None else in_order)
        if found is None:
            return None
        row = list(found)
        for at, convert in self._converted:
            row[at] = convert(row[at])
        return self._row._make(row)


def _row_of(names: list[str]) -> Any:
    return namedtuple("Row", names)  # noqa: PYI024 - the names are known here only.


def _close(cursor: Any) -> None:
    with suppress(Exception):  # It was of no more use.
        cursor.connection.close()
