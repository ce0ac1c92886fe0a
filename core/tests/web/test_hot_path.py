"""What a request of somebody signed in costs: one query, and nobody else is asked anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import event
from webtest import TestApp

from .conftest import Place, app_of

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
