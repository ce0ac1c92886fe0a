"""The house in a host's application, and alone: headers, error pages, health."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPException,
    HTTPForbidden,
    HTTPFound,
    HTTPMethodNotAllowed,
    HTTPNotFound,
    HTTPTooManyRequests,
)
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.accounts import Callers
from ostiary.store import Store
from ostiary.testing.locales import PseudoLocalization
from ostiary.web.request_id import RequestIdFilter, current_request_id

from .conftest import ORIGIN, Place, Starter, app_of

HTML = {"Accept": "text/html"}
PROBLEM = "application/problem+json"
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _host(config: Configurator) -> None:
    for name, view in {
        "plain": lambda _request: Response("plain"),
        "broken": _broken,
        "away": lambda _request: HTTPFound(location="https://elsewhere.example/"),
        "denied": _denied,
        "logs": _logs,
        "lost": _lost,
        "bad": _raises(HTTPBadRequest("hunter2")),
        "busy": _raises(HTTPTooManyRequests("hunter2", headers={"Retry-After": "60"})),
        "only": _raises(HTTPMethodNotAllowed("hunter2", headers={"Allow": "PUT"})),
    }.items():
        config.add_route(f"host_{name}", f"/host/{name}")
        config.add_view(view, route_name=f"host_{name}", permission=NO_PERMISSION_REQUIRED)


def _raises(error: HTTPException) -> Any:
    def view(request: Request) -> Response:
        raise error

    return view


def _broken(request: Request) -> Response:
    raise LookupError("hunter2")


def _denied(request: Request) -> Response:
    raise HTTPForbidden


def _lost(request: Request) -> Response:
    raise HTTPNotFound("<script>hunter2</script>")


def _logs(request: Request) -> Response:
    logging.getLogger("host").warning("in a request")
    return Response(str(current_request_id()))


@pytest.fixture
def alone(place: Place) -> Any:
    """The house alone, with pages that do as a host's would."""
    return app_of(place, _host, alone=True)


def test_our_pages_say_what_browsers_must_not_do(start: Starter) -> None:
    app = app_of(start(public_url="https://site.example"))
    headers = app.get("/sign-in").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "publickey-credentials-get=(self)" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"] == "max-age=63072000"


def test_without_tls_no_browser_is_told_to_insist_on_it(place: Place) -> None:
    assert "Strict-Transport-Security" not in app_of(place).get("/sign-in").headers


def test_a_hosts_pages_keep_their_own_headers(place: Place) -> None:
    app = app_of(place, _host, prefix="/auth")
    headers = app.get("/host/plain").headers
    for name in ("Content-Security-Policy", "Cache-Control", "X-Request-ID", "X-Frame-Options"):
        assert name not in headers
    assert "Content-Security-Policy" in app.get("/auth/sign-in").headers


def test_alone_everything_is_ours(alone: Any) -> None:
    for path in ("/host/plain", "/nowhere", "/host/broken", "/host/denied"):
        headers = alone.get(path, status="*").headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert UUID7.fullmatch(headers["X-Request-ID"])


