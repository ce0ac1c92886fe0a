"""Applications with a real house in them, on each database."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from pyramid.config import Configurator
from webtest import TestApp

from ostiary.accounts import Limit, login_name
from ostiary.contracts import Client, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses
from ostiary.web import _mount, includeme, standalone
from ostiary.web.mount import RUNTIME

from .stepping import CARD, FRESH, PIN, SCRATCH, SEAL, Desk, Opens, host

START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ORIGIN = "http://localhost:6543"


Starter: TypeAlias = Callable[..., "Place"]


@dataclass
class Place:
    """A running house, its clock, and shortcuts into it."""

    runtime: Runtime
    clock: list[datetime] = field(default_factory=lambda: [START])

    @classmethod
    def start(cls, store: Store, **settings: object) -> Place:
        clock = [START]
        known = {
            "database": store.engine.url.render_as_string(hide_password=False),
            "keys": str(store.keys.path),
            "plugins": "",
            **settings,
        }
        given = Settings.from_mapping({f"ostiary.{name}": value for name, value in known.items()})
        return cls(Runtime.start(given, now=lambda: clock[0]), clock)

    def with_parts(self, **changes: Any) -> Place:
        """The same house with other parts of plugins, or another localization."""
        own = {name: changes.pop(name) for name in ("localization", "settings") if name in changes}
        plugins = replace(self.runtime.plugins, **changes)
        runtime = replace(self.runtime, plugins=plugins, **own)
        runtime.house.open(runtime)
        return Place(runtime, self.clock)

    @property
    def keys(self) -> KeyRing:
        return self.runtime.keys

    def user(self, name: str = "ada", *, admin: bool = False) -> User:
        accounts = self.runtime.accounts
        assert accounts is not None
        with self.runtime.store.write() as unit:
            return accounts.create(unit, f"id-{name}", login_name(name), admin=admin)

    def session(self, user: User, *, limit: Limit | None = None) -> str:
        now = self.clock[0]
        proof = Proof("p", None, Strength(frozenset({Kind.KNOW})), now)
        client = Client("192.0.2.1", "test")
        with self.runtime.store.write() as unit:
            return self.runtime.sessions.open(unit, user.id, (proof,), client, limit, now)

    def pass_time(self, delta: timedelta) -> None:
        self.clock[0] += delta


def app_of(
    place: Place,
    host: Callable[[Configurator], None] | None = None,
    *,
    prefix: str | None = None,
    alone: bool = False,
) -> TestApp:
    """An application: a host's with the house in it, or the house's own."""
    if alone and host is None:
        return TestApp(standalone(place.runtime), extra_environ=ENVIRON)
    config = Configurator(settings={})
    config.registry[RUNTIME] = place.runtime
    if alone:
        _mount(config, place.runtime, standalone=True)
    else:
        config.include(includeme, route_prefix=prefix)
    if host is not None:
        config.include(host)
    return TestApp(config.make_wsgi_app(), extra_environ=ENVIRON)


ENVIRON = {"REMOTE_ADDR": "192.0.2.9", "HTTP_HOST": "localhost:6543"}


@pytest.fixture
def start(store: Store) -> Iterator[Starter]:
    """Starts houses without plugins, with the settings given, on each database."""
    started: list[Place] = []

    def starter(**settings: object) -> Place:
        started.append(Place.start(store, **settings))
        return started[-1]

    yield starter
    for place in started:
        place.runtime.mailroom.stop()
        place.runtime.chores.stop()
        place.runtime.store.dispose()


@pytest.fixture
def place(start: Starter) -> Place:
    """A house without plugins, on each database."""
    return start()


@pytest.fixture
def closed_files() -> Iterator[None]:
    """For tests that send files, which WebOb leaves it to the collector to close."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def opens(make_runtime: Houses, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Opens:
    """Opens a host whose views ask for something, on each database."""
    # WebOb leaves it to the collector to close the files that large forms are written to.
    monkeypatch.setattr("webob.request.BaseRequest.request_body_tempfile_limit", 1 << 20)

    def opening(asked: Any = FRESH, *plugins: object, wild: bool = False, **settings: Any) -> Desk:
        known = {"generous": True, "public_url": ORIGIN, **settings}
        runtime = make_runtime(PIN, CARD, SCRATCH, SEAL, *plugins, **known)
        return Desk(runtime, clock, make_runtime.events, host(asked, wild=wild))

    return opening
