"""What is measured: a house with a signed-in person, and the bare things beside it."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
from argon2 import PasswordHasher
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import update

from benchmarks.browser import HOST, Browser
from ostiary.accounts import login_name
from ostiary.contracts import Enrolled
from ostiary.runtime import Runtime, utc_now
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store, migrate
from ostiary.store.tables import users
from ostiary.testing.clock import Clock
from ostiary.testing.houses import GENEROUS
from ostiary.web import standalone
from ostiary.web.mount import RUNTIME
from ostiary_password.hashing import Hasher
from ostiary_password.settings import PasswordSettings
from ostiary_webauthn.testing import SoftAuthenticator

ADA = "ada"
PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's.
TEMPLATE = "benchmarks:hello.jinja2"
_OPTIONS = re.compile(r"data-ostiary-ceremony data-options='([^']*)'")
# Of the sign-in page: the first form is the password's, the next is that of passkeys.
_SECOND = 1
_SETUP_KEY = re.compile(r"\b([A-Z2-7]{4}(?: [A-Z2-7]{4}){7}|[A-Z2-7]{32})\b")


class House:
    """A running house, and a person with a password and an authenticator app in it."""

    def __init__(self, runtime: Runtime, clock: Clock) -> None:
        self.runtime = runtime
        self._clock = clock
        self._hash = Hasher(PasswordSettings()).hash(PASSWORD)
        _person(runtime, self._hash)
        # Whoever signs in comes from a browser that the account knows, so no mail is sent.
        self._own = Browser(standalone(runtime))
        self._open_with(self._own, None)
        self._app = self._authenticator(self._own)
        self._member = Browser(self._own.app, dict(self._own.cookies))
        self._guest = Browser(_host(runtime), dict(self._own.cookies))

    def hello(self) -> None:
        """A host's page, which asks who is signed in and nothing else."""
        assert f"<dd>{ADA}</dd>" in self._guest.get("/hello")

    def security(self) -> None:
        """The house's own page of factors, with menu, forms and addresses."""
        assert "Authenticator app" in self._member.get("/account/security")

    def sign_in(self) -> None:
        """From the empty form to the session: two pages, password and code."""
        # Codes are used once, so the house's time goes on.
        self._clock.advance(timedelta(minutes=1))
        self._own.cookies.pop("ostiary_session")
        self._open_with(self._own, self._app.at(self._clock()))

    def argon2(self) -> None:
        """What no sign-in by password can do without."""
        assert PasswordHasher().verify(self._hash, PASSWORD)

    def asked(self) -> None:
        """A step of a plugin in a thread and a slot of its own."""
        assert self.runtime.runner.ask("bench", _step)

    def called(self) -> None:
        """The same without."""
        assert _step()

    def unit(self) -> None:
        """One statement in a transaction of ours."""
        with self.runtime.store.write() as unit:
            unit.execute(update(users).where(users.c.id == ADA).values(zone="UTC"))

    def _open_with(self, browser: Browser, code: str | None) -> None:
        page = browser.get("/sign-in")
        browser.post("/sign-in", page, name=ADA, password=PASSWORD)
        if code is not None:
            assert browser.location.endswith("/sign-in/verify")
            browser.post("/sign-in/verify", browser.get("/sign-in/verify"), code=code)
        assert browser.location == f"http://{HOST}/account", browser.location

    def _authenticator(self, browser: Browser) -> pyotp.TOTP:
        path = "/account/security/add/totp"
        page = browser.get(path)
        key = _SETUP_KEY.search(page)
        assert key is not None
        app = pyotp.TOTP(key[1].replace(" ", ""))
        browser.post(path, page, code=app.at(self._clock()))
        return app


def _person(runtime: Runtime, password: bytes) -> None:
    """Ada, whose password has this hash."""
    factor, accounts = runtime.plugins.factors["password"], runtime.accounts
    assert accounts is not None
    enrolled = Enrolled(label=factor.title, secret=password)
    with runtime.store.write() as unit:
        accounts.create(unit, ADA, login_name(ADA))
        runtime.rows.insert(
            unit,
            "factor",
            factor.name,
            factor.title,
            factor.properties,
            ADA,
            enrolled,
            "Password",
            runtime.now(),
        )


