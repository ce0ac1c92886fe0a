"""What is measured: a house with a signed-in person, and the bare things beside it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import update

from ostiary.accounts import login_name
from ostiary.contracts import Client, Enrolled, Kind, Proof, Strength
from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store, migrate
from ostiary.store.tables import users
from ostiary.testing.houses import GENEROUS
from ostiary.text import translations
from ostiary.web import standalone
from ostiary_password.hashing import Hasher
from ostiary_password.settings import PasswordSettings

_, _n, _p, _np = translations("benchmarks")

PASSWORD = "correct horse battery staple"  # noqa: S105 - nobody's.
ORIGIN = "http://localhost:6543"
_HIDDEN = re.compile(r'name="(csrf_token|challenge)" value="([^"]+)"')


class House:
    """A running house with one person, and browsers at it."""

    def __init__(self, runtime: Runtime, sign_ins: int) -> None:
        self._runtime = runtime
        self._hash = Hasher(PasswordSettings()).hash(PASSWORD)
        self._wsgi = standalone(runtime)
        self._enrol()
        self._member = f"ostiary_session={self._session()}"
        page = self._ask("/sign-in")
        self._stranger = page.headers["Set-Cookie"].partition(";")[0]
        # A form can be used once, and opening it is not what is measured.
        self._forms = [self._form() for _ in range(sign_ins)]

    def sign_in(self) -> None:
        """The whole POST of a right password: budgets, argon2, session, event, redirect."""
        typed = {**self._forms.pop(), "name": "ada", "password": PASSWORD}
        answer = self._ask("/sign-in", self._stranger, POST=typed)
        assert answer.location == f"{ORIGIN}/account"

    def argon2(self) -> None:
        """What no sign-in by password can do without."""
        assert PasswordHasher().verify(self._hash, PASSWORD)

    def account(self) -> None:
        """The first page of an account."""
        assert b"ada" in self._ask("/account", self._member).body

    def asked(self) -> None:
        """A step of a plugin in a thread and a slot of its own."""
        assert self._runtime.runner.ask("bench", _step)

    def called(self) -> None:
        """The same without."""
        assert _step()

    def unit(self) -> None:
        """One statement in a transaction of ours."""
        with self._runtime.store.write() as unit:
            unit.execute(update(users).where(users.c.id == "id-ada").values(zone="UTC"))

    def _ask(self, path: str, cookie: str = "", **options: Any) -> Any:
        headers = {"Cookie": cookie, "Accept": "text/html"}
        request = Request.blank(path, base_url=ORIGIN, headers=headers, **options)
        return request.get_response(self._wsgi)

    def _form(self) -> dict[str, str]:
        page = self._ask("/sign-in", self._stranger).text
        return dict(_HIDDEN.findall(page.partition("<main")[2]))

    def _enrol(self) -> None:
        factor = self._runtime.plugins.factors["password"]
        accounts = self._runtime.accounts
        assert accounts is not None
        with self._runtime.store.write() as unit:
            accounts.create(unit, "id-ada", login_name("ada"))
            self._runtime.rows.insert(
                unit,
                "factor",
                "password",
                factor.title,
                factor.properties,
                "id-ada",
                Enrolled(label=factor.title, secret=self._hash),
                "Password",
                self._runtime.now(),
            )

    def _session(self) -> str:
        now = self._runtime.now()
        proof = Proof("password", None, Strength(frozenset({Kind.KNOW})), now)
        with self._runtime.store.write() as unit:
            return self._runtime.sessions.open(
                unit, "id-ada", (proof,), Client("192.0.2.1", "bench"), limited=False, now=now
            )


@contextmanager
def house(folder: Path, sign_ins: int) -> Iterator[House]:
    """A house over SQLite with the password plugin."""
    keys = KeyRing.create(folder / "keys" / "keys.json")
    database = f"sqlite:///{folder / 'ostiary.db'}"
    store = Store(database, keys)
    migrate(store)
    store.dispose()
    known = {
        "data": str(folder),
        "database": database,
        "keys": str(keys.path),
        "plugins": "password",
        **GENEROUS,
    }
    settings = Settings.from_mapping({f"ostiary.{name}": value for name, value in known.items()})
    runtime = Runtime.start(settings)
    try:
        yield House(runtime, sign_ins)
    finally:
        runtime.store.dispose()


def bare_page() -> Callable[[], object]:
    """A Pyramid application with one view and one template, and nothing of ours."""

    def hello(request: Request) -> dict[str, Any]:
        return {"name": "ada"}

    config = Configurator(settings={})
    config.include("pyramid_jinja2")
    config.add_route("hello", "/")
    config.add_view(hello, route_name="hello", renderer="benchmarks:hello.jinja2")
    app = config.make_wsgi_app()
    return lambda: Request.blank("/").get_response(app)


def bare_transaction(path: Path) -> Callable[[], object]:
    """One statement in a transaction of the sqlite3 module, as durable as ours."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE person (id TEXT PRIMARY KEY, zone TEXT)",
        "INSERT INTO person VALUES ('id-ada', NULL)",
    ):
        connection.execute(statement)

    def transact() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE person SET zone = ? WHERE id = ?", ("UTC", "id-ada"))
        connection.execute("COMMIT")

    return transact


def _step() -> bool:
    return True
