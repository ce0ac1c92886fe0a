"""What anybody may send: it acts only as it must, costs little, and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from ostiary.web.gate import MAX_FIELDS, MAX_FORM
from ostiary.web.problems import wants_html

from .conftest import Place, app_of

# Nothing here depends on the database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("sent", [{}, {"Sec-Fetch-Site": "cross-site"}])
def test_only_a_post_signs_out(place: Place, sent: dict[str, str]) -> None:
    """No token is asked of a HEAD request, so it must not act."""
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", place.session(place.user()))
    answer = app.head("/sign-out", headers=sent)
    assert not any("ostiary_session" in set_ for set_ in answer.headers.getall("Set-Cookie"))
    assert app.get("/account", headers=HTML).status_int == 200
    assert app.head("/sign-in").location.endswith("/account")


BYTES = ("%ff", "%00", "%ed%a0%80", "a%c3")


@pytest.mark.parametrize("sent", BYTES)
@pytest.mark.parametrize(
    "path",
    [
        "/{}",
        "/{}/sign-in",
        "/account/security/add/{}",
        "/sign-in/return/{}",
        "/sign-in?with={}",
        "/sign-in?next={}",
        "/sign-in?{}",
        "/sign-in/verify?with={}",
        "/sign-in/return/x?state={}",
        "/account?{}",
        "/verify-address?token={}",
    ],
)
def test_no_bytes_in_an_address_are_our_mistake(place: Place, path: str, sent: str) -> None:
    app = app_of(place, alone=True)
    answer = app.get(path.format(sent), headers=HTML, status="*")
    assert answer.status_int < 500
    if sent != "%00":
        assert answer.status_int == 400
        assert "not as we expected it" in answer.text
    assert app.get(path.format(sent), status="*").status_int < 500


@pytest.mark.parametrize("sent", BYTES)
def test_no_bytes_in_a_form_are_our_mistake(place: Place, sent: str) -> None:
    app, token = _with_token(place)
    body = f"csrf_token={token}&name={sent}&challenge={sent}&with={sent}"
    for path in ("/sign-in", "/sign-in/verify", "/register", "/step-up", "/sign-out"):
        assert _post(app, path, body).status_int < 500


def _with_token(place: Place) -> tuple[Any, str]:
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", place.session(place.user()))
    forms = app.get("/sign-out", headers=HTML).forms.values()
    return app, next(f["csrf_token"].value for f in forms if "csrf_token" in f.fields)


def _post(app: Any, path: str, body: str, kind: str = "application/x-www-form-urlencoded") -> Any:
    return app.post(path, body, headers=HTML, content_type=kind, status="*")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("x" * 100, True),
        ("%41" * 300, True),
        ("%41" * 650, False),
        ("x" * 2100, False),
        ("x" * 5000, False),
    ],
)
def test_an_address_that_is_too_long_to_come_back_to_is_forgotten(
    place: Place, query: str, *, kept: bool
) -> None:
    """Quoted it is longer still; the way to sign in is shown all the same."""
    answer = app_of(place, alone=True).get(f"/account/security?x={query}", headers=HTML)
    assert answer.status_int == 303
    assert ("next=" in answer.location) is kept


def test_a_long_address_of_a_hosts_view_is_forgotten_too(place: Place) -> None:
    def host(config: Configurator) -> None:
        config.add_route("hidden", "/hidden")
        config.add_view(lambda _request: Response(), route_name="hidden", permission="of nobody")

    app = app_of(place, host, alone=True)
    assert "next=" in app.get("/hidden?x=1", headers=HTML).location
    assert "next=" not in app.get("/hidden?x=" + "%41" * 650, headers=HTML).location


def test_a_factor_that_there_is_not_is_not_asked_again(place: Place) -> None:
    app, token = _with_token(place)
    answer = _post(app, "/sign-in/verify", f"csrf_token={token}&again={'x' * 3000}")
    assert answer.status_int < 500


def test_a_form_has_few_fields_and_no_file(place: Place) -> None:
    """Refused before anything parses it, and before its token is looked at."""
    app = app_of(place, alone=True)
    assert _post(app, "/sign-in", "a&" * (MAX_FIELDS - 1)).status_int == 400
    assert "open for too long" in _post(app, "/sign-in", "a&" * (MAX_FIELDS - 1)).text
    assert "not as we expected it" in _post(app, "/sign-in", "a&" * MAX_FIELDS).text
    assert _post(app, "/sign-in", "a" * (MAX_FORM + 1)).status_int == 413
    boundary = "multipart/form-data; boundary=x"
    assert _post(app, "/sign-in", "--x--", boundary).status_int == 415
    assert app.get("/sign-in?" + "a&" * MAX_FIELDS, status="*").status_int == 400
    assert app.get("/sign-in?" + "a&" * (MAX_FIELDS - 1)).status_int == 200


def test_a_form_says_how_long_it_is(place: Place) -> None:
    """Behind a server that hands on what came in chunks, it could have any length."""
    app = app_of(place, alone=True)
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    request = Request.blank("/sign-in", method="POST", environ=environ, headers=HTML)
    request.environ["wsgi.input"] = _Endless()
    request.environ.pop("CONTENT_LENGTH", None)
    assert request.send(app.app).status_int == 411


class _Endless:
    """Nobody may read this."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("it was read")

    readline = read


def test_a_long_accept_header_is_none(database: str) -> None:
    for length, wanted in ((100, True), (4097, False)):
        accept = "text/html" + "," * (length - len("text/html"))
        assert wants_html(Request.blank("/", headers={"Accept": accept})) is wanted


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("*/*", False),
        # What pip and uv send.
        ("application/vnd.pypi.simple.v1+json, text/html; q=0.01", False),
        ("application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7", False),
    ],
)
def test_html_is_for_those_who_would_rather_have_it(
    database: str, accept: str, wanted: bool
) -> None:
    assert wants_html(Request.blank("/", headers={"Accept": accept})) is wanted
