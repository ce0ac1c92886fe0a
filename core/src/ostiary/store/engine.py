"""The database: SQLite or PostgreSQL, read through connections, changed in units of work."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from ostiary.contracts import SettingsError, StoreError
from ostiary.store.compiled import Statements
from ostiary.store.keyring import KeyRing
from ostiary.store.lookup import Readers
from ostiary.store.unit import Unit

__all__ = ["Store"]

log = logging.getLogger(__name__)

BUSY_SECONDS = 15
"""How long a writer on SQLite waits for another process before it gives up."""

# Together they bound the threads that work at once; the first stay connected.
_POOL_SIZE = 16
_POOL_OVERFLOW = 48

# A name for what a transaction is for, among SQLAlchemy's execution options.
_MODE = "ostiary_mode"

# What a SQLite connection is told before a transaction begins, by its mode. A reader that
# writes by mistake must fail rather than be rolled back in silence. A writer takes the write
# lock at once: a deferred one that read first dies with SQLITE_BUSY when another process
# wrote meanwhile, and no waiting helps it. A migration may rebuild a table that others refer
# to; with foreign keys on, dropping the old one would delete their rows.
_SQLITE_BEGIN = {
    "read": ("PRAGMA query_only=ON", "BEGIN"),
    "write": ("PRAGMA query_only=OFF", "BEGIN IMMEDIATE"),
    "migrate": ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"),
}


class Store:
    """The database of one house, and the key ring that its secrets are sealed with.

    Threads share one store. Nothing is opened before it is used.

    Args:
        url: ``sqlite:///PATH`` or ``postgresql+psycopg://...``.
        keys: what seals the secrets at rest.

    Raises:
        SettingsError: the URL is malformed or names a database that is not supported.
        StoreError: the driver for PostgreSQL is not installed.
    """

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.keys = keys
        parsed = _supported(url)
        self._thread = threading.local()
        self._writer = threading.Lock()
        self.engine: Engine = (
            _sqlite(parsed) if parsed.drivername == "sqlite" else _postgresql(parsed)
        )
        self._statements = Statements(self.engine.dialect)
        self.readers = Readers(self.engine, self._statements)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: a deferred BEGIN on SQLite, READ ONLY on PostgreSQL.

        Raises:
            sqlalchemy.exc.DBAPIError: something was to be written.
        """
        with self._connect("read") as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    def write(self) -> AbstractContextManager[Unit]:
        """A unit of work: committed at the end of the block, rolled back when it raises.

        Callbacks for after the end run when connection and locks are given back, so that
        they can open a unit of their own.

        Raises:
            RuntimeError: this thread is within a unit already.
            StoreError: on SQLite, other threads kept the database busy for too long.
        """
        return self._unit("write")

    def migrating(self) -> AbstractContextManager[Unit]:
        """A unit of work for changing the schema: without foreign keys on SQLite."""
        return self._unit("migrate")

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.readers.close()
        self.engine.dispose()

    @contextmanager
    def _unit(self, mode: str) -> Iterator[Unit]:
        if getattr(self._thread, "within", False):
            raise RuntimeError("units of work do not nest: use the one that is open")
        self._thread.within = True
        unit: Unit | None = None
        committed = False
        try:
            with ExitStack() as stack:
                stack.enter_context(self._turn())
                connection = stack.enter_context(self._connect(mode))
                stack.enter_context(connection.begin())
                unit = Unit(connection, self._statements)
                try:
                    yield unit
                    unit.run_before_commit()
                    if unit.left is not None:
                        raise RuntimeError("a statement of this unit of work still runs")
                finally:
                    if unit.left is not None:
                        _roll_back_later(unit.left, stack.pop_all())
            committed = True
        finally:
            self._thread.within = False
            if unit is not None:
                unit.end()
                unit.run_after(committed=committed)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread after another write to SQLite.

        Waiting for its own lock means sleeping and trying again, in no order; whoever waits
        here is woken. Only another process makes a writer wait for SQLite's lock.
        """
        if self.dialect != "sqlite":
            yield
            return
        if not self._writer.acquire(timeout=BUSY_SECONDS):
            raise StoreError(
                f"the database was busy for {BUSY_SECONDS} seconds: a unit of work that waits "
                "for something else must be cut short, or PostgreSQL be used"
            )
        try:
            yield
        finally:
            self._writer.release()

    @contextmanager
    def _connect(self, mode: str) -> Iterator[Connection]:
        options: dict[str, Any] = {_MODE: mode}
        if mode == "read" and self.dialect == "postgresql":
            options["postgresql_readonly"] = True
        with self.engine.connect().execution_options(**options) as connection:
            try:
                yield connection
            finally:
                if mode == "migrate":
                    # Foreign keys are off in this one: nobody else may get it.
                    connection.invalidate()


def _supported(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    allowed = "use sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
    # The URL may hold a password, so no message shows it.
    if parsed is None:
        raise SettingsError(f"ostiary.database is not a database URL; {allowed}")
    if parsed.drivername == "sqlite":
        if parsed.database in {None, "", ":memory:"} or parsed.query or parsed.host:
            raise SettingsError(
                "ostiary.database must name a file, without options; a SQLite database in "
                "memory is not supported, because every thread would see another one: "
                "use sqlite:///PATH"
            )
    elif parsed.drivername == "postgresql+psycopg":
        if find_spec("psycopg") is None:
            raise StoreError(
                "ostiary.database names a PostgreSQL database, but its driver is not "
                "installed: pip install 'ostiary[postgresql]'"
            )
    else:
        raise SettingsError(
            f"ostiary.database begins with {parsed.drivername!r}, which is not supported; {allowed}"
        )
    return parsed


def _roll_back_later(idle: Callable[[], object], transaction: ExitStack) -> None:
    """Roll back, and give back connection and turn, once nobody uses the connection.

    Until then a writer on SQLite waits, and gives up: the lock is held, whoever waits for it.
    """

    def roll_back() -> None:
        idle()
        error = RuntimeError("left behind")
        try:
            transaction.__exit__(RuntimeError, error, None)
        except Exception as fault:  # noqa: BLE001 - the connection was of no more use.
            log.error("a unit that was left behind: %s", type(fault).__name__)  # noqa: TRY400 - a traceback could show a secret.

    log.error("a statement does not end; its unit of work is rolled back when it does")
    threading.Thread(target=roll_back, name="ostiary-roll-back", daemon=True).start()


def _sqlite(url: URL) -> Engine:
    engine = create_engine(
        url, hide_parameters=True, pool_size=_POOL_SIZE, max_overflow=_POOL_OVERFLOW
    )
    path = Path(str(url.database))

    @event.listens_for(engine, "do_connect")
    def make_private(*_: object) -> None:
        """Let nobody else read the file; SQLite gives its -wal and -shm the same mode.

        A file that is there is never opened here. To close it again would drop every lock that
        SQLite holds on it in this process (POSIX, fcntl: "all locks are released"): another process
        would then take its own connection for the last one and delete the -wal that is in use here,
        with all that was committed to it (sqlite.org/howtocorrupt.html, section 2.2).
        """
        try:
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            if not os.access(path, os.R_OK | os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise StoreError(
                f"the database {path} cannot be opened ({error.strerror}): its directory must "
                "exist, and directory and file be writable by this user"
            ) from error

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver must not begin transactions by itself: it would leave DDL outside.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        connection.execute("PRAGMA journal_mode=WAL")
        # With NORMAL, a power cut can undo the last commits: a used code would be usable
        # again, a revoked token valid, an event gone that somebody was shown.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(_MODE, "write")
        *pragmas, beginning = _SQLITE_BEGIN[mode]
        # Straight to the driver: through SQLAlchemy each costs as much as a query.
        driver = connection.connection.driver_connection
        for pragma in pragmas:
            driver.execute(pragma)  # type: ignore[union-attr] # the pool gave it just now
        connection.exec_driver_sql(beginning)

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        # After a restart of the server every pooled connection is dead.
        pool_pre_ping=True,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_OVERFLOW,
    )
