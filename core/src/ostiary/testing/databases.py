"""Fixtures: databases of both kinds, with the core's tables, empty for each test, and cheap."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from ostiary.store import KeyRing, Store, migrate
from ostiary.store.tables import CORE_TABLES
from ostiary.testing.services import fresh_database, shared_postgresql, shared_redis

KINDS = ("sqlite", "postgresql")
_KEPT = "ostiary_schema"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server: the shared one, or one of its own."""
    with shared_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """The URL of a Redis: the shared one, or one of its own."""
    with shared_redis() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ostiary.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str) -> Iterator[str]:
    """A migrated PostgreSQL database, to be emptied."""
    with fresh_database(postgresql) as url:
        _migrate(url)
        yield url


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with the core's tables, empty: every test runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "ostiary.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgresql_database")
    _empty(url)
    return url


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    """A key ring with a file."""
    return KeyRing.create(tmp_path / "keys" / "keys.json")


@pytest.fixture
def store(database: str, keys: KeyRing) -> Iterator[Store]:
    """A store with the core's tables, empty: every test runs on both databases."""
    opened = Store(database, keys)
    yield opened
    opened.dispose()


def _migrate(url: str) -> None:
    store = Store(url, KeyRing.ephemeral())
    migrate(store)
    store.dispose()


def _empty(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        # With what a plugin's tables that refer to them hold, where a test left such tables.
        connection.execute(text(f"TRUNCATE {', '.join(set(CORE_TABLES) - {_KEPT})} CASCADE"))
