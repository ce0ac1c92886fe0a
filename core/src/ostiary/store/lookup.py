"""Single SELECTs, asked of the driver itself: for what every request asks.

The query takes some 20 us. Around it SQLAlchemy takes 400 more: to check a connection out and
in, for a BEGIN and a ROLLBACK, to find the compiled statement, to wrap the result. None of that
is needed for a single SELECT, which is a transaction by itself. Statements are written, and
values converted, as everywhere else.
"""

from __future__ import annotations

import os
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from sqlalchemy import Engine, Select
from sqlalchemy.engine import Dialect

__all__ = ["Readers"]

_Convert: TypeAlias = Callable[[Any], Any]


class Readers:
    """Connections that only read, one for each thread that does so at once.

    They are kept outside the engine's pool, ready to run a statement: nothing has to be reset
    when one is given back. The first request of a process opens its own.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # The last that was used is the next: appending to a list and popping are atomic.
        self._idle: list[Any] = []
        self._pid = os.getpid()
        self._compiled: dict[Select[Any], _Compiled] = {}

    def first(self, statement: Select[Any], **values: Any) -> Any:
        """The first row of :meth:`all`, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def all(self, statement: Select[Any], **values: Any) -> list[Any]:
        """The rows, as named tuples of the selected columns.

        Args:
            statement: a constant, which is compiled once and kept. Its parameters are
                ``bindparam`` with names; each column has a name of its own.
            values: the parameters.

        Raises:
            Exception: the driver's own. Messages can hold parameters.
        """
        compiled = self._compiled.get(statement)
        if compiled is None:
            compiled = self._compiled[statement] = _Compiled(statement, self._engine.dialect)
        found = self._fetched(compiled.sql, compiled.parameters(values))
        return [compiled.row(values) for values in found]

    def close(self) -> None:
        """Close every connection that is not in use."""
        while (cursor := self._pop()) is not None:
            _close(cursor)

    def _fetched(self, sql: str, parameters: Any) -> Sequence[Any]:
        while True:
            idle = self._pop()
            cursor = self._open() if idle is None else idle
            try:
                cursor.execute(sql, parameters)
                rows: Sequence[Any] = cursor.fetchall()
            except Exception:
                _close(cursor)
                # When the server was restarted, each connection that was idle is dead.
                if idle is None:
                    raise
                continue
            self._idle.append(cursor)
            return rows

    def _pop(self) -> Any:
        if self._pid != os.getpid():
            # A fork: what was opened before is the parent's, and not even ours to close.
            self._pid, self._idle = os.getpid(), []
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _open(self) -> Any:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        if self._engine.dialect.name == "sqlite":
            connection.execute("PRAGMA query_only=ON")
        else:
            connection.autocommit = True
            connection.execute("SET default_transaction_read_only TO on")
        return connection.cursor()


class _Compiled:
    """A statement as the driver takes it, and how values go in and come out."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        # Literals have their values already.
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

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver is given."""
        given = {**self._constants, **values}
        bound = {
            name: given[name] if convert is None else convert(given[name])
            for name, convert in self._bound.items()
        }
        return bound if self._positions is None else [bound[name] for name in self._positions]

    def row(self, values: Sequence[Any]) -> Any:
        """What the driver gave."""
        row = list(values)
        for at, convert in self._converted:
            row[at] = convert(row[at])
        return self._row._make(row)


def _row_of(names: list[str]) -> Any:
    return namedtuple("Row", names)  # noqa: PYI024 - the names are known here only.


def _close(cursor: Any) -> None:
    with suppress(Exception):  # It was of no more use.
        cursor.connection.close()
