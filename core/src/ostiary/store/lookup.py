"""Single SELECTs outside of any unit, asked of the driver itself: for what every request asks.

A single SELECT is a transaction by itself. To check a connection out and in for it, with a BEGIN
and a ROLLBACK, would take ten times as long as the query.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, Select

from ostiary.store.compiled import Statements

__all__ = ["Readers"]

MOST = 16
"""How many connections of one process may read at once; a server has a hundred for everybody."""


class Readers:
    """Connections that only read, one for each thread that does so at once, up to a number.

    They are kept outside the engine's pool, ready to run a statement: nothing has to be reset
    when one is given back. The first request of a process opens its own. Whoever finds all of
    them in use waits: nobody has one for longer than a SELECT takes.
    """

    def __init__(self, engine: Engine, statements: Statements) -> None:
        self._engine = engine
        self._statements = statements
        self._begin()

    def first(self, statement: Select[Any], **values: Any) -> Any:
        """The first row of :meth:`all`, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def all(self, statement: Select[Any], **values: Any) -> list[Any]:
        """The rows, as named tuples of the selected columns.

        Args:
            statement: a constant (:class:`ostiary.store.compiled.Statements`).
            values: the parameters.

        Raises:
            Exception: the driver's own. Messages can hold parameters.
        """
        compiled = self._statements.of(statement, values)
        return compiled.rows(self._fetched(compiled.sql, compiled.parameters(values)))

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._see_fork()
        while (cursor := self._pop()) is not None:
            _close(cursor)

    def _begin(self) -> None:
        # The last that was used is the next: appending to a list and popping are atomic.
        self._idle: list[Any] = []
        self._room = threading.Semaphore(MOST)
        self._pid = os.getpid()

    def _see_fork(self) -> None:
        if self._pid != os.getpid():
            # What was opened before is the parent's, and not even ours to close.
            self._begin()

    def _fetched(self, sql: str, parameters: Any) -> Sequence[Any]:
        self._see_fork()
        with self._room:
            return self._asked(sql, parameters)

    def _asked(self, sql: str, parameters: Any) -> Sequence[Any]:
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


def _close(cursor: Any) -> None:
    with suppress(Exception):  # It was of no more use.
        cursor.connection.close()
