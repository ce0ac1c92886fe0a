"""A resource's owners see every token that reaches it, and shut out those of others."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp

from ostiary.contracts import Resource
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_tokens.caveats import written
from plugins.tokens.tests.conftest import Desk, MakeDesk, app_of, enter, narrowed, with_address

OWNED = {"ada": ("acme", "acme-tools"), "bob": ("acme",), "eve": ("eden",)}
PATH = "/account/tokens/project/acme"


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk(owned=OWNED)


def names(browser: Visitor) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in browser.page.html.find_all("h3")]


def press(browser: Visitor, do: str) -> None:
    (form,) = [each for each in browser.page.forms.values() if "token" in each.fields]
    browser.page = form.submit("do", value=do).maybe_follow()


def test_every_token_that_leaves_room_is_listed_whosoever_it_is(desk: Desk) -> None:
    """By a plain oracle: each combination of limits, for everybody."""
    scopes: list[tuple[list[Any] | None, bool]] = [
        (None, True),
        (["on", ["project", "=", "acme"]], True),
        (["on", ["project", "=", "ACME"]], True),
        (["on", ["project", "=", "acme-tools"]], False),
        (["on", ["project", "~", "ac*"]], True),
        (["on", ["project", "~", "acme-*"]], False),
        (["on", ["project", "+", "acme"]], True),
        (["on", ["project", "=", "x"], ["project", "=", "acme"]], True),
        # Of another kind nobody here knows what it contains.
        (["on", ["version", "=", "1.2"]], True),
        (["on", ["project", "=", "x"], ["version", "=", "1.2"]], True),
        (["may", "upload"], True),
        (["delegate", "ci"], True),
    ]
    expected: list[tuple[str, bool]] = []
    for user, (first, second) in itertools.product(
        ("ada", "bob", "eve"), itertools.combinations(scopes, 2)
    ):
        name = f"{user} {len(expected)}"
        caveats = [written(*each) for each, _reaches in (first, second) if each]
        desk.token(*caveats, name=name, user=user)
        expected.append((name, user != "eve" and first[1] and second[1]))
    browser = enter(desk)
    browser.get(PATH)
    shown = {text.removeprefix("“").partition("”")[0] for text in names(browser)}
    assert shown == {name for name, reaches in expected if reaches}


def test_an_expired_token_reaches_nothing(desk: Desk, clock: Clock) -> None:
    desk.token(written("exp", int(clock().timestamp()) + 60), name="old", user="bob")
    browser = enter(desk)
    assert "“old” of bob" in browser.get(PATH).text
    clock.advance(timedelta(minutes=1))
    assert "“old” of bob" not in browser.get(PATH).text


@pytest.mark.parametrize("path", ["project/acme", "project/eden", "unheard/acme", "version/1"])
def test_whoever_does_not_have_it_is_not_told_whether_it_is_there(desk: Desk, path: str) -> None:
    stranger = enter(desk, "mallory")
    page = stranger.app.get(f"/account/tokens/{path}", status=404)
    other = stranger.app.get("/account/tokens/project/nothing", status=404)
    assert page.json["detail"].partition("(")[0] == other.json["detail"].partition("(")[0]


def test_a_token_of_another_is_shut_out_from_there_and_from_nowhere_else(
    desk: Desk, events: Events, outbox: Outbox
) -> None:
    bob = with_address(desk, "bob")
    app = app_of(desk, "id-bob")
    token = desk.token(user="bob")
    (listed,) = desk.keeper.of(bob)
    browser = enter(desk)
    browser.get(PATH)
    press(browser, "bar")
    assert "“ci” of bob is shut out." in browser.text
    assert outbox.to("bob@example.org")[-1].subject == "API token shut out: ci"
    for copy in (token, narrowed(token, ["delegate", "x"])):
        answer = ask(app, "/upload/Acme", copy)
        assert answer.status_int == 403
        assert ask(app, "/upload/other", copy).status_int == 200
    (event,) = events.of("token.barred")
    assert (event.subject, event.actor.user) == (bob, "id-ada")
    assert event.resource == Resource("project", "acme")
    assert event.details == {"token": listed.id, "name": "ci"}
    refused = events.of("credential.refused")[-1]
    assert (refused.reason, refused.details["tried"]) == ("token-barred", "upload project:Acme")
    assert "The owners of Project Acme have shut" in str(refused.details["limit"])
    press(browser, "admit")
    assert ask(app, "/upload/acme", token).status_int == 200
    assert len(events.of("token.admitted")) == 1


def test_one_shuts_out_no_token_of_ones_own_and_none_that_does_not_reach_it(desk: Desk) -> None:
    desk.token()
    desk.token(user="eve")
    browser = enter(desk)
    browser.get(PATH)
    csrf = browser.page.html.find(attrs={"name": "csrf_token"})["value"]
    for user in ("ada", "eve"):
        (listed,) = desk.keeper.of(desk.user(user).id)
        browser.app.post(PATH, {"csrf_token": csrf, "token": listed.id, "do": "bar"})
        (listed,) = desk.keeper.of(desk.user(user).id)
        assert listed.record.barred == ()


def test_ones_own_are_revoked_and_one_is_made_for_it(desk: Desk) -> None:
    desk.token(name="mine")
    browser = enter(desk)
    browser.get(PATH)
    hrefs = [link["href"] for link in browser.page.html.find("main").find_all("a")]
    (listed,) = desk.keeper.of(desk.user().id)
    assert f"/account/tokens/{listed.id}/revoke" in hrefs
    (made,) = [href for href in hrefs if href.startswith("/account/tokens/new")]
    browser.get(made)
    checked = browser.page.html.find("input", attrs={"name": "resource", "checked": True})
    assert checked["value"] == "project:acme"


def test_a_host_that_knows_who_has_a_name_is_asked_no_more(make_desk: MakeDesk) -> None:
    """Where it says so by ``owners_of``, nobody goes through all who have tokens."""
    asked: list[str] = []

    def owned_by(user_id: str) -> tuple[str, ...]:
        asked.append(user_id)
        return ("9",) if user_id in {"id-ada", "id-bob"} else ()

    desk = make_desk(plugin_of_team(owned_by, lambda _name: ("id-ada", "id-bob", "id-ada")))
    for user in ("ada", "bob", "eve"):
        desk.token(user=user, name=user)
    browser = enter(desk)
    browser.get("/account/tokens/team/9")
    assert names(browser) == ["ada", "“bob” of bob"]
    assert set(asked) == {"id-ada"}


@pytest.mark.parametrize("name", ["a/b", "a b", "ä?&#", "%2F", "revoke", "new"])
def test_a_resource_has_its_page_whatever_its_name(make_desk: MakeDesk, name: str) -> None:
    desk = make_desk(plugin_of_team(lambda _user: (name,), None))
    desk.token(name="mine")
    browser = enter(desk)
    browser.get("/account/tokens")
    (link,) = [each for each in browser.page.html.find_all("a") if each.get_text() == name]
    browser.get(link["href"])
    assert names(browser) == ["mine"]
    browser.get(browser.page.html.find("a", string="Make a token for this")["href"])
    assert browser.page.html.find("input", attrs={"name": "resource", "checked": True})


def ask(app: TestApp, path: str, token: str) -> Any:
    return app.post(path, headers={"Authorization": f"Bearer {token}"}, status="*")


def plugin_of_team(owned_by: Any, owners_of: Any) -> object:
    from ostiary.contracts import Permission, ResourceType
    from ostiary.testing.houses import plugin_of
    from plugins.tokens.tests.conftest import _

    permissions = (Permission("join", _("Join"), delegable=True),)
    kind = ResourceType("team", _("Team"), permissions, str, owned_by, owners_of)
    return plugin_of(resource_types=[kind])
