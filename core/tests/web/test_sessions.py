"""The page of sessions under attack: other people's ids, forged forms, planted cookies."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp

from ostiary.accounts import Session, new_token
from ostiary.contracts import Client, Text, User
from ostiary.plugins.faults import PluginInfo
from ostiary.store import Store

from .conftest import Place, Starter, app_of

HOUR = timedelta(hours=1)


def load(place: Place, cookie: str) -> Session | None:
    with place.runtime.store.read() as connection:
        return place.runtime.sessions.load(connection, cookie, place.clock[0])


def opened(place: Place, user: User) -> tuple[TestApp, str, Session]:
    """A browser that is signed in."""
    cookie = place.session(user)
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", cookie)
    session = load(place, cookie)
    assert session is not None
    return app, cookie, session


def token(page: Any) -> str:
    return str(page.html.find("input", {"name": "csrf_token"})["value"])


def post(app: TestApp, path: str, page: str = "/account/sessions", **fields: str) -> Any:
    """Send a form with the token of a page."""
    fields["csrf_token"] = token(app.get(page))
    return app.post(path, fields, status="*")


def test_another_persons_session_is_neither_seen_nor_ended(place: Place) -> None:
    """By its id in the address: the same answer as for an id that nobody has."""
    _app, cookie, victim = opened(place, place.user("ada"))
    mallory, _cookie, own = opened(place, place.user("mallory"))
    page = mallory.get("/account/sessions")
    assert own.id in page.text
    assert victim.id not in page.text
    for session_id in (victim.id, victim.id_hash, "00000000-0000-0000-0000-000000000000"):
        path = f"/account/sessions/{session_id}/end"
        assert mallory.get(path).status_int == 303
        refused = post(mallory, path)
        assert refused.status_int == 404
        assert "ended already" in refused.text
    assert load(place, cookie) is not None


def test_one_is_ended_and_its_browser_signed_out(place: Place) -> None:
    ada = place.user("ada")
    other, cookie, session = opened(place, ada)
    app, _cookie, _own = opened(place, ada)
    path = f"/account/sessions/{session.id}/end"
    assert app.get(path).status_int == 200
    assert load(place, cookie) is not None, "to look at it ends nothing"
    assert post(app, path).status_int == 303
    assert load(place, cookie) is None
    assert other.get("/account").status_int == 303
    assert app.get("/account").status_int == 200


def test_ones_own_leads_to_signing_out(place: Place) -> None:
    app, cookie, own = opened(place, place.user())
    answer = post(app, f"/account/sessions/{own.id}/end")
    assert answer.location.endswith("/sign-out")
    assert load(place, cookie) is not None


def test_signing_out_ends_the_session_that_another_tab_has_just_rotated(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id, which stays: nobody is told that they are signed out while they are not."""
    app, _cookie, own = opened(place, place.user())
    page, rotated, write = app.get("/sign-out"), [], Store.write

    def meanwhile(store: Store) -> Any:
        monkeypatch.setattr(Store, "write", write)
        with store.write() as unit:
            rotated.append(place.runtime.sessions.add_proofs(unit, own, []))
        return store.write()

    monkeypatch.setattr(Store, "write", meanwhile)
    assert app.post("/sign-out", {"csrf_token": token(page)}).status_int == 303
    assert load(place, rotated[0]) is None


def test_all_others(place: Place) -> None:
    ada = place.user("ada")
    cookies = [opened(place, ada)[1] for _ in range(3)]
    app, mine, _own = opened(place, ada)
    assert "3 other browsers" in app.get("/account/sessions/end").text
    assert post(app, "/account/sessions/end").status_int == 303
    assert not any(load(place, cookie) for cookie in cookies)
    assert load(place, mine) is not None
    assert "nowhere else" in app.get("/account/sessions/end").text