def test_static_files_are_kept_until_they_change(place: Place) -> None:
    app = app_of(place, prefix="/auth")
    page = app.get("/auth/sign-in").text
    found = re.findall(r'(?:href|src)="(/auth/ostiary-static/[^"]+)"', page)
    assert len(found) == 3
    for path in found:
        assert re.search(r"\?v=[0-9a-f]{16}$", path)
        headers = app.get(path).headers
        assert "max-age=31536000" in headers["Cache-Control"]
        assert "no-store" not in headers["Cache-Control"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/ostiary-static/../page.py", "/ostiary-static/%2e%2e/page.py"])
def test_nothing_but_static_files_is_static(place: Place, path: str) -> None:
    answer = app_of(place).get(path, status=404)
    assert "import" not in answer.text


def test_a_fault_shows_a_number_and_no_traceback(
    alone: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the same number, the type and the place, and not the message."""
    answer = alone.get("/host/broken", headers=HTML, status=500)
    number = answer.headers["X-Request-ID"]
    assert number in answer.text
    assert number in caplog.text
    assert "LookupError" in caplog.text
    assert "_broken" in caplog.text
    for secret in ("hunter2", "Traceback", "LookupError", "_broken"):
        assert secret not in answer.text
    record = next(r for r in caplog.records if "LookupError" in r.getMessage())
    assert record.exc_info is None


def test_a_hosts_faults_are_the_hosts(place: Place) -> None:
    app = app_of(place, _host)
    with pytest.raises(LookupError):
        app.get("/host/broken")
    assert "Request number" not in app.get("/nowhere", headers=HTML, status=404).text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nowhere", 404, "Page not found"),
        ("/host/lost", 404, "Page not found"),
        ("/host/bad", 400, "That did not work"),
        ("/host/busy", 429, "That did not work"),
        ("/host/only", 405, "That does not work here"),
    ],
)
def test_errors_are_pages_for_people_and_lines_for_programs(
    alone: Any, path: str, status: int, words: str
) -> None:
    page = alone.get(path, headers=HTML, status=status)
    assert page.content_type == "text/html"
    assert f"<h1>{words}</h1>" in page.text
    assert "hunter2" not in page.text
    for accept in ("*/*", "application/json", "application/x, text/html; q=0.01", ""):
        line = alone.get(path, headers={"Accept": accept}, status=status)
        assert line.content_type == PROBLEM
        assert UUID7.search(line.text)


def test_who_is_not_signed_in_is_asked_to_first(place: Place, alone: Any) -> None:
    answer = alone.get("/host/denied?a=1", headers=HTML, status=303)
    assert answer.location == f"{ORIGIN}/sign-in?next=%2Fhost%2Fdenied%3Fa%3D1"
    assert alone.get("/host/denied", status=401).content_type == PROBLEM
    alone.set_cookie("ostiary_session", place.session(place.user()))
    assert "No access" in alone.get("/host/denied", headers=HTML, status=403).text


def test_a_wrong_method_is_told_the_right_ones(place: Place) -> None:
    answer = app_of(place, alone=True).request("/health", method="OPTIONS", status=405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_answers_on_purpose_pass(alone: Any) -> None:
    assert alone.get("/host/busy", status=429).headers["Retry-After"] == "60"
    assert alone.get("/host/only", status=405).headers["Allow"] == "PUT"
    assert alone.get("/host/away", status=302).location == "https://elsewhere.example/"


def test_an_error_is_said_in_the_readers_language(place: Place) -> None:
    app = app_of(place.with_parts(localization=PseudoLocalization()), alone=True)
    headers = {**HTML, "Accept-Language": "ar-XB"}
    page = app.get("/nowhere", headers=headers, status=404).text
    assert '<html lang="ar-XB" dir="rtl">' in page
    headers["Accept-Language"] = "en-XA"
    assert "Page not found" not in app.get("/nowhere", headers=headers, status=404).text


def test_health_is_that_of_the_database(place: Place, tmp_path: Path) -> None:
    """While the database is away, errors are still pages."""
    answer = app_of(place).get("/health")
    assert answer.json == {"status": "ok", "database": "reachable"}
    assert answer.headers["Cache-Control"] == "no-store"
    away = Store(f"sqlite:///{tmp_path / 'gone' / 'hunter2.db'}", place.keys)
    nobody = Callers(away, place.runtime.settings.session.idle, None)
    runtime = replace(place.runtime, store=away, callers=nobody)
    app = app_of(Place(runtime, place.clock), alone=True)
    answer = app.get("/health", status=503)
    assert answer.json == {"status": "failing", "database": "unreachable"}
    headers = {**HTML, "Cookie": "ostiary_session=" + "A" * 43}
    assert "Something went wrong" in app.get("/account", headers=headers, status=500).text
    app.get("/nowhere", headers=headers, status=404)
    away.dispose()


def test_a_request_has_a_number_that_nobody_else_gave_it(
    alone: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    headers = {"X-Request-ID": "forged\r\n", "X-Correlation-ID": "forged"}
    answer = alone.get("/host/logs", headers=headers, extra_environ={"ostiary.request_id": "x"})
    assert UUID7.fullmatch(answer.text)
    assert answer.headers["X-Request-ID"] == answer.text
    record = next(r for r in caplog.records if r.name == "host")
    assert record.__dict__["request_id"] == answer.text
    assert current_request_id() is None


def test_an_application_includes_the_house_by_its_settings(place: Place) -> None:
    """``config.include("ostiary")`` starts a house from the application's settings."""
    settings = place.runtime.settings
    config = Configurator(
        settings={
            "ostiary.database": settings.database,
            "ostiary.keys": str(settings.keys),
            "ostiary.plugins": "",
            "ostiary.title": "Elsewhere",
        }
    )
    config.include("ostiary", route_prefix="/auth")
    app = config.make_wsgi_app()
    try:
        answer = Request.blank("/auth/health").get_response(app)
        assert answer.json["status"] == "ok"
        assert "Elsewhere" in Request.blank("/auth/sign-in").get_response(app).text
    finally:
        app.registry["ostiary"].mailroom.stop()
        app.registry["ostiary"].chores.stop()
        app.registry["ostiary"].store.dispose()