class KeyHouse:
    """A running house, and a person with a passkey in it, which is all that they sign in with."""

    def __init__(self, runtime: Runtime) -> None:
        self._own = Browser(standalone(runtime))
        self._device = SoftAuthenticator(origin=f"http://{HOST}")
        _person(runtime, Hasher(PasswordSettings()).hash(PASSWORD))
        self._own.post("/sign-in", self._own.get("/sign-in"), name=ADA, password=PASSWORD)
        path = "/account/security/add/webauthn"
        page = self._own.get(path)
        self._own.post(path, page, answer=self._device.create(_options(page)))

    def sign_in(self) -> None:
        """From the empty form to the session, by a passkey that says who it is."""
        self._own.cookies.pop("ostiary_session")
        page = self._own.get("/sign-in")
        answer = self._device.get(_options(page))
        self._own.post("/sign-in", page, _SECOND, answer=answer)
        assert self._own.location == f"http://{HOST}/account", self._own.location


def _options(page: str) -> dict[str, Any]:
    found = _OPTIONS.search(page)
    assert found is not None
    options: dict[str, Any] = json.loads(html.unescape(found[1]))["publicKey"]
    return options


@contextmanager
def house(folder: Path, database: str | None = None) -> Iterator[House]:
    """A house with passwords and authenticator apps, over SQLite in a folder if nothing else."""
    clock = Clock(utc_now())
    with _running(folder, "password totp", clock, database) as runtime:
        yield House(runtime, clock)


@contextmanager
def key_house(folder: Path) -> Iterator[KeyHouse]:
    """A house with passwords and passkeys, over SQLite in a folder."""
    with _running(folder, "password webauthn", Clock(utc_now())) as runtime:
        yield KeyHouse(runtime)


@contextmanager
def _running(
    folder: Path, plugins: str, clock: Clock, database: str | None = None
) -> Iterator[Runtime]:
    keys = KeyRing.create(folder / "keys" / "keys.json")
    url = database or f"sqlite:///{folder / 'ostiary.db'}"
    store = Store(url, keys)
    migrate(store)
    store.dispose()
    known = {
        "data": str(folder),
        "database": url,
        "keys": str(keys.path),
        "plugins": plugins,
        **GENEROUS,
    }
    settings = Settings.from_mapping({f"ostiary.{name}": value for name, value in known.items()})
    runtime = Runtime.start(settings, now=clock)
    try:
        yield runtime
    finally:
        runtime.mailroom.stop()
        runtime.chores.stop()
        runtime.store.dispose()


def _host(runtime: Runtime) -> Any:
    """The application of :func:`bare_page`, with ostiary mounted in it."""

    def hello(request: Request) -> dict[str, Any]:
        return {"name": request.identity.user}

    config = _configured(hello)
    config.registry[RUNTIME] = runtime
    # After the host's own route, so that ours are not tried before it: see docs/app-authors.md.
    config.include("ostiary")
    return config.make_wsgi_app()


def bare_page() -> Callable[[], object]:
    """A Pyramid application with one view and one template, and nothing of ours."""

    def hello(_request: Request) -> dict[str, Any]:
        return {"name": ADA}

    browser = Browser(_configured(hello).make_wsgi_app())

    def ask() -> None:
        assert f"<dd>{ADA}</dd>" in browser.get("/hello")

    return ask


def _configured(view: Callable[[Request], dict[str, Any]]) -> Configurator:
    config = Configurator(settings={})
    config.include("pyramid_jinja2")
    config.add_route("hello", "/hello")
    config.add_view(view, route_name="hello", renderer=TEMPLATE)
    return config


def bare_transaction(path: Path) -> Callable[[], object]:
    """One statement in a transaction of the sqlite3 module, as durable as ours."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE person (id TEXT PRIMARY KEY, zone TEXT)",
    ):
        connection.execute(statement)
    connection.execute("INSERT INTO person VALUES (?, NULL)", (ADA,))

    def transact() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE person SET zone = ? WHERE id = ?", ("UTC", ADA))
        connection.execute("COMMIT")

    return transact


def _step() -> bool:
    return True
