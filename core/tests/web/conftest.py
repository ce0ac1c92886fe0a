"""A house from real parts, as far as the shell sees it, and pages to show in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pyramid.config import Configurator
from webtest import TestApp

from ostiary.accounts import Accounts, CoreDirectory, Sessions, login_name
from ostiary.contracts import Client, Kind, Proof, Strength, User
from ostiary.plugins import Plugins
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store
from ostiary.text import NullLocalization
from ostiary.web import _mount

Include = Callable[[Configurator], None]


@dataclass
class House:
    """What :class:`ostiary.runtime.Runtime` is to the shell."""

    store: Store
    settings: Settings
    plugins: Plugins = field(default_factory=Plugins)
    localization: Any = field(default_factory=NullLocalization)
    told: list[tuple[str, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        self.accounts = Accounts(self.store, self.now)
        self.users = CoreDirectory(self.accounts)
        self.sessions = Sessions(self.store, self.settings)
        self.site = self.settings.site

    @property
    def keys(self) -> KeyRing:
        return self.store.keys

    def now(self) -> datetime:
        return self.time

    def parts(self, hook: str) -> tuple[object, ...]:
        return self.plugins.parts(hook) if hook in self.plugins.registered else ()

    def credentials(self, verifier: str) -> Any:
        return SimpleNamespace(find=lambda _lookup: None)

    def credential_refused(self, request: Any, verifier: str, refused: Any) -> None:
        self.told.append((verifier, refused.credential))

    def user(self, name: str = "ada", *, admin: bool = False) -> User:
        with self.store.write() as unit:
            return self.accounts.create(unit, f"id-{name}", login_name(name), admin=admin)

    def session(self, user: User, *, limited: bool = False, age: timedelta = timedelta(0)) -> str:
        proof = Proof("p", None, Strength(frozenset({Kind.KNOW})), self.time - age)
        with self.store.write() as unit:
            return self.sessions.open(
                unit, user.id, (proof,), Client("192.0.2.1", "test"), limited, self.time - age
            )


def settings(**changes: object) -> Settings:
    """Settings as they are unless said otherwise."""
    return Settings.from_mapping({f"ostiary.{name}": value for name, value in changes.items()})


def build(house: Any, include: Include | None = None, *, standalone: bool = True) -> TestApp:
    """An application with the house in it, and a host's pages."""
    config = Configurator(settings={})
    if include is not None:
        config.include(include)
    _mount(config, house, standalone=standalone)
    return TestApp(config.make_wsgi_app(), extra_environ={"REMOTE_ADDR": "192.0.2.9"})


@pytest.fixture
def house(store: Store) -> House:
    """A house on each database."""
    return House(store, settings())
