"""Unsafe requests: only from our own pages, only with the token of this session or browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from webtest import TestApp

from ostiary.store import KeyRing
from ostiary.web import includeme
from ostiary.web.cookies import browser_token
from ostiary.web.csrf import csrf_token, is_valid
from ostiary.web.gate import MAX_FORM
from ostiary.web.mount import RUNTIME

from .conftest import ENVIRON, ORIGIN, Place

# Nothing here depends on the database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

HTML = {"Accept": "text/html"}


def _pages(config: Configurator) -> None:
    config.add_route("form", "/form")
    config.add_route("open", "/open")

    def form(request: Request) -> dict[str, Any]:
        return {"token": csrf_token(request), "browser": browser_token(request)}

    def sent(request: Request) -> dict[str, Any]:
        return {"sent": True}

    public: dict[str, Any] = {"renderer": "json", "permission": NO_PERMISSION_REQUIRED}
    config.add_view(form, route_name="form", request_method="GET", **public)
    config.add_view(sent, route_name="form", **public)
    config.add_view(sent, route_name="open", require_csrf=False, **public)


@pytest.fixture
def ours(place: Place, monkeypatch: pytest.MonkeyPatch) -> TestApp:
    """The pages as the house's own."""
    monkeypatch.setattr("ostiary.web.health.add_health", _pages)
    config = Configurator()
    config.registry[RUNTIME] = place.runtime
    config.include(includeme)
    return TestApp(config.make_wsgi_app(), extra_environ=ENVIRON)


@pytest.fixture
def hosts(place: Place) -> TestApp:
    """The pages as a host's."""
    config = Configurator()
    config.registry[RUNTIME] = place.runtime
    config.include(includeme)
    config.include(_pages)
    return TestApp(config.make_wsgi_app(), extra_environ=ENVIRON)


def _post(app: TestApp, token: str | None, status: int = 200, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {} if token is None else {"csrf_token": token}
    text: str = app.post("/form", body, headers={**HTML, **named}, status=status).text
    return text


def test_a_form_of_our_own_is_accepted(ours: TestApp) -> None:
    """With the cookie that its page set, from our origin; also where nothing says whence."""
    token = ours.get("/form").json["token"]
    _post(ours, token, Origin=ORIGIN, Sec_Fetch_Site="same-origin", Referer=ORIGIN + "/form")
    _post(ours, token, Sec_Fetch_Site="none")
    _post(ours, token, Referer=ORIGIN + "/form")
    _post(ours, token)
    ours.post("/form", headers={"X-CSRF-Token": token})


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost"},
        {"Origin": ORIGIN + "/"},
        {"Origin": ORIGIN.upper()},
        {"Origin": "https://localhost:6543"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Referer": ORIGIN + "/form"},
        {"Sec-Fetch-Site": ""},
        {"Referer": "https://evil.example/" + ORIGIN},
        {"Referer": ORIGIN + ".evil.example/"},
        {"Referer": "http://localhost:6543@evil.example/"},
        {"Referer": ""},
        {"Referer": "http://[broken"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_the_right_token(
    ours: TestApp, headers: dict[str, str]
) -> None:
    token = ours.get("/form").json["token"]
    answer = ours.post("/form", {"csrf_token": token}, headers={**HTML, **headers}, status=400)
    assert "another site" in answer.text
    assert ORIGIN in answer.text


@pytest.mark.parametrize("token", [None, "", "x", "é", "A" * 86, "A" * 4000, "!" * 86])
def test_a_wrong_token_is_explained(ours: TestApp, token: str | None) -> None:
    ours.get("/form")
    answer = _post(ours, token, 400, Origin=ORIGIN, Referer=ORIGIN + "/form?a=1")
    assert "open for too long" in answer
    assert 'href="/form?a=1"' in answer


def test_a_token_is_worth_nothing_in_another_browser_or_session(
    ours: TestApp, place: Place
) -> None:
    """Neither an attacker's own token, nor one from before the sign-in, nor one of another."""
    stranger = ours.get("/form").json["token"]
    ours.reset()
    before = ours.get("/form").json["token"]
    _post(ours, stranger, 400)
    ours.set_cookie("ostiary_session", place.session(place.user("ada")))
    own = ours.get("/form").json["token"]
    _post(ours, own)
    _post(ours, before, 400)
    ours.set_cookie("ostiary_session", place.session(place.user("bob")))
    _post(ours, own, 400)


def test_without_any_cookie_no_token_is_right(ours: TestApp) -> None:
    token = ours.get("/form").json["token"]
    ours.reset()
    _post(ours, token, 400)


def test_a_planted_second_cookie_undoes_nobody(ours: TestApp) -> None:
    """An attacker who can toss a cookie with a token of their own gets a refusal."""
    known = ours.get("/form")
    planted, token = known.json["browser"], known.json["token"]
    ours.reset()
    ours.get("/form")
    mine = ours.cookies["ostiary_browser"]
    ours.reset()
    both = f"ostiary_browser={planted}; ostiary_browser={mine}"
    _post(ours, token, 400, Cookie=both)


def test_tokens_are_masked_anew_each_time(ours: TestApp) -> None:
    """What repeats on a page can be guessed from its compressed length (BREACH)."""
    ours.get("/form")
    tokens = {ours.get("/form").json["token"] for _ in range(5)}
    assert len(tokens) == 5
    for token in tokens:
        _post(ours, token)


def test_a_token_from_before_a_rotation_of_the_keys_still_counts(
    ours: TestApp, place: Place
) -> None:
    token = ours.get("/form").json["token"]
    place.keys.rotated().save()
    _post(ours, token)
    assert place.keys.path is not None
    newest = KeyRing.load(place.keys.path)
    KeyRing(newest._keys[:1], place.keys.path).save()
    _post(ours, token, 400)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_method_but_the_safe_ones_is_checked(ours: TestApp, method: str) -> None:
    ours.request("/form", method=method, status=400)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_safe_methods_need_no_token(ours: TestApp, method: str) -> None:
    ours.request("/form", method=method, headers={"Origin": "https://evil.example"})


def test_a_hosts_view_is_held_to_it_when_it_acts_by_session(hosts: TestApp, place: Place) -> None:
    """A webhook of the host has neither cookie nor token, and is none of our business."""
    hosts.post("/form", status=200)
    hosts.set_cookie("ostiary_session", place.session(place.user()))
    hosts.post("/form", status=400)
    hosts.post("/open", status=200)
    token = hosts.get("/form").json["token"]
    hosts.post("/form", {"csrf_token": token}, headers={"Origin": ORIGIN}, status=200)


def test_pyramids_own_check_uses_our_tokens(place: Place) -> None:
    """A host that asks for ``require_csrf=True`` and uses ``get_csrf_token()`` is served."""
    request = Request.blank("/", environ=ENVIRON)
    config = Configurator()
    config.registry[RUNTIME] = place.runtime
    config.include(includeme)
    config.commit()
    request.registry = config.registry
    from pyramid.csrf import check_csrf_token, get_csrf_token, new_csrf_token

    browser = browser_token(request)
    request.environ["HTTP_COOKIE"] = f"ostiary_browser={browser}"
    for token in (get_csrf_token(request), new_csrf_token(request)):
        assert re.fullmatch(r"[A-Za-z0-9_-]{86}", token)
        assert is_valid(request, token)
        request.headers["X-CSRF-Token"] = token
        assert check_csrf_token(request, raises=False)


def test_a_form_has_a_size(ours: TestApp) -> None:
    ours.get("/form")
    answer = ours.post("/form", "x" * (MAX_FORM + 1), headers=HTML, status=413)
    assert "larger than this page takes" in answer.text
