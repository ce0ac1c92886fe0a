"""The index with tokens and the trail: what each shows of the others, knowing none of them."""

from __future__ import annotations

import base64

import pytest

from ostiary.testing.houses import Events, Houses
from ostiary_index.membership import Membership
from ostiary_index.values import Role
from plugins.index.tests.conftest import CONTENT, Place, fields_of
from plugins.tokens.tests.conftest import Desk


@pytest.fixture
def together(make_runtime: Houses, events: Events) -> Place:
    """Ada owns a project that Bob maintains; both have tokens."""
    place = Place(make_runtime("tokens", "audit", "index"), events)
    place.made("Acme.Tools")
    place.user("bob")
    return place


def upload(place: Place, user: str, filename: str = "acme_tools-1.0.tar.gz") -> None:
    place.user(user)
    token = Desk(place.runtime).token(user=user, name=f"of {user}")
    secret = base64.b64encode(f"__token__:{token}".encode()).decode()
    place.app.post(
        "/legacy/",
        fields_of(filename, CONTENT),
        upload_files=[("content", filename, CONTENT)],
        headers={"Authorization": f"Basic {secret}"},
    )


def test_an_owner_finds_what_happened_and_whose_tokens_reach_it(together: Place) -> None:
    upload(together, "ada")
    browser = together.enter()
    browser.get("/projects/acme-tools")
    links = {link.get_text(): link["href"] for link in browser.page.html.find("main").find_all("a")}
    browser.get(links["What happened to it"])
    assert browser.page.status_int == 200
    assert "acme_tools-1.0.tar.gz" in browser.text
    browser.get(links["Tokens that reach it"])
    assert browser.page.status_int == 200
    assert "of ada" in browser.text


def test_a_maintainer_sees_neither_and_is_seen(together: Place) -> None:
    house, bob = together.runtime.house, together.runtime.directory.get("id-bob")
    assert bob is not None
    project = together.project()
    Membership(house).invite(project, bob, Role.MAINTAINER, "id-ada", "https://example.org/")
    Membership(house).accept(project, bob.id)
    upload(together, "bob")
    browser = together.enter("bob")
    browser.get("/projects/acme-tools")
    assert "What happened to it" not in browser.text
    assert "Tokens that reach it" not in browser.text
    for path in ("/history/project/acme-tools", "/account/tokens/project/acme-tools"):
        browser.app.get(path, status=404)
    ada = together.enter()
    assert "of bob" in ada.get("/account/tokens/project/acme-tools").text
    assert "bob" in ada.get("/history/project/acme-tools").text
