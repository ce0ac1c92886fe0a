"""Fixtures over real parts.

In the ``conftest.py`` at the root of your tests say::

    pytest_plugins = ["ostiary.testing.fixtures"]

``clock``, ``database`` and ``make_runtime`` come first; ``runtime`` is a house with what is
installed, unless your tests give the fixtures ``house_plugins`` and ``house_settings``. The
browser's need Chromium, and ``ostiary[testing]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from ostiary.runtime import Runtime
from ostiary.store import KeyRing
from ostiary.testing.browsers import TIMEOUT_MILLISECONDS, chromium
from ostiary.testing.clock import Clock
from ostiary.testing.databases import (
    database,
    keys,
    postgresql,
    postgresql_database,
    redis,
    sqlite_template,
    store,
)
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.serving import Server, serving
from ostiary.testing.visiting import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Serve: TypeAlias = Callable[[Runtime], Server]
Visit: TypeAlias = Callable[..., Visitor]
NewPage: TypeAlias = Callable[..., "Page"]


@pytest.fixture
def clock() -> Clock:
    """The time, which stands until the test moves it."""
    return Clock()


@pytest.fixture
def house_plugins() -> tuple[object, ...]:
    """The plugins of ``runtime``, as :class:`Houses` takes them; override it."""
    return ()


@pytest.fixture
def house_settings() -> dict[str, object]:
    """The settings of ``runtime``, as :class:`Houses` takes them; override it."""
    return {}


@pytest.fixture
def make_runtime(database: str, keys: KeyRing, clock: Clock, tmp_path: Path) -> Iterator[Houses]:
    """Starts houses; see :meth:`Houses.__call__`."""
    houses = Houses(tmp_path / "house", database, keys, clock)
    houses.folder.mkdir()
    yield houses
    houses.close()


@pytest.fixture
def runtime(
    make_runtime: Houses, house_plugins: tuple[object, ...], house_settings: dict[str, object]
) -> Runtime:
    """A running house with ``house_plugins`` and ``house_settings``."""
    return make_runtime(*house_plugins, **house_settings)  # type: ignore[arg-type] # settings only


@pytest.fixture
def events(make_runtime: Houses) -> Events:
    """What the houses of this test recorded."""
    return make_runtime.events


@pytest.fixture
def outbox(make_runtime: Houses) -> Outbox:
    """The mail that the houses of this test sent."""
    return Outbox(lambda: make_runtime.started)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves a house on localhost until the test ends."""
    with ExitStack() as stack:
        yield lambda runtime: stack.enter_context(serving(runtime))


@pytest.fixture
def server(serve: Serve, runtime: Runtime) -> Server:
    """The house ``runtime``, served on localhost."""
    return serve(runtime)


@pytest.fixture
def visit(make_runtime: Houses) -> Visit:
    """Makes browsers without scripts: ``visit(runtime, language="en-XA")``."""
    return Visitor


@pytest.fixture
def client(runtime: Runtime) -> Visitor:
    """A browser without scripts, at ``runtime``."""
    return Visitor(runtime)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium, for the whole run."""
    with chromium() as started:
        yield started


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Opens pages, each as of a person of their own: ``new_page(locale="ar-XB")``.

    Keywords are those of Playwright's ``Browser.new_context``.
    """
    with ExitStack() as stack:

        def open_page(**options: object) -> Page:
            context = browser.new_context(**options)  # type: ignore[arg-type] # Playwright's own
            stack.callback(context.close)
            context.set_default_timeout(TIMEOUT_MILLISECONDS)
            return context.new_page()

        yield open_page


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of Chromium; open ``server.url`` in it."""
    return new_page()


__all__ = [
    "browser",
    "client",
    "clock",
    "database",
    "events",
    "house_plugins",
    "house_settings",
    "keys",
    "make_runtime",
    "new_page",
    "outbox",
    "page",
    "postgresql",
    "postgresql_database",
    "redis",
    "runtime",
    "serve",
    "server",
    "sqlite_template",
    "store",
    "visit",
]
