"""Somebody makes a token, hands it on, stops one who has it, and ends it."""

from __future__ import annotations

import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Error, expect

from ostiary.testing.fixtures import Serve
from ostiary.testing.houses import Houses
from ostiary.testing.serving import Server
from ostiary_tokens.caveats import written
from ostiary_tokens.narrowing import attenuated, caveats_of
from tests.browser.people import Meet, Person
from tests.browser.stall import stall


@pytest.fixture
def server(make_runtime: Houses, serve: Serve) -> Server:
    return serve(make_runtime("password", "tokens", stall("acme-tools", "zeta"), generous=True))


def narrow(person: Person, token: str) -> int:
    """What is answered to a program that has the token."""
    asked = Request(  # noqa: S310 - the server of this test.
        f"{person.url}/tokens/narrow",
        data=b'{"delegate": "x"}',
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urlopen(asked) as answer:  # noqa: S310 - the server of this test.
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def limited(person: Person) -> str:
    """The form, filled in with every kind of field that it has; the token that it makes."""
    person.open("/account/tokens/new?project=acme-tools")
    person.at("Make a token")
    person.hands.fill("Name", "release job")
    person.hands.fill("Valid for", "30d")
    person.hands.unfold("More limits")
    person.hands.fill("Only for this version", "1.2")
    person.hands.fill("Not before", "2020-01-01")
    person.hands.fill("How often", "9")
    person.hands.press("Make the token")
    person.at("Token made: release job")
    return person.page.inner_text("main code >> nth=0")


@pytest.mark.parametrize("way", ["mouse", "keyboard", "no-scripts"])
def test_the_life_of_a_token(way: str, meet: Meet) -> None:
    ada = meet(way=way)
    ada.register()
    token = limited(ada)
    assert [each.partition(b",")[0] for each in caveats_of(token)] == [
        b'["on"',
        b'["on"',
        b'["nbf"',
        b'["exp"',
        b'["uses"',
    ]
    ci = attenuated(token, [written("delegate", "ci.example")])
    site = attenuated(token, [written("delegate", "site.example")])
    assert [narrow(ada, each) for each in (token, ci, site)] == [201, 201, 201]

    ada.hands.follow("I have copied it")
    ada.at("API tokens")
    expect(ada.page.locator("main")).to_contain_text("Only for: Project acme-tools")
    expect(ada.page.locator("main")).not_to_contain_text(token)
    ada.hands.follow("Delegates and dry run of “release job”")
    ada.at("Token: release job")
    ada.hands.fill("Another delegate", "ci.example")
    ada.hands.press("Stop this delegate")
    ada.told("ci.example cannot use the token any more.")
    assert [narrow(ada, each) for each in (token, ci, site)] == [201, 401, 201]
    ada.hands.press("Let go on ci.example")
    ada.told("ci.example can use the token again.")
    assert narrow(ada, ci) == 201

    ada.hands.follow("Revoke this token")
    ada.at("Revoke “release job”")
    ada.hands.press("Revoke this token")
    ada.told("“release job” was revoked.")
    assert [narrow(ada, each) for each in (token, ci, site)] == [401, 401, 401]


def test_a_token_and_the_settings_with_it_are_copied_whole(meet: Meet) -> None:
    ada = meet(permissions=["clipboard-read", "clipboard-write"])
    ada.register()
    token = limited(ada)
    page = ada.page
    page.get_by_role("button", name="Copy: Your new token").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.get_by_text(".pypirc (twine)").click()
    page.get_by_role("button", name="Copy: .pypirc (twine)").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(rf"repository = {re.escape(ada.url)}/legacy/\nusername = __token__\n", copied)
    assert f"password = {token}" in copied
    page.go_back()
    assert token not in page.content()
    # The browser has kept no copy of the page, and would have to send the form again.
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_forward()


def test_an_owner_shuts_somebodys_token_out_and_lets_it_in_again(meet: Meet) -> None:
    bob = meet("bob")
    bob.register()
    bob.open("/account/tokens/new")
    bob.hands.fill("Name", "laptop")
    bob.hands.press("Make the token")
    bob.at("Token made: laptop")
    ada = meet("ada", way="keyboard")
    ada.register()
    ada.open("/account/tokens")
    ada.hands.follow("zeta")
    ada.at("Tokens for Project zeta")
    ada.hands.press("Shut out from here “laptop” of bob")
    ada.told("“laptop” of bob is shut out.")
    ada.hands.press("Let in again “laptop” of bob")
    ada.told("“laptop” of bob is let in again.")
    ada.hands.follow("Make a token for this")
    expect(ada.page.get_by_label("zeta", exact=True)).to_be_checked()
