"""Ostiary under ``/auth`` in an application that was there before it."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from webtest import TestApp

from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import PASSWORD, PUBLIC, Host, Vouchers, loaves


def register(app: TestApp, name: str = "ada") -> Any:
    """Make an account in the browser."""
    form = next(f for f in app.get("/auth/register").forms.values() if "address" in f.fields)
    form["name"], form["address"] = name, f"{name}@bread.example"
    form["password"] = PASSWORD
    return form.submit()


def sign_in(app: TestApp, next_url: str = "") -> Any:
    page = app.get("/auth/sign-in", {"next": next_url} if next_url else {})
    form = next(f for f in page.forms.values() if "password" in f.fields)
    form["name"], form["password"] = "ada", PASSWORD
    return form.submit()


@pytest.fixture
def app(host: Host, make_runtime: Houses, settings: dict[str, Any]) -> TestApp:
    def id_of_ada() -> str:
        ada = make_runtime.started[0].directory.named("ada")
        assert ada is not None
        return ada.id

    verifier = Vouchers(id_of_ada)
    plugin = plugin_of(credential_verifiers=[verifier], resource_types=[loaves()])
    return host(make_runtime("password", "totp", plugin, **settings))


def test_the_whole_way_under_a_prefix(app: TestApp, clock: Clock, outbox: Outbox) -> None:
    """Register, confirm, add an app, sign out, come back to the host's page by two proofs."""
    assert register(app).location == f"{PUBLIC}/auth/account"
    (mail,) = outbox.to("ada@bread.example")
    assert mail.link.startswith(f"{PUBLIC}/auth/verify-address?token=")
    page = app.get(mail.link.removeprefix(PUBLIC))
    form = next(f for f in page.forms.values() if "token" in f.fields)
    assert form.submit().location == f"{PUBLIC}/auth/account"
    page = app.get("/auth/account/security/add/totp")
    secret = page.html.select_one(".o-value code").get_text().replace(" ", "")
    form = next(f for f in page.forms.values() if "code" in f.fields)
    form["code"] = pyotp.TOTP(secret).at(clock().timestamp())
    assert form.submit().location == f"{PUBLIC}/auth/account/security"
    assert f"\n{PUBLIC}/auth/account/security\n" in outbox.last.text
    assert f"{PUBLIC}/account/" not in outbox.last.text
    form = next(f for f in app.get("/auth/sign-out").forms.values() if f.action.endswith("out"))
    assert form.submit().location == f"{PUBLIC}/auth/"

    wanted = app.get("/order/rye")
    assert wanted.location == f"{PUBLIC}/auth/sign-in?next=%2Forder%2Frye"
    assert sign_in(app, "/order/rye").location == f"{PUBLIC}/auth/sign-in/verify"
    assert app.get("/order/rye").status_int == 303
    page = app.get("/auth/sign-in/verify")
    form = next(f for f in page.forms.values() if "code" in f.fields)
    form["code"] = pyotp.TOTP(secret).at(clock().timestamp() + 30)
    assert form.submit().location == f"{PUBLIC}/order/rye"
    assert app.get("/order/rye").json == {
        "user": app.get("/order/rye").json["user"],
        "means": "session",
        "login": "ada",
    }


def test_the_pages_stand_in_the_hosts_layout(app: TestApp) -> None:
    for path in ("/auth/", "/auth/sign-in", "/auth/register"):
        page = app.get(path)
        assert page.html.find(id="of-the-bakery").get_text() == "Fresh bread since 1911"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_hosts_answers_are_its_own(app: TestApp) -> None:
    """Its policy, its errors, and no header or cookie of ours."""
    page = app.get("/")
    assert page.headers["Content-Security-Policy"] == "default-src 'self' https://cdn.example"
    assert not {"X-Frame-Options", "X-Request-ID", "Set-Cookie"} & set(page.headers)
    assert app.get("/broken", status=500).text == "the bakery's own apology"
    assert app.get("/loaves/rye").json == {"user": None, "means": None, "login": None}


def test_a_hosts_unsafe_view_is_held_to_the_token_of_the_session(app: TestApp) -> None:
    """Without our cookie the host's forms are the host's business; with it they need the token."""
    assert app.post("/note").json["user"] is None
    register(app)
    app.post("/note", status=400)
    token = app.get("/token").json["token"]
    assert app.post("/note", {"csrf_token": token}).json["login"] == "ada"
    evil = {"Origin": "https://evil.example"}
    app.post("/note", {"csrf_token": token}, headers=evil, status=400)


def test_a_hosts_view_asks_the_hosts_acl(app: TestApp) -> None:
    register(app)
    assert app.get("/order/rye").json["means"] == "session"
    app.get("/oven", status=403)


def test_a_credential_opens_what_its_restrictions_leave(app: TestApp) -> None:
    register(app)
    app.reset()
    shown = {"Authorization": "Bearer voucher-rye", "Accept": "*/*"}
    assert app.get("/order/rye", headers=shown).json["means"] == "vouchers"
    app.get("/order/wheat", headers=shown, status=403)
    app.get("/loaves/rye", headers=shown, status=403)
    app.post("/note", headers=shown, status=403)
    app.get("/order/rye", headers={"Authorization": "Bearer x", "Accept": "*/*"}, status=401)


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "http"},
        {"HTTP_FORWARDED": "host=evil.example;proto=http", "HTTP_X_FORWARDED_PREFIX": "/evil"},
        {"wsgi.url_scheme": "http", "HTTP_X_FORWARDED_PORT": "1"},
    ],
)
def test_no_header_moves_links_redirects_or_cookies(
    app: TestApp, outbox: Outbox, headers: dict[str, str]
) -> None:
    app.extra_environ.update(headers)
    app.get("/auth/sign-in")
    form = next(f for f in app.get("/auth/register").forms.values() if "address" in f.fields)
    assert form.action == "/auth/register"
    form["name"], form["address"], form["password"] = "ada", "ada@bread.example", PASSWORD
    cookies = "; ".join(f"{name}={value}" for name, value in app.cookies.items())
    made = form.submit(headers={"Cookie": cookies, "Referer": f"{PUBLIC}/auth/register"})
    assert made.location == f"{PUBLIC}/auth/account"
    for cookie in made.headers.getall("Set-Cookie"):
        assert cookie.startswith("__Host-")
        assert "; secure;" in cookie.lower()
        assert "evil" not in cookie
    assert outbox.last.link.startswith(f"{PUBLIC}/auth/verify-address")
    assert app.get("/order/rye", headers={"Cookie": ""}).location.startswith(f"{PUBLIC}/auth/")


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_next_stays_on_the_site(app: TestApp, evil: str) -> None:
    register(app)
    app.reset()
    assert sign_in(app, evil).location == f"{PUBLIC}/auth/account"
