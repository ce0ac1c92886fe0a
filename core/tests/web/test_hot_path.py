"""What a request of somebody signed in costs: one query, and nobody else is asked anything."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import event
from webtest import TestApp

from ostiary.contracts import AuditSink, Claim, CredentialVerifier, First, SignInGuard
from ostiary.testing.houses import Houses, plugin_of

from .conftest import Place, app_of
from .stepping import KNOW, Typed

Sent: TypeAlias = Callable[[], list[str]]

# A line of libpq's trace: when, who sent it (F is us), how many bytes, which message.
_ASKED = re.compile(r"\tF\t\d+\t(?:Query|Execute)\b.*")


def _host(config: Configurator) -> None:
    def hello(request: Request) -> dict[str, Any]:
        identity = request.identity
        return {"user": None if identity is None else identity.user}

    def twice(request: Request) -> dict[str, Any]:
        return {"user": request.identity.user, "login": request.ostiary_user.login}

    for view in (hello, twice):
        config.add_route(view.__name__, f"/{view.__name__}")
        config.add_view(view, route_name=view.__name__, renderer="json")


@pytest.fixture
def app(place: Place) -> TestApp:
    """A host, and somebody who is signed in to it."""
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user()))
    # Nothing but requests is to be seen: neither the outbox nor what falls due.
    app.get("/hello")
    place.runtime.mailroom.stop()
    place.runtime.chores.stop()
    return app


@pytest.fixture
def sent(place: Place, tmp_path: Path) -> Iterator[Sent]:
    """What was sent to the database since the last call: by the drivers' own account of it."""
    engine, store = place.runtime.store.engine, place.runtime.store
    statements: list[str] = []
    wire = (tmp_path / "wire").open("a+")

    def listen(connection: Any, _record: object) -> None:
        if store.dialect == "sqlite":
            connection.set_trace_callback(statements.append)
        else:
            connection.pgconn.trace(wire.fileno())

    def taken() -> list[str]:
        wire.seek(0)
        found = _ASKED.findall(wire.read()) + statements
        statements.clear()
        wire.truncate(0)
        return found

    event.listen(engine, "connect", listen)
    store.dispose()
    yield taken
    store.dispose()
    wire.close()


def test_a_host_s_page_that_asks_who_is_signed_in_costs_one_query(app: TestApp, sent: Sent) -> None:
    """No BEGIN before it and no ROLLBACK after it, either; asking twice costs nothing more."""
    app.get("/hello")
    sent()  # Connections are made once.
    for path in ("/hello", "/twice"):
        assert app.get(path).json["user"] == "id-ada"
        assert len(sent()) == 1, path


def test_nobody_is_looked_up_before_somebody_asks(app: TestApp, sent: Sent) -> None:
    app.get("/ostiary-static/ostiary.css")
    assert sent() == []


def test_nobody_is_looked_up_by_what_cannot_be_a_session(place: Place, sent: Sent) -> None:
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", "nobody")
    app.get("/hello")
    place.runtime.mailroom.stop()
    place.runtime.chores.stop()
    sent()
    assert app.get("/hello").json["user"] is None
    assert sent() == []


def test_what_is_known_of_a_caller_ends_with_the_request(place: Place, app: TestApp) -> None:
    """A session that was ended, and a user who was disabled, are nobody at the next request."""
    runtime, accounts = place.runtime, place.runtime.accounts
    assert accounts is not None
    assert app.get("/hello").json["user"] == "id-ada"
    with runtime.store.write() as unit:
        accounts.set_disabled(unit, "id-ada", True)
    assert app.get("/hello").json["user"] is None
    with runtime.store.write() as unit:
        accounts.set_disabled(unit, "id-ada", False)
    assert app.get("/hello").json["user"] == "id-ada"
    with runtime.store.write() as unit:
        runtime.sessions.end_all(unit, "id-ada")
    assert app.get("/hello").json["user"] is None


def test_a_session_ends_on_time(place: Place, app: TestApp) -> None:
    place.pass_time(place.runtime.settings.session.idle - timedelta(seconds=1))
    assert app.get("/hello").json["user"] == "id-ada"
    place.pass_time(place.runtime.settings.session.idle)
    assert app.get("/hello").json["user"] is None


PIN = Typed("pin", KNOW, first=First.AFTER_NAME, second=False)


class Quiet(SignInGuard, CredentialVerifier, AuditSink):
    """Three parts of a plugin at once, which nobody should ask."""

    name = "quiet"
    claims = (Claim("bearer", "tok-"),)

    def check_attempt(self, attempt: Any, /) -> None:
        raise AssertionError

    def verify(self, presented: Any, /) -> Any:
        raise AssertionError

    def write(self, events: Any, execute: Any, /) -> None:
        raise AssertionError


def test_no_plugin_is_asked_by_a_page(make_runtime: Houses) -> None:
    """Hooks are asked at the start; a request calls none of them, and no part of a plugin."""
    quiet = Quiet()
    plugin = plugin_of(
        factors=[PIN],
        sign_in_guards=[quiet],
        credential_verifiers=[quiet],
        audit_sinks=[quiet],
    )
    place = Place(make_runtime(plugin), [make_runtime.clock()])
    app = app_of(place, _host)
    app.set_cookie("ostiary_session", place.session(place.user()))
    app.get("/hello")
    files = {__file__, inspect.getfile(Typed), inspect.getfile(plugin_of)}
    called: list[str] = []

    def note(frame: FrameType, what: str, _argument: object) -> None:
        if what == "call" and frame.f_code.co_filename in files:
            called.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        assert app.get("/hello").json["user"] == "id-ada"
    finally:
        sys.setprofile(None)
    assert called == ["hello"], "the host's own view, and it alone"


def test_what_a_house_does_not_use_it_does_not_import(tmp_path: Path) -> None:
    """On SQLite and without Redis, a house serves its pages without either driver."""
    program = f"""
import sys
from pathlib import Path
from pyramid.request import Request
from ostiary.runtime import Runtime
from ostiary.settings import Settings
from ostiary.store import KeyRing, Store, migrate
from ostiary.web import standalone

folder = Path({str(tmp_path)!r})
known = {{"data": folder, "database": f"sqlite:///{{folder}}/o.db", "keys": folder / "keys.json"}}
migrate(store := Store(known["database"], KeyRing.create(known["keys"])))
store.dispose()
given = {{f"ostiary.{{name}}": str(value) for name, value in known.items()}}
runtime = Runtime.start(Settings.from_mapping({{**given, "ostiary.plugins": ""}}))
answer = Request.blank("/sign-in", base_url="http://localhost:6543").get_response(standalone(runtime))
assert answer.status_int == 200, answer.status
runtime.store.dispose()
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], check=True, capture_output=True, text=True
    )
    imported = set(run.stdout.split())
    assert {"ostiary", "sqlalchemy"} <= imported
    assert not imported & {"redis", "psycopg", "waitress", "pytest", "webtest"}
