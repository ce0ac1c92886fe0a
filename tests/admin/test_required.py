"""Sessions that must add a factor first: every page of the house, and the way through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pyramid.interfaces import IRoutesMapper
from sqlalchemy import select

from ostiary.accounts import Limit
from ostiary.contracts import Client, Kind, Proof, Strength
from ostiary.store.tables import addresses, credentials, devices, regains, users
from ostiary.testing.visiting import Visitor
from ostiary.web.confining import OPEN

from .conftest import PASSWORD, House, Open, Person

Attack = Callable[[str, object], None]
REQUIRED = "/account/security/required"


def confined(house: House, person: Person, limit: Limit) -> Person:
    """In a session that may only add factors."""
    runtime, now = house.runtime, house.clock()
    proof = Proof("password", "x", Strength(frozenset({Kind.KNOW})), now)
    with runtime.store.write() as unit:
        cookie = runtime.sessions.open(unit, person.user.id, [proof], Client(), limit, now)
    person.browser = Visitor(runtime, cookies={"ostiary_session": cookie})
    return person


def routes(person: Person) -> Iterator[tuple[str, str]]:
    """Every route of the application, of plugins too, with a path that fits it."""
    mapper: Any = person.browser.app.app.registry.getUtility(IRoutesMapper)
    for route in mapper.get_routes(include_static=True):
        if "static" not in route.name and not route.name.startswith("__"):
            values = {"factor": "totp", "act": "disable", "handle": "x" * 43}
            anything = dict.fromkeys(("credential", "address", "session", "subpath"), "x")
            yield route.name, route.generate({**anything, **values})


def kept(house: House) -> list[Any]:
    """What nobody may change who may only add factors."""
    with house.runtime.store.read() as connection:
        return [
            connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in (users, addresses, credentials, devices, regains)
        ]


@pytest.mark.parametrize("limit", Limit)
def test_a_limited_session_opens_nothing_else(
    open_house: Open, limit: Limit, record_property: Attack
) -> None:
    """By its own form token, GET and POST; what is open to it changes nothing but factors."""
    record_property("attack", "a limited session at every route of the application")
    house = open_house(second_factor__required="everyone")
    person = confined(house, house.person("bob", admin=True), limit)
    person.get("/account")
    token = person.browser.page.html.find("input", {"name": "csrf_token"})["value"]
    before, seen = kept(house), set()
    walked = sorted(routes(person), key=lambda each: each[0] == "ostiary_sign_out")
    for name, path in walked:
        seen.add(name)
        for method in ("GET", "POST"):
            if name == "ostiary_sign_out" and method == "GET":
                continue
            answer = person.browser.app.request(
                path,
                method=method,
                POST={"csrf_token": token, "reason": "r", "name": "bob"}
                if method == "POST"
                else None,
                headers={"Accept": "text/html"},
                status="*",
            )
            if name not in OPEN:
                assert answer.status_int == 303, (name, method, answer.status)
                assert answer.location.split("?")[0].endswith(REQUIRED), (name, answer.location)
            assert kept(house) == before, (name, method)
    assert {"ostiary_admin_act", "ostiary_sessions", "ostiary_rename"} <= seen
    assert house.limits(person) == []


def test_the_first_admin_is_led_to_add_a_factor_and_then_on(house: House) -> None:
    """To the page that they had wanted, with nothing to prove twice."""
    root = house.person("root", admin=True)
    root.get("/sign-in?next=/admin/users")
    root.browser.submit(name="root", password=PASSWORD)
    assert root.path == REQUIRED
    assert "your account has only one" in root.text
    root.browser.page = root.browser.page.click("Add authenticator app")
    root.browser.submit("code", code="1")
    assert root.status >= 400
    root.add_app()
    assert (root.path, house.limits(root)) == ("/admin/users", [None])
    again = Person(house, root.user, Visitor(house.runtime), root.secret)
    assert again.sign_in().path == "/account"


def test_whoever_is_made_an_admin_is_led_from_their_next_page(house: House) -> None:
    root, bob = house.admin(), house.person("bob").enter()
    assert bob.get("/account/sessions").path == "/account/sessions"
    root.act("make-admin", bob)
    assert bob.get("/account/sessions").path == REQUIRED
    assert "only one" in bob.text
    (mail,) = house.outbox.to("bob@example.org")
    assert "please add a second one now" in " ".join(mail.text.split())
    bob.browser.page = bob.browser.page.click("Add authenticator app")
    bob.add_app()
    assert bob.path == "/account/sessions"
    assert bob.get("/admin/users").status == 200


def test_their_other_session_proves_it_and_goes_on(house: House) -> None:
    root, bob = house.admin(), house.person("bob").enter()
    there = Person(house, bob.user, Visitor(house.runtime)).enter()
    root.act("make-admin", bob)
    bob.get(REQUIRED)
    bob.browser.page = bob.browser.page.click("Add authenticator app")
    bob.add_app()
    there.secret = bob.secret
    there.get("/account/sessions")
    assert there.path == "/step-up"
    there.give_code()
    assert there.path == "/account/sessions"
    assert house.limits(bob) == [None, None]


def test_until_the_day_people_are_reminded_and_can_go_on(open_house: Open) -> None:
    house = open_house(second_factor__required="everyone", second_factor__since="2026-05-20")
    bob = house.person("bob").give_password()
    assert bob.path == "/account"
    assert "From 2026-05-20 on" in bob.text
    assert "From 2026-05-20 on" not in house.person("ann", factor=True).enter().get("/account").text
    bob.browser.page = bob.browser.page.click("Add a second step")
    assert bob.path == REQUIRED
    house.clock.advance(timedelta(days=16))
    late = Person(house, bob.user, Visitor(house.runtime)).give_password()
    assert late.path == REQUIRED


def test_where_nothing_can_be_added_it_is_said_and_nobody_gets_on(open_house: Open) -> None:
    """Fail closed; signing out is always possible."""
    house = open_house("password")
    root = house.person("root", admin=True).give_password()
    assert root.path == REQUIRED
    assert "contact its operator" in root.text
    assert root.get("/admin/users").path == REQUIRED


def test_when_it_is_asked_no_more_the_session_goes_on(house: House) -> None:
    root = house.person("root", admin=True).give_password()
    house.admin("other").act("revoke-admin", root)
    assert root.get("/account/sessions").path == "/account/sessions"


def test_a_registration_is_led_there_too(open_house: Open) -> None:
    house = open_house(second_factor__required="everyone")
    browser = Visitor(house.runtime)
    browser.get("/register")
    browser.submit(name="eve", address="eve@example.org", password=PASSWORD)
    assert browser.path == REQUIRED
    assert "Your account is ready." in browser.text


def test_a_wanted_page_elsewhere_is_never_gone_to(house: House, record_property: Attack) -> None:
    record_property("attack", "open redirect through the page that asks for a factor")
    root = house.person("root", admin=True).give_password()
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        root.get(f"{REQUIRED}?next={evil}")
        assert "evil.example" not in root.browser.page.text
        root.get(f"/account/security/add/totp?next={evil}")
        assert "evil.example" not in root.browser.page.text