@pytest.mark.parametrize("path", ["end", "extend", "renew", "{id}/end", ""])
def test_no_other_site_sends_these_forms(place: Place, path: str) -> None:
    """Without the token, with that of another session, or from another origin."""
    ada = place.user("ada")
    _other, cookie, session = opened(place, ada)
    app, _cookie, _own = opened(place, ada)
    stranger, _theirs, _session = opened(place, place.user("mallory"))
    where = f"/account/sessions/{path.format(id=session.id)}".rstrip("/")
    assert app.post(where, {}, status="*").status_int == 400
    forged = {"csrf_token": token(stranger.get("/account/sessions"))}
    assert app.post(where, forged, status="*").status_int == 400
    right = {"csrf_token": token(app.get("/account/sessions"))}
    evil = {"Origin": "https://evil.example"}
    assert app.post(where, right, headers=evil, status="*").status_int == 400
    assert load(place, cookie) is not None


def test_ending_asks_for_a_fresh_proof(place: Place) -> None:
    """Whoever found a browser open does not throw its owner out everywhere (ASVS 5.0, 7.5.1)."""
    ada = place.user("ada")
    _other, cookie, session = opened(place, ada)
    app, _cookie, _own = opened(place, ada)
    place.pass_time(HOUR)
    for path in (f"/account/sessions/{session.id}/end", "/account/sessions/end"):
        post(app, path)
        assert load(place, cookie) is not None


def test_nobody_signed_in_is_sent_to_sign_in(place: Place) -> None:
    app = app_of(place, alone=True)
    for path in ("", "/end", "/extend", "/renew", "/some-id/end"):
        answer = app.get(f"/account/sessions{path}", status="*")
        assert answer.status_int == 303
        assert "/sign-in" in answer.location


def test_a_session_that_was_planted_is_worth_nothing(place: Place) -> None:
    """Fixation: an id that somebody thought up opens no session, and none begins under it."""
    planted = new_token()
    app = app_of(place, alone=True)
    app.set_cookie("ostiary_session", planted)
    assert app.get("/account/sessions", status="*").status_int == 303
    assert load(place, planted) is None


def test_what_a_browser_says_of_itself_is_no_markup(place: Place) -> None:
    ada = place.user("ada")
    app, _cookie, _own = opened(place, ada)
    evil = Client("192.0.2.1", "<script>alert(1)</script> Firefox/1 Linux")
    with place.runtime.store.write() as unit:
        place.runtime.sessions.open(unit, ada.id, (), evil, None, place.clock[0])
    page = app.get("/account/sessions")
    assert "alert(1)" not in page.text
    assert "Firefox on Linux" in page.text


# Staying signed in.


def test_a_script_is_told_the_new_end(place: Place) -> None:
    app, cookie, _own = opened(place, place.user())
    page = app.get("/account/sessions")
    place.pass_time(HOUR)
    answer = app.post(
        "/account/sessions/extend",
        {"csrf_token": token(page)},
        headers={"Accept": "application/json"},
    )
    assert json.loads(answer.text) == {"left": 2 * 3600, "final": False}
    session = load(place, cookie)
    assert session is not None
    assert session.seen_at == place.clock[0]
    assert "Set-Cookie" not in answer.headers, "the form that is being filled in stays good"


def test_every_page_tells_its_end(place: Place) -> None:
    """In seconds from now on, of the nearer of the two ends."""
    app, _cookie, _own = opened(place, place.user())

    def told() -> tuple[int, int, bool]:
        found = app.get("/account/sessions").html.find("section", class_="o-ending")
        left, warn = int(found["data-left"]), int(found["data-warn"])
        return left, warn, found.has_attr("data-final")

    assert told() == (2 * 3600, 300, False)
    for _ in range(6):
        place.pass_time(HOUR * 1.5)
        assert told() == (2 * 3600, 300, False)
    place.pass_time(HOUR * 1.5)
    assert told() == (3600 + 1800, 300, True)


