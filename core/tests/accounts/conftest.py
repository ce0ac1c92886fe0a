"""What the tests of accounts share: a time, users, and two units at once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import text

from ostiary.accounts import Accounts, CredentialRows, login_name
from ostiary.store import KeyRing, Store, Unit

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

Act: TypeAlias = Callable[[Unit], Any]
Together: TypeAlias = Callable[[Act, Act], list[Any]]


class Clock:
    """A time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    return Accounts(store, clock)


@pytest.fixture
def rows(keys: KeyRing) -> CredentialRows:
    return CredentialRows(keys)


@pytest.fixture
def alice(accounts: Accounts, store: Store) -> str:
    """The id of a user."""
    with store.write() as unit:
        return accounts.create(unit, "id-of-alice", login_name("Alice")).id


@pytest.fixture
def bob(accounts: Accounts, store: Store) -> str:
    """The id of another user."""
    with store.write() as unit:
        return accounts.create(unit, "id-of-bob", login_name("Bob")).id


@pytest.fixture
def together(store: Store) -> Together:
    """Run a second act while the first one has done its work and not yet committed.

    The results, an exception where an act raised one. On PostgreSQL the first unit is held
    open until the second waits for it (or is through, which a test may then find wrong); on
    SQLite the second unit cannot begin before the first one ends.
    """

    def alone(act: Act) -> Any:
        with store.write() as unit:
            return act(unit)

    def both(first: Act, second: Act) -> list[Any]:
        with ThreadPoolExecutor(1) as pool:
            later: Future[Any] | None = None
            try:
                with store.write() as unit:
                    result = first(unit)
                    later = pool.submit(alone, second)
                    if store.dialect == "postgresql":
                        _until_waiting(store, later)
            except Exception as error:  # noqa: BLE001 - it is one of the results.
                result = error
            assert later is not None
            return [result, later.exception() or later.result()]

    return both


def _until_waiting(store: Store, later: Future[Any]) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not later.done():
        with store.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
