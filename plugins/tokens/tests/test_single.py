"""One token: whom it was handed on to, stopping one of them, and the dry run."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from click.testing import CliRunner
from webtest import TestApp

from ostiary.contracts import CredentialRefused
from ostiary.testing.houses import Events
from ostiary.testing.visiting import Visitor
from ostiary_tokens.caveats import written
from ostiary_tokens.commands import tokens_group
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from plugins.tokens.tests.conftest import Desk, MakeDesk, _, enter, narrowed


def use(app: TestApp, token: str) -> int:
    answer = app.post("/upload/acme", headers={"Authorization": f"Bearer {token}"}, status="*")
    return int(answer.status_int)


def handed(token: str, *names: str) -> str:
    return narrowed(token, *(["delegate", name] for name in names))


def page_of(desk: Desk, user: str = "ada") -> tuple[Visitor, str]:
    browser = enter(desk, user)
    (listed,) = desk.keeper.of(desk.user().id)
    path = f"/account/tokens/{listed.id}"
    browser.get(path)
    return browser, path


def press(browser: Visitor, chain: str, do: str) -> None:
    for form in browser.page.forms.values():
        if "chain" in form.fields and form["chain"].value == chain:
            browser.page = form.submit("do", value=do).maybe_follow()
            return
    raise AssertionError(f"{chain} is not on the page: {browser.text}")


def test_every_chain_that_used_it_is_seen_and_one_is_stopped_while_its_siblings_live_on(
    app: TestApp, desk: Desk, events: Events
) -> None:
    token = desk.token()
    chains = [("ci",), ("ci", "job-1"), ("ci", "job-2"), ("site",)]
    for chain in chains:
        assert use(app, handed(token, *chain)) == 200
    browser, path = page_of(desk)
    for said in ("ci", "ci > job-1", "ci > job-2", "site"):
        assert browser.page.html.find("code", string=said)
    press(browser, "ci > job-1", "stop")
    assert browser.path == path
    assert "job-1 cannot use the token any more." in browser.text
    assert [use(app, handed(token, *chain)) for chain in chains] == [200, 401, 200, 200]
    press(browser, "ci", "stop")
    assert [use(app, handed(token, *chain)) for chain in chains] == [401, 401, 401, 200]
    assert "stopped with ci" in browser.text
    assert use(app, token) == 200
    press(browser, "ci", "resume")
    assert [use(app, handed(token, *chain)) for chain in chains] == [200, 401, 200, 200]
    assert [each.details["delegate"] for each in events.of("token.delegate-stopped")] == [
        "ci > job-1",
        "ci",
    ]
    assert [each.details["delegate"] for each in events.of("token.delegate-resumed")] == ["ci"]


def test_a_delegate_is_stopped_before_they_used_it(app: TestApp, desk: Desk) -> None:
    token = desk.token()
    browser, _path = page_of(desk)
    browser.submit("chain", chain="ci>mallory")
    assert use(app, handed(token, "ci", "mallory")) == 401
    assert use(app, handed(token, "ci")) == 200


@pytest.mark.parametrize("typed", ["", "a >", "a > b c", "ä", "a\x00", ">" * 500])
def test_what_is_no_chain_is_said_beside_the_field(desk: Desk, typed: str) -> None:
    desk.token()
    browser, _path = page_of(desk)
    browser.submit("chain", chain=typed)
    assert browser.page.status_int == 422
    assert "A delegate's name is" in browser.text
    (listed,) = desk.keeper.of(desk.user().id)
    assert listed.record.stopped == ()


def test_the_caller_that_was_stopped_is_told_and_the_event_names_the_chain(
    app: TestApp, desk: Desk, events: Events
) -> None:
    token = desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.stop(listed.credential, ("ci",))
    with pytest.raises(CredentialRefused) as caught:
        desk.present(handed(token, "ci", "job"))
    assert "Its owner has stopped ci" in str(caught.value.public)
    assert use(app, handed(token, "ci", "job")) == 401
    assert events.of("credential.refused")[-1].actor.delegates == ("ci", "job")


def test_of_two_changes_at_once_none_is_lost(desk: Desk) -> None:
    """Whoever comes second is told to look again."""
    desk.token()
    (listed,) = desk.keeper.of(desk.user().id)
    done: list[bool] = []

    def stop(name: str) -> None:
        done.append(desk.keeper.stop(listed.credential, (name,)))

    threads = [threading.Thread(target=stop, args=(name,)) for name in ("a", "b")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(done) == [False, True]
    (listed,) = desk.keeper.of(desk.user().id)
    assert len(listed.record.stopped) == 1


def test_nobody_sees_or_changes_anothers_token(desk: Desk) -> None:
    desk.token()
    browser, path = page_of(desk, "bob")
    assert browser.path == "/account/tokens"
    token = enter(desk, "bob").get("/account/tokens/new").html.find(attrs={"name": "csrf_token"})
    browser.app.post(path, {"chain": "ci", "csrf_token": token["value"]}, status="*")
    (listed,) = desk.keeper.of(desk.user().id)
    assert listed.record.stopped == ()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"act": "upload", "on": "project:acme"}, "The token would allow this"),
        ({"act": "upload", "on": "project:Acme"}, "The token would allow this"),
        ({"act": "upload", "on": "project:other"}, "This token is only for: Project acme."),
        ({"act": "upload"}, "This token is only for: Project acme."),
        ({"act": "delete", "on": "project:acme"}, "does not allow “Delete the project”"),
        ({"act": "upload", "on": "project:acme", "at": "3d"}, "This token expired at"),
        ({"act": "upload", "on": "acme"}, "Give KIND:NAME"),
        ({"act": "upload", "on": "project:acme", "at": "someday"}, "such as 12h or 90d"),
        ({"act": "upload", "on": "project:barred"}, "have shut this token out"),
    ],
)
def test_a_dry_run_says_what_would_be_said_and_counts_nothing(
    app: TestApp, desk: Desk, asked: dict[str, str], said: str
) -> None:
    now = int(desk.runtime.now().timestamp())
    token = desk.token(
        written("on", ["project", "=", "acme", "barred"]),
        written("may", "upload"),
        written("exp", now + 86400),
        written("uses", 1),
    )
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.bar(listed.credential, ("project", "barred"), listed.limits[0])
    said = said.replace("acme.", "acme, barred.")
    browser = enter(desk)
    browser.app.get(f"/account/tokens/{listed.id}", asked)
    browser.page = browser.app.get(f"/account/tokens/{listed.id}", asked)
    assert said in browser.text
    assert use(app, token) == 200


def test_the_operators_end_is_part_of_the_dry_run(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.token()
    later = make_desk(verifier__tokens__max_lifetime="1d")
    (listed,) = later.keeper.of(later.user().id)
    browser = enter(later)
    asked: dict[str, Any] = {"act": "upload", "on": "project:acme", "at": "2d"}
    browser.page = browser.app.get(f"/account/tokens/{listed.id}", asked)
    assert "This token expired at" in browser.text


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        (("delegate", "ci"), "Refused: Its owner has stopped ci from using this token."),
        (("delegate", "site"), "Refused: The owners of Project acme have shut this token out"),
    ],
)
def test_the_command_knows_what_owners_set_against_a_token(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, copy: tuple[str, str], said: str
) -> None:
    token = narrowed(desk.token(), list(copy))
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.stop(listed.credential, ("ci",))
    (listed,) = desk.keeper.of(desk.user().id)
    assert desk.keeper.bar(listed.credential, ("project", "acme"), _("the project"))
    house = desk.runtime.house
    group = tokens_group(house, TokenSettings.from_mapping({}), Parts(house))
    asked = ["explain", "--may", "upload", "--on", "project:acme"]
    told = CliRunner().invoke(group, asked, input=token)
    assert (told.exit_code, said in told.output) == (1, True), told.output