def test_a_short_session_warns_half_way(start: Starter) -> None:
    place = start(**{"session.idle": "4m"})
    app, _cookie, _own = opened(place, place.user())
    found = app.get("/account").html.find("section", class_="o-ending")
    assert (found["data-left"], found["data-warn"]) == ("240", "120")


def test_without_scripts_a_page_extends(place: Place) -> None:
    app, cookie, _own = opened(place, place.user())
    place.pass_time(HOUR)
    answer = post(app, "/account/sessions/extend", "/account/sessions/extend")
    assert answer.status_int == 303
    assert "You stay signed in." in answer.follow().text
    assert load(place, cookie) is not None


def near_absolute_end(place: Place, app: TestApp) -> None:
    for _ in range(7):
        place.pass_time(HOUR * 1.6)
        app.get("/account/sessions/extend")


def test_at_the_absolute_end_only_a_new_proof_helps(place: Place) -> None:
    """The page leads to it; to send its form without one renews nothing."""
    app, cookie, _own = opened(place, place.user())
    near_absolute_end(place, app)
    page = app.get("/account/sessions/extend")
    assert "/account/sessions/renew" in page.text
    before = load(place, cookie)
    assert before is not None
    assert before.expires_at - place.clock[0] < HOUR
    post(app, "/account/sessions/renew")
    after = load(place, cookie)
    assert after is not None
    assert after.expires_at == before.expires_at
    post(app, "/account/sessions/extend")
    place.pass_time(HOUR)
    assert load(place, cookie) is None


def test_to_renew_rotates_the_cookie(place: Place) -> None:
    """Whoever has a copy of the old one has nothing."""
    app, cookie, own = opened(place, place.user())
    place.pass_time(HOUR / 6)
    answer = post(app, "/account/sessions/renew")
    assert answer.status_int == 303
    new = app.cookies["ostiary_session"]
    assert new != cookie
    assert load(place, cookie) is None
    after = load(place, new)
    assert after is not None
    assert (after.id, after.expires_at) == (own.id, place.clock[0] + 12 * HOUR)


# Places.


class Atlas:
    """A geography of the test's; its answers are functions."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def place(self, address: str, /) -> Any:
        self.asked.append(address)
        return self.answer(address)


def with_atlas(place: Place, atlas: Atlas) -> Place:
    registered = {"ostiary_register_geography": ((PluginInfo("atlas", "test", "0"), atlas),)}
    return place.with_parts(geography=atlas, registered=registered)


def test_a_place_is_shown_beside_its_address(place: Place) -> None:
    """Asked once about each address; what it says is words, and no markup."""
    ada = place.user()
    for _ in range(3):
        place.session(ada)
    atlas = Atlas(lambda _address: Text("test", "near <b>Lyon</b>"))
    app, _cookie, _own = opened(with_atlas(place, atlas), ada)
    page = app.get("/account/sessions").text
    assert page.count("near &lt;b&gt;Lyon&lt;/b&gt;") == 4
    assert "192.0.2.1" in page
    assert atlas.asked == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("answer", "asked"),
    [(lambda _a: 1 / 0, 1), (lambda _a: "Lyon", 1), (lambda _a: None, 2)],
    ids=["raises", "str", "none"],
)
def test_without_a_place_the_page_is_whole(
    place: Place, caplog: pytest.LogCaptureFixture, answer: Callable[[str], Any], asked: int
) -> None:
    """A geography that fails is named in the log, and asked no more for this page."""
    ada, now = place.user(), place.clock[0]
    with place.runtime.store.write() as unit:
        for client in (Client("192.0.2.2", "other"), Client()):
            place.runtime.sessions.open(unit, ada.id, (), client, None, now)
    atlas = Atlas(answer)
    app, _cookie, _own = opened(with_atlas(place, atlas), ada)
    with caplog.at_level(logging.ERROR):
        page = app.get("/account/sessions").text
    assert "192.0.2.2" in page
    assert len(atlas.asked) == asked
    lines = [line for line in caplog.messages if "atlas" in line]
    assert len(lines) == (2 - asked)
