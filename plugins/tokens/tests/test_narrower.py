"""``POST /tokens/narrow``: what a session or a token gets, and what ends it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from webtest import TestApp

from ostiary.contracts import CredentialRefused
from ostiary.store.tables import sessions
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.visiting import Visitor
from ostiary_tokens.caveats import written
from ostiary_tokens.narrowing import caveats_of
from plugins.tokens.tests.conftest import Desk, MakeDesk, enter, narrowed

PATH = "/tokens/narrow"


def by_token(desk: Desk, token: str, asked: object) -> Any:
    app = Visitor(desk.runtime).app
    headers = {"Authorization": f"Bearer {token}"}
    return app.post_json(PATH, asked, headers=headers, status="*")


def by_session(browser: Visitor, asked: object, **headers: str) -> Any:
    browser.get("/account/tokens/revoke-all")
    csrf = browser.page.html.find(attrs={"name": "csrf_token"})["value"]
    return browser.app.post_json(PATH, asked, headers={"X-CSRF-Token": csrf, **headers}, status="*")


def refused(desk: Desk, token: str) -> str:
    with pytest.raises(CredentialRefused) as caught:
        desk.present(token)
    return caught.value.private.reason


def test_a_token_gets_itself_with_more_limits_and_dies_with_it(desk: Desk, events: Events) -> None:
    parent = narrowed(
        desk.token(written("on", ["project", "=", "acme"]), written("uses", 1)),
        ["delegate", "ci"],
    )
    answer = by_token(desk, parent, {"delegate": "job", "may": ["upload"], "expires": "1h"})
    assert answer.status_int == 201
    assert answer.headers["Cache-Control"] == "no-store"
    child = answer.json["token"]
    assert caveats_of(child)[:3] == caveats_of(parent)
    identity = desk.present(child)
    assert identity.delegates == ("ci", "job")
    in_an_hour = desk.runtime.now() + timedelta(hours=1)
    assert datetime.fromisoformat(answer.json["expires"]) == in_an_hour.replace(microsecond=0)
    assert answer.json["limits"][0] == "Only for: Project acme"
    (used,) = [each.used for each in desk.keeper.of(desk.user().id)]
    assert used is not None
    assert used.delegates == ("ci",)
    (event,) = events.of("token.narrowed")
    assert (event.subject, event.actor.delegates) == (desk.user().id, ("ci",))
    limits = str(event.details["limits"])
    assert limits.startswith("Handed on to job; Only to: Upload files; Until")
    (listed,) = desk.keeper.of(desk.user().id)
    desk.keeper.revoke(listed.credential)
    assert refused(desk, child) == "token-unknown"


@pytest.mark.parametrize(
    "limits",
    [
        [["may", "delete"]],
        [["on", ["project", "=", "acme"]]],
        [["on", ["version", "=", "1"]]],
        [["uses", 1]],
    ],
)
def test_whatever_a_token_is_limited_to_it_can_be_narrowed(
    app: TestApp, desk: Desk, limits: list[list[Any]]
) -> None:
    """Its holder could do it alone. It opens nothing else by that, and no use is counted."""
    token = desk.token(*[written(*each) for each in limits])
    assert by_token(desk, token, {"delegate": "a"}).status_int == 201
    assert by_token(desk, token, {"delegate": "b"}).status_int == 201
    headers = {"Authorization": f"Bearer {token}"}
    allowed = limits in ([["uses", 1]], [["on", ["project", "=", "acme"]]])
    answer = app.post("/upload/acme", headers=headers, status="*")
    assert (answer.status_int == 200) == allowed


def test_a_child_never_outlives_its_parent(desk: Desk, clock: Clock) -> None:
    parent = desk.token(written("exp", int(clock().timestamp()) + 60))
    answer = by_token(desk, parent, {"expires": "90d", "delegate": "a"})
    end = datetime.fromisoformat(answer.json["expires"])
    assert end == clock().replace(microsecond=0) + timedelta(minutes=1)
    clock.advance(timedelta(minutes=1))
    assert refused(desk, answer.json["token"]) == "token-expired"


@pytest.mark.parametrize(
    "bend",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: narrowed(token, ["exp", 0]),
        lambda token: narrowed(token, ["from", "10.0.0.0/8"]),
    ],
)
def test_a_token_that_does_not_hold_gets_none(desk: Desk, bend: Any) -> None:
    answer = by_token(desk, bend(desk.token()), {"delegate": "a"})
    assert answer.status_int == 401
    assert "token" not in answer.json


def test_a_session_gets_one_that_ends_with_it(desk: Desk, events: Events) -> None:
    browser = enter(desk)
    answer = by_session(browser, {"name": "deploy", "on": ["project:acme"], "expires": "10m"})
    assert answer.status_int == 201
    token = answer.json["token"]
    assert desk.present(token).user == desk.user().id
    assert "Until the session ends that it was made in" in answer.json["limits"]
    assert len(events.of("token.created")) == 1
    child = narrowed(token, ["delegate", "a"])
    browser.get("/sign-out")
    browser.submit()
    for each in (token, child):
        assert refused(desk, each) == "token-session-over"


def test_it_never_outlives_the_session_whatever_is_asked(desk: Desk, clock: Clock) -> None:
    browser = enter(desk)
    absolute = desk.runtime.settings.session.absolute
    for asked in ({"name": "a"}, {"name": "b", "expires": "3650d"}):
        answer = by_session(browser, asked)
        end = datetime.fromisoformat(answer.json["expires"])
        assert end == (clock() + absolute).replace(microsecond=0)


def test_where_tokens_live_shorter_than_sessions_no_end_is_that_of_the_house(
    make_desk: MakeDesk, clock: Clock
) -> None:
    desk = make_desk(verifier__tokens__max_lifetime="10m")
    answer = by_session(enter(desk), {"name": "a"})
    assert answer.status_int == 201
    end = datetime.fromisoformat(answer.json["expires"])
    assert end == clock().replace(microsecond=0) + timedelta(minutes=10)
    assert by_session(enter(desk), {"name": "b", "expires": "11m"}).status_int == 422


def test_a_session_that_was_swept_takes_its_tokens_along(desk: Desk) -> None:
    token = by_session(enter(desk), {"name": "a"}).json["token"]
    other = by_session(enter(desk), {"name": "b"}).json["token"]
    with desk.runtime.store.write() as unit:
        row = unit.execute(sessions.select().order_by(sessions.c.created_at)).first()
        assert row is not None
        unit.execute(delete(sessions).where(sessions.c.id == row.id))
    assert refused(desk, token) == "token-session-over"
    assert desk.present(other).user == desk.user().id


def test_a_session_needs_the_token_of_its_forms_and_a_fresh_proof(
    make_desk: MakeDesk, clock: Clock
) -> None:
    desk = make_desk("password")
    browser = enter(desk)
    plain = browser.app.post_json(PATH, {"name": "a"}, status="*")
    assert plain.status_int == 400
    assert by_session(browser, {"name": "a"}, Origin="https://evil.example").status_int == 400
    browser.get("/account/tokens/revoke-all")
    csrf = browser.app.get("/account/tokens/new").html.find(attrs={"name": "csrf_token"})["value"]
    clock.advance(timedelta(minutes=30))
    stale = browser.app.post_json(PATH, {"name": "a"}, headers={"X-CSRF-Token": csrf}, status="*")
    assert stale.status_int == 403
    assert desk.keeper.of(desk.user().id) == ()


def test_a_stranger_gets_nothing(desk: Desk) -> None:
    app = Visitor(desk.runtime).app
    answer = app.post_json(PATH, {"name": "a"}, status="*")
    assert answer.status_int in {400, 401}
    assert app.get(PATH, status="*").status_int == 405


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ([], 400, "Send a JSON object."),
        ("x", 400, "Send a JSON object."),
        ({"expire": "1h"}, 400, "“expire” is not known"),
        ({"\ud800": 1}, 400, "is not known"),
        ({"may": "upload"}, 400, "“may” is not of the type"),
        ({"uses": True}, 400, "“uses” is not of the type"),
        ({"uses": "1"}, 400, "“uses” is not of the type"),
        ({"name": 1}, 400, "“name” is not of the type"),
        ({"on": ["acme"]}, 422, "Give KIND:NAME"),
        ({"from": ["home"]}, 422, "Give addresses"),
        ({"expires": "soon"}, 422, "such as 12h"),
        ({"delegate": "a b"}, 422, "A delegate's name is"),
        ({"uses": 0}, 422, "Give a number of uses"),
        ({"caveats": [[]]}, 422, "“caveats” are JSON arrays"),
        ({"caveats": [["x", 1.5]]}, 422, "“caveats” are JSON arrays"),
        ({"caveats": [["unheard-of"]]}, 422, "does not know: unheard-of."),
        ({"may": ["a" * 4000]}, 422, "more limits than a token has room for"),
        ({"may": ["\ud800"]}, 422, "cannot be written down"),
        ({}, 422, "Say by what the token is to be narrowed."),
    ],
)
def test_what_is_not_understood_is_refused_and_narrows_nothing(
    desk: Desk, events: Events, asked: object, status: int, said: str
) -> None:
    answer = by_token(desk, desk.token(), asked)
    assert answer.status_int == status
    assert answer.content_type == "application/problem+json"
    assert said in answer.json["detail"]
    assert events.of("token.narrowed") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 9000, b"\xff", b'{"a":' * 1500])
def test_a_body_that_is_no_json_is_refused(desk: Desk, body: bytes) -> None:
    app = Visitor(desk.runtime).app
    headers = {"Authorization": f"Bearer {desk.token()}", "Content-Type": "application/json"}
    assert app.post(PATH, body, headers=headers, status="*").status_int == 400


def test_a_body_that_is_too_long_is_not_read(desk: Desk) -> None:
    app = Visitor(desk.runtime).app
    headers = {"Authorization": f"Bearer {desk.token()}", "Content-Type": "application/json"}
    assert app.post(PATH, b" " * 70_000, headers=headers, status="*").status_int == 413


def test_a_session_says_what_the_token_is_called(desk: Desk) -> None:
    answer = by_session(enter(desk), {"on": ["project:acme"]})
    assert (answer.status_int, answer.content_type) == (422, "application/problem+json")
    assert "Enter a name." in answer.json["detail"]


def test_the_permission_to_narrow_is_offered_to_nobody_as_a_limit(desk: Desk) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    assert browser.page.status_int == 200
    assert "narrower" not in browser.text
