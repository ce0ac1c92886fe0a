"""One's own tokens in a browser: made, shown once, listed, revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.contracts import Client, Kind, Proof, Strength
from ostiary.testing.clock import Clock
from ostiary.testing.untranslated import untranslated
from ostiary.testing.visiting import Visitor
from plugins.tokens.tests.conftest import Desk, MakeDesk, narrowed


def enter(desk: Desk, user: str = "ada", **options: str) -> Visitor:
    """A browser with a session of somebody who has just proved it."""
    now = desk.runtime.now()
    proof = Proof("any", "any", Strength(frozenset({Kind.KNOW})), now)
    user_id = desk.user(user).id
    with desk.runtime.store.write() as unit:
        cookie = desk.runtime.sessions.open(unit, user_id, [proof], Client("192.0.2.9"), None, now)
    return Visitor(desk.runtime, cookies={"ostiary_session": cookie}, **options)


def make(browser: Visitor, **fields: str) -> str:
    browser.get("/account/tokens/new")
    browser.submit("name", **{"name": "release job", **fields})
    assert browser.page.status_int == 200, browser.text
    return str(browser.page.html.find("main").find("code").get_text())


def test_a_token_is_made_with_its_limits_and_shown_once(desk: Desk) -> None:
    browser = enter(desk)
    assert "You have no tokens." in browser.get("/account/tokens").text
    token = make(browser, on="project:acme\nproject:tools-*", networks="192.0.2.0/24", expires="1d")
    assert browser.page.headers["Cache-Control"] == "no-store"
    assert desk.present(token).user == desk.user().id
    browser.get("/account/tokens")
    for said in (
        "release job",
        "Only for: Project acme, Project tools-*",
        "Only from 192.0.2.0/24",
        "Last used never",
    ):
        assert said in browser.text
    assert token not in browser.page.text


def test_ticked_actions_are_its_only_ones(desk: Desk) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    form = browser.form("name", "may")
    assert "Delete the project" not in browser.text
    form["name"], form["may"] = "ci", True
    form.submit()
    (listed,) = desk.keeper.of(desk.user().id)
    assert [str(each) for each in listed.limits][:1] == ["Only to: Upload files"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Enter a name."),
        ({"on": "acme"}, "Give KIND:NAME"),
        ({"networks": "home"}, "Give addresses or networks"),
        ({"expires": "soon"}, "such as 12h or 90d"),
        ({"expires": "2020-01-01"}, "This time is over."),
    ],
)
def test_a_field_that_means_nothing_is_said_beside_it_and_kept(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    browser = enter(desk)
    browser.get("/account/tokens/new")
    browser.submit("name", **{"name": "ci", **fields})
    assert browser.page.status_int == 422
    assert said in browser.text
    ((name, typed),) = fields.items()
    assert browser.form("name")[name].value == typed
    assert desk.keeper.of(desk.user().id) == ()


def test_a_token_is_revoked_after_a_question(desk: Desk) -> None:
    browser = enter(desk)
    token = make(browser)
    (listed,) = desk.keeper.of(desk.user().id)
    browser.get(f"/account/tokens/{listed.id}/revoke")
    assert "cannot be had back" in browser.text
    browser.submit()
    assert browser.path == "/account/tokens"
    assert "You have no tokens." in browser.text
    browser.get(f"/account/tokens/{listed.id}/revoke")
    assert browser.path == "/account/tokens"
    with pytest.raises(Exception, match="token-unknown"):
        desk.present(token)


def test_nobody_sees_or_revokes_anothers_token(desk: Desk) -> None:
    desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    bob = enter(desk, "bob")
    assert "You have no tokens." in bob.get("/account/tokens").text
    bob.get(f"/account/tokens/{listed.id}/revoke")
    assert bob.path == "/account/tokens"
    assert len(desk.keeper.of(desk.user().id)) == 1


def test_a_token_makes_and_sees_no_tokens(desk: Desk) -> None:
    app = Visitor(desk.runtime).app
    headers = {"Authorization": f"Bearer {narrowed(desk.token(), ['delegate', 'a'])}"}
    for path in ("/account/tokens", "/account/tokens/new"):
        assert app.get(path, headers=headers, status="*").status_int == 403


def test_whoever_is_not_signed_in_is_led_there(desk: Desk) -> None:
    browser = Visitor(desk.runtime)
    for path in ("/account/tokens", "/account/tokens/new"):
        browser.get(path)
        assert browser.path == "/sign-in"


def test_an_old_proof_makes_no_token(make_desk: MakeDesk, clock: Clock) -> None:
    desk = make_desk("password")
    browser = enter(desk)
    clock.advance(timedelta(hours=1))
    browser.get("/account/tokens")
    assert browser.path == "/account/tokens"
    browser.get("/account/tokens/new")
    assert browser.path != "/account/tokens/new" or browser.page.status_int != 200


def test_every_word_of_the_pages_can_be_translated(make_desk: MakeDesk) -> None:
    desk = make_desk(pseudo=True)
    browser = enter(desk, language="en-XA")
    desk.token(name="42")
    for path in ("/account/tokens", "/account/tokens/new"):
        browser.get(path)
        assert untranslated(browser.page.html) == []
