"""What everybody tries first: each attack by name, against the whole application."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from ostiary.contracts import User
from ostiary.runtime import Runtime
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

from .conftest import EVIL, ORIGIN, PASSWORD, routes

Tried = Callable[[str], None]
Come = Callable[[], Visitor]

# What is attacked here stands in front of the database: one of them is enough.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# Where browsers, proxies and frameworks disagree on what a local address is.
LEADING_AWAY = (
    f"https://{EVIL}/",
    f"http:{EVIL}",
    f"//{EVIL}/",
    f"///{EVIL}",
    f"////{EVIL}/%2f..",
    f"/\\{EVIL}/",
    f"\\\\{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/%09/{EVIL}",
    f"/%0d%0aLocation:%20https://{EVIL}",
    f"/%2f/{EVIL}",
    f"/%252f/{EVIL}",
    f"/.//{EVIL}",
    f"/x/..//{EVIL}",
    f"javascript:alert('{EVIL}')",
    f"data:text/html,{EVIL}",
    f" https://{EVIL}",
    f"https:/{EVIL}",
    f"https:{EVIL}/",
    f"@{EVIL}",
    f".{EVIL}",
    f"/\u2028/{EVIL}",
    f"/\u3002{EVIL}\u3002//{EVIL}",
    f"/{'a' * 3000}//{EVIL}",
)
# What pages read of their query.
ASKED = ("next", "with", "token", "changed", "q", "user", "form", "ask")
FORWARDED = (
    {"HTTP_HOST": EVIL},
    {"HTTP_HOST": f"accounts.example@{EVIL}"},
    {"HTTP_HOST": f"accounts.example:80@{EVIL}"},
    {"HTTP_X_FORWARDED_HOST": EVIL},
    {"HTTP_X_HOST": EVIL},
    {"HTTP_X_FORWARDED_SERVER": EVIL},
    {"HTTP_FORWARDED": f"host={EVIL};proto=http"},
    {"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_PORT": "81"},
    {"HTTP_X_FORWARDED_PREFIX": f"//{EVIL}"},
    {"HTTP_X_ORIGINAL_URL": f"//{EVIL}/"},
    {"HTTP_X_REWRITE_URL": f"//{EVIL}/"},
)


def leads_home(response: Any) -> bool:
    """Whether a redirect stays at the site, as the strictest reader understands it."""
    location = response.headers.get("Location", f"{ORIGIN}/")
    return location.startswith((f"{ORIGIN}/", "/")) and not location.startswith(("//", "/\\"))


@pytest.mark.parametrize("to", LEADING_AWAY)
def test_next_leads_nowhere_else(to: str, runtime: Runtime, ada: User, tried: Tried) -> None:
    """Open redirects: whatever stands in ``next``, signing in ends at the site."""
    tried("open redirect: next")
    visitor = Visitor(runtime)
    visitor.app.get("/sign-in", params={"next": to}, status="*")
    page = visitor.app.get("/sign-in", params={"next": to}, status="*")
    form = next(form for form in page.forms.values() if "password" in form.fields)
    form["name"], form["password"] = "ada", PASSWORD
    if "next" in form.fields:
        form["next"].force_value(to)
    done = form.submit(status="*")
    assert done.status_int == 303
    assert leads_home(done)
    assert EVIL not in done.headers["Location"].partition("?")[0] or done.headers[
        "Location"
    ].startswith(f"{ORIGIN}/")
    again = visitor.app.get("/sign-in", params={"next": to}, status="*")
    assert leads_home(again), "for whoever is signed in already"


@pytest.mark.parametrize("path", [f"//{EVIL}/", f"/\\{EVIL}/", f"/%2F{EVIL}", f"//{EVIL}/%2e%2e/"])
def test_no_path_is_a_redirect_elsewhere(path: str, runtime: Runtime, tried: Tried) -> None:
    """Also not where a path is corrected, or a page asks for a sign-in first."""
    tried("open redirect: path")
    answer = Visitor(runtime).app.get(path, status="*", expect_errors=True)
    assert leads_home(answer)


@pytest.mark.parametrize("headers", FORWARDED, ids=" ".join)
def test_no_header_says_where_the_site_is(
    headers: dict[str, str], runtime: Runtime, outbox: Outbox, tried: Tried
) -> None:
    """Host and forwarded headers: links in mails and redirects come from ``public_url``."""
    tried("poisoned Host and forwarded headers")
    visitor = Visitor(runtime)
    page = visitor.app.get("/register", extra_environ=headers, status="*", expect_errors=True)
    assert EVIL not in page.text
    if page.status_int == 200:
        form = next(form for form in page.forms.values() if "address" in form.fields)
        form["name"], form["address"], form["password"] = "bob", "bob@example.org", PASSWORD
        done = form.submit(extra_environ=headers, status="*", expect_errors=True)
        assert leads_home(done)
        assert EVIL not in done.headers.get("Location", "")
    for mail in outbox:
        assert EVIL not in f"{mail.text}{mail.html}"
        assert all(re.match(rf"{re.escape(ORIGIN)}(/|\W*$)", link) for link in mail.links)


@pytest.mark.parametrize("claimed", ["203.0.113.7", "127.0.0.1", "::1", "10.0.0.1, 127.0.0.1"])
def test_nobody_says_whence_they_come(
    claimed: str, runtime: Runtime, ada: User, events: Events, tried: Tried
) -> None:
    """A forwarded address counts only from a proxy that the operator trusts."""
    tried("forged client address")
    visitor = Visitor(runtime)
    visitor.app.extra_environ["HTTP_X_FORWARDED_FOR"] = claimed
    visitor.app.extra_environ["HTTP_X_REAL_IP"] = claimed
    visitor.get("/sign-in")
    visitor.submit(name="ada", password="wrong")
    assert {event.client.address for event in events.of("sign-in.refused")} == {"192.0.2.9"}


def test_a_planted_session_is_not_signed_in(
    signed_in: Come, runtime: Runtime, tried: Tried
) -> None:
    """Session fixation: what stood in the browser before is worth nothing afterwards."""
    tried("session fixation: planted session cookie")
    planted = "p" * 43
    victim = Visitor(runtime, cookies={"__Host-ostiary_session": planted})
    victim.get("/sign-in")
    victim.submit(name="ada", password=PASSWORD)
    thief = Visitor(runtime, cookies={"__Host-ostiary_session": planted})
    assert thief.get("/account").request.path == "/sign-in"


@pytest.mark.parametrize("cookie", ["ostiary_flow", "ostiary_browser", "ostiary_device"])
def test_a_planted_cookie_gives_nothing_away(
    cookie: str, runtime: Runtime, ada: User, tried: Tried
) -> None:
    """Nor do the cookies of a sign-in under way, once somebody has signed in with them."""
    tried(f"session fixation: planted {cookie}")
    thief = Visitor(runtime)
    thief.get("/sign-in")
    mine = dict(thief.app.cookies)
    victim = Visitor(runtime, cookies=mine)
    victim.get("/sign-in")
    victim.submit(name="ada", password=PASSWORD)
    assert thief.get("/account").request.path == "/sign-in"
    copied = Visitor(runtime, cookies={f"__Host-{cookie}": mine.get(f"__Host-{cookie}", "x" * 43)})
    assert copied.get("/account").request.path == "/sign-in"


def test_a_session_changes_its_name_with_its_worth(signed_in: Come, tried: Tried) -> None:
    """Session fixation: a cookie that was read before a proof is worthless after it."""
    tried("session fixation: cookie from before a proof")
    visitor = signed_in()
    before = visitor.app.cookies["__Host-ostiary_session"]
    visitor.get("/account/security/add/password")
    visitor.submit(password="another horse, another battery")
    assert visitor.app.cookies["__Host-ostiary_session"] != before
    thief = Visitor(visitor.runtime, cookies={"__Host-ostiary_session": before})
    assert thief.get("/account").request.path == "/sign-in"


HERE = {"HTTP_ORIGIN": ORIGIN}
FORGERIES: tuple[tuple[str, dict[str, str], str], ...] = (
    ("no token", {}, ""),
    ("no token, own origin", HERE, ""),
    ("a token of another browser", HERE, "another"),
    ("the right token from another site", {"HTTP_ORIGIN": f"https://{EVIL}"}, "own"),
    ("the right token from nowhere", {"HTTP_ORIGIN": "null"}, "own"),
    ("the right token from a sandbox", {"HTTP_SEC_FETCH_SITE": "cross-site"}, "own"),
    ("the right token from a sibling", {"HTTP_SEC_FETCH_SITE": "same-site"}, "own"),
    ("the right token, wrong Referer", {"HTTP_REFERER": f"https://{EVIL}/"}, "own"),
)


@pytest.mark.parametrize(("how", "headers", "token"), FORGERIES, ids=lambda x: str(x)[:20])
def test_no_form_of_another_site_does_anything(
    how: str,
    headers: dict[str, str],
    token: str,
    signed_in: Come,
    events: Events,
    tried: Tried,
) -> None:
    """CSRF: every route of the application, by POST, PUT and DELETE."""
    visitor, other = signed_in(), signed_in()
    tokens = {"": "", "own": _token(visitor), "another": _token(other)}
    before = len(events.all)
    for name, path in routes(visitor):
        others = () if headers else (visitor.app.put, visitor.app.delete)
        for send in (visitor.app.post, *others):
            answer = send(
                path,
                {"csrf_token": tokens[token], "token": "x", "label": "x"},
                extra_environ=headers,
                expect_errors=True,
            )
            assert answer.status_int in {400, 401, 403, 404, 405, 415}, (name, path, send)
        assert len(events.all) == before, (name, events.all[before:])
        tried(f"CSRF: {how}")
    assert visitor.get("/account").request.path == "/account"
    # The same from here, with the right token, does what it says.
    visitor.app.post("/sign-out", {"csrf_token": tokens["own"]}, extra_environ=HERE)
    assert len(events.all) == before + 1


def _token(visitor: Visitor) -> str:
    form = visitor.get("/sign-out").forms
    return next(str(f["csrf_token"].value) for f in form.values() if "csrf_token" in f.fields)


def test_no_page_can_be_framed_or_kept(signed_in: Come, tried: Tried) -> None:
    """Clickjacking, and the back button of the next person at this computer."""
    visitor = signed_in()
    for name, path in routes(visitor):
        answer = visitor.app.get(path, expect_errors=True)
        headers = answer.headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], name
        assert headers["X-Frame-Options"] == "DENY", name
        tried("clickjacking: frames")
        assert headers["Cache-Control"] == "no-store", name
        tried("pages kept by caches")
        assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}, name
        tried("addresses leaked by Referer")
        assert "'unsafe-inline'" not in headers["Content-Security-Policy"], name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        tried("inline script, sniffed types")


def test_cookies_stay_with_the_browser_and_the_site(signed_in: Come, tried: Tried) -> None:
    """HttpOnly, Secure, SameSite, and a name that no other host can set (``__Host-``)."""
    tried("cookies read, or set by another host")
    visitor = Visitor(signed_in().runtime)
    answers = [visitor.app.get("/sign-in")]
    form = next(f for f in answers[0].forms.values() if "password" in f.fields)
    form["name"], form["password"] = "ada", PASSWORD
    answers.append(form.submit(status="*"))
    cookies = [line for answer in answers for line in answer.headers.getall("Set-Cookie")]
    assert len(cookies) >= 3
    for line in cookies:
        parts = line.lower()
        assert line.startswith("__Host-"), line
        assert all(each in parts for each in ("; secure", "; httponly", "; samesite=", "; path=/"))
        assert "domain=" not in parts


@pytest.mark.parametrize(
    "value", ["\r\nSet-Cookie: a=b", "\x00", "<script>alert(1)</script>", "%0d%0aX: y", "{{7*7}}"]
)
def test_what_is_typed_into_an_address_stays_text(
    value: str, signed_in: Come, tried: Tried
) -> None:
    """Header injection and scripts in the query, of every page."""
    visitor = signed_in()
    for _route, path in routes(visitor):
        answer = visitor.app.get(path, params=dict.fromkeys(ASKED, value), expect_errors=True)
        assert answer.status_int < 500, path
        assert "a=b" not in str(answer.headers)
        assert "X" not in answer.headers
        if "html" in answer.content_type:
            assert "<script>alert(1)" not in answer.text, path
            assert ">49<" not in answer.text
        tried("header and script injection by the query")
