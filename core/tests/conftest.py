"""Databases for the tests of the core: SQLite and PostgreSQL, migrated, empty for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ostiary.store import KeyRing, Store, migrate
from ostiary.store.tables import CORE_TABLES
from ostiary.testing.services import fresh_database, shared_postgresql

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server."""
    with shared_postgresql() as url:
        yield url


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    """A key ring with a file."""
    return KeyRing.create(tmp_path / "keys" / "keys.json")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("template") / "ostiary.db"
    store = Store(f"sqlite:///{path}", KeyRing.ephemeral())
    migrate(store)
    store.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_database(postgresql: str) -> Iterator[str]:
    """A migrated PostgreSQL database, to be emptied."""
    with fresh_database(postgresql) as url:
        store = Store(url, KeyRing.ephemeral())
        migrate(store)
        store.dispose()
        yield url


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing) -> Iterator[Store]:
    """A store with the core's tables, empty: every test runs on both databases."""
    if request.param == "sqlite":
        path = tmp_path / "ostiary.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        opened = Store(f"sqlite:///{path}", keys)
    else:
        opened = Store(request.getfixturevalue("postgresql_database"), keys)
        with opened.write() as unit:
            unit.execute(text(f"TRUNCATE {', '.join(set(CORE_TABLES) - {'ostiary_schema'})}"))
    yield opened
    opened.dispose()


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with nothing in it, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with fresh_database(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
def empty_store(empty_url: str, keys: KeyRing) -> Iterator[Store]:
    """A store with nothing in it, not even tables."""
    opened = Store(empty_url, keys)
    yield opened
    opened.dispose()
