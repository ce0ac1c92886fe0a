"""A unit of work: one transaction, and what hangs on its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from sqlalchemy import Connection, CursorResult, Executable, Select
from sqlalchemy.exc import DBAPIError

from ostiary.store.compiled import Compiled, Statement, Statements

__all__ = ["Unit"]

log = logging.getLogger(__name__)

Callback: TypeAlias = Callable[[], object]
Parameters: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Unit:
    """Everything that one act changes, in one transaction; made by :meth:`Store.write`.

    ``info`` belongs to whoever hangs on to the unit, such as the recorder of events.
    """

    def __init__(self, connection: Connection, statements: Statements) -> None:
        self.info: dict[Any, Any] = {}
        self._statements = statements
        self._cursor: Any = None
        self._connection: Connection | None = connection
        self._lent = connection
        self._before_commit: list[Callback] = []
        self._after_commit: list[Callback] = []
        self._after_rollback: list[Callback] = []
        self.left: Callback | None = None

    @property
    def connection(self) -> Connection:
        """The connection, for migrations; others :meth:`execute`.

        Raises:
            RuntimeError: the unit is over.
        """
        if self._connection is None:
            raise RuntimeError("this unit of work is over; open another with Store.write()")
        return self._connection

    def execute(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run one statement in the unit's transaction.

        Raises:
            RuntimeError: the unit is over.
            sqlalchemy.exc.SQLAlchemyError: the database refused; the message never holds
                parameters. Unless it happened within a :meth:`savepoint`, let it pass: on
                PostgreSQL the transaction is of no more use.
        """
        return self.connection.execute(statement, parameters)

    def run(self, statement: Statement, **values: Any) -> int:
        """Run a constant statement past SQLAlchemy; how many rows it concerned.

        Args:
            statement: a constant (:class:`ostiary.store.compiled.Statements`).
            values: the parameters.

        Raises:
            RuntimeError, SQLAlchemyError: as :meth:`execute`.
        """
        return int(self._driven(statement, values)[1].rowcount)

    def all(self, statement: Select[Any], **values: Any) -> list[Any]:
        """The rows of a constant SELECT, as :meth:`ostiary.store.Readers.all` gives them."""
        compiled, cursor = self._driven(statement, values)
        return compiled.rows(cursor.fetchall())

    def first(self, statement: Select[Any], **values: Any) -> Any:
        """The first row of :meth:`all`, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def _driven(self, statement: Statement, values: Mapping[str, Any]) -> tuple[Compiled, Any]:
        """A cursor that has run it in the unit's transaction."""
        compiled, connection = self._statements.of(statement, values), self.connection
        if self._cursor is None:
            self._cursor = connection.connection.cursor()
        try:
            self._cursor.execute(compiled.sql, compiled.parameters(values))
        except connection.dialect.loaded_dbapi.Error as error:
            dialect = connection.dialect
            errors = dialect.loaded_dbapi.Error
            raise DBAPIError.instance(
                compiled.sql, None, error, errors, hide_parameters=True, dialect=dialect
            ) from error
        return compiled, self._cursor

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only what the block did when it raises, and let the exception pass."""
        with self.connection.begin_nested():
            yield

    def before_commit(self, callback: Callback) -> None:
        """Run this last, still within the transaction; its exception rolls back."""
        self._before_commit.append(callback)

    def after_commit(self, callback: Callback) -> None:
        """Run this once the act is durable and the unit over; its exception is only logged."""
        self._after_commit.append(callback)

    def after_rollback(self, callback: Callback) -> None:
        """Run this once the unit was rolled back and is over; its exception is only logged."""
        self._after_rollback.append(callback)

    def interrupt(self, seconds: float) -> None:
        """Ask the database to stop the statement that another thread runs in this unit.

        Also once the unit was left behind, for as long as the statement runs. Neither driver
        minds from which thread this is called; PostgreSQL has so many seconds to hear of it.
        """
        driver: Any = self._lent.connection.driver_connection
        if self._lent.dialect.name == "sqlite":
            driver.interrupt()
            return
        try:
            driver.cancel_safe(timeout=seconds)
        except Exception as error:  # noqa: BLE001 - out of reach; the unit is left behind then.
            log.error("a statement was not cancelled: %s", type(error).__name__)  # noqa: TRY400 - as below

    def leave(self, idle: Callback) -> None:
        """Never touch the connection again from here: another thread still uses it.

        Args:
            idle: returns once it does not any more; the transaction is rolled back then.
        """
        self.left = idle
        self.end()

    def run_before_commit(self) -> None:
        """Run what waits for the commit, and what that adds; for :class:`Store`."""
        while self._before_commit:
            self._before_commit.pop(0)()

    def end(self) -> None:
        """Refuse further statements; for :class:`Store`."""
        self._connection = None

    def run_after(self, *, committed: bool) -> None:
        """Run what waited for the end; for :class:`Store`."""
        for callback in self._after_commit if committed else self._after_rollback:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - the act is over: nobody else may suffer.
                log.error(  # noqa: TRY400 - a traceback could show a secret.
                    "%s raised %s after the %s",
                    getattr(callback, "__qualname__", type(callback).__qualname__),
                    type(error).__name__,
                    "commit" if committed else "rollback",
                )
