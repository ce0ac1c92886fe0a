"""Databases with nothing in them; the migrated ones are the testing kit's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary.store import KeyRing, Store
from ostiary.testing.databases import KINDS
from ostiary.testing.services import fresh_database


@pytest.fixture(params=KINDS)
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
