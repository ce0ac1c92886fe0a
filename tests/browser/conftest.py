"""A real server, a real Chromium, and people at it. Every console message fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary.store import KeyRing, Store, migrate
from ostiary.testing.clock import Clock
from ostiary.testing.fixtures import NewPage, Serve
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.services import fresh_database
from ostiary.testing.serving import Server
from tests.browser.people import Keyboard, Meet, Mouse, Person


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLite, unless the test asks for PostgreSQL: what a page looks like depends on neither."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "ostiary.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with fresh_database(request.getfixturevalue("postgresql")) as url:
        store = Store(url, KeyRing.ephemeral())
        migrate(store)
        store.dispose()
        yield url


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    """A house with what is installed, in pseudo-locales too."""
    return serve(make_runtime(pseudo=True, generous=True))


@pytest.fixture
def meet(server: Server, new_page: NewPage, clock: Clock, outbox: Outbox) -> Iterator[Meet]:
    """Brings people to the server: ``meet(name="ada", way="keyboard")``.

    ``way`` is ``mouse``, ``keyboard`` or ``no-scripts``; other keywords are those of
    Playwright's ``Browser.new_context``.
    """
    people: list[Person] = []

    def met(name: str = "ada", way: str = "mouse", **options: object) -> Person:
        page = new_page(java_script_enabled=way != "no-scripts", **options)
        hands = Keyboard(page) if way == "keyboard" else Mouse(page)
        person = Person(page, hands, server.url, clock, outbox, name)
        person.listen()
        people.append(person)
        return person

    yield met
    heard = [message for person in people for message in person.heard]
    assert not heard, "\n".join(heard)
