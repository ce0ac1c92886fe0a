"""What admins do in their pages, and what nobody else can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ostiary.contracts import Kind, User
from ostiary.hookspecs import API, hookimpl
from ostiary.testing.visiting import Visitor
from ostiary.web.views.admin_acts import DEEDS

from .conftest import House, Open, Person

Attack = Callable[[str, object], None]
SCRIPT = '"><script>alert(1)</script>'


def pages(subject: Person) -> list[str]:
    """Every admin page that is about somebody, and the list."""
    one = f"?user={subject.user.id}"
    return ["/admin/users", f"/admin/users/view{one}"] + [
        f"/admin/users/act/{name}{one}" for name in DEEDS
    ]


def post(person: Person, path: str, **fields: str) -> Any:
    """Send a form with this person's own token, whatever page there is."""
    person.get("/account")
    token = person.browser.page.html.find("input", {"name": "csrf_token"})["value"]
    known = {"csrf_token": token, "reason": "because", **fields}
    return person.browser.app.post(path, known, status="*")


def standing(house: House, person: Person) -> tuple[object, ...]:
    """All that an admin could change of somebody."""
    factors = [c.credential.id for c in house.runtime.signin.parts.credentials(person.user.id)]
    return house.user(person), factors, house.limits(person)


def test_an_admin_finds_people_and_sees_how_an_account_stands(house: House) -> None:
    """Factors by what they are called, sessions by where they are; no secret, no hash."""
    root, bob = house.admin(), house.person("bob", factor=True).enter()
    root.get("/admin/users")
    root.browser.submit(q="BO")
    assert "bob@example.org" in root.text
    assert "root@example.org" not in root.text
    root.browser.page = root.browser.page.click("bob")
    for said in ("bob", bob.user.id, "bob@example.org", "Password", "Authenticator app"):
        assert said in root.text
    assert "192.0.2.9" in root.text
    whole = root.browser.page.text
    assert bob.secret not in whole
    for stored in house.runtime.signin.parts.credentials(bob.user.id):
        assert stored.credential.secret.decode("latin-1") not in whole
    assert bob.browser.app.cookies["ostiary_session"] not in whole


@pytest.mark.parametrize(
    ("deed", "event", "said"),
    [
        ("disable", "user.disabled", "The account is disabled."),
        ("end-sessions", "session.all-ended", "The sessions are ended."),
        ("reset-factors", "user.factors-reset", "The second factors are removed."),
        ("make-admin", "admin.granted", "The person is an admin now."),
    ],
)
def test_an_act_is_done_for_a_reason_recorded_and_mailed(
    house: House, deed: str, event: str, said: str
) -> None:
    root, bob = house.admin(), house.person("bob", factor=True).enter()
    told = len(house.outbox.to("bob@example.org"))
    root.act(deed, bob, "  Ticket\t4711 ")
    assert said in root.text
    (done,) = house.events.of(event)
    assert (done.actor.kind, done.actor.user, done.subject, done.reason) == (
        "admin",
        root.user.id,
        bob.user.id,
        "Ticket 4711",
    )
    (mail,) = house.outbox.to("bob@example.org")[told:]
    assert "4711" not in mail.text
    root.get(f"/admin/users/act/{deed}?user={bob.user.id}")
    post(root, f"/admin/users/act/{deed}?user={bob.user.id}")
    assert len(house.events.of(event)) == 1


def test_what_was_done_can_be_undone(house: House) -> None:
    root, bob = house.admin(), house.person("bob", factor=True)
    root.act("disable", bob)
    bob.give_password()
    assert bob.path.startswith("/sign-in")
    root.act("enable", bob).act("make-admin", bob).act("revoke-admin", bob)
    assert house.user(bob) == bob.user
    assert bob.sign_in().path == "/account"


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\x00", "x" * 501])
def test_without_a_reason_nothing_is_done(house: House, reason: str) -> None:
    """The problem is said at the field, which keeps what was typed."""
    root, bob = house.admin(), house.person("bob").enter()
    before = standing(house, bob)
    root.act("disable", bob, reason)
    assert root.status == 400
    field = root.browser.page.html.find("input", {"name": "reason"})
    assert field["aria-invalid"] == "true"
    assert standing(house, bob) == before


def test_a_reason_is_only_ever_letters(house: House, record_property: Attack) -> None:
    """Neither a page nor a line of the log takes it for anything else."""
    record_property("attack", "markup and line breaks in an admin's reason")
    root, bob = house.admin(), house.person("bob").enter()
    root.act("disable", bob, f'ok\r\n{{"type": "forged"}} {SCRIPT} ${{user}}')
    (event,) = house.events.of("user.disabled")
    assert event.reason == f'ok {{"type": "forged"}} {SCRIPT} ${{user}}'
    root.act("enable", bob, SCRIPT + "x" * 500)
    assert "<script>alert" not in root.browser.page.text


# Whoever is no admin, and admins who have proved too little.


def test_nobody_else_gets_in(house: House, record_property: Attack) -> None:
    """Neither by looking nor by sending; the answer is the same whoever it is about."""
    record_property("attack", "an ordinary user at every admin page, GET and POST")
    root, bob, eve = house.admin(), house.person("bob").enter(), house.person("eve").enter()
    before = standing(house, bob), standing(house, root)
    for subject in (bob, root):
        for path in pages(subject):
            said = {
                (answer.status_int, answer.html.find("h1").text)
                for asked in (path, path.replace(subject.user.id, "nobody"))
                for answer in (
                    eve.browser.app.get(asked, status="*", headers={"Accept": "text/html"}),
                )
            }
            assert said == {(403, "No access")}
            assert post(eve, path).status_int == 403
    assert (standing(house, bob), standing(house, root)) == before
    assert "Users" not in eve.get("/account").text


def test_whoever_is_not_signed_in_is_asked_to_and_led_back(house: House) -> None:
    bob = house.person("bob")
    stranger = Visitor(house.runtime)
    for path in pages(bob):
        answer = stranger.app.get(path, status="*", headers={"Accept": "text/html"})
        assert answer.status_int == 303
        assert "/sign-in?next=%2Fadmin%2Fusers" in answer.location


def test_no_form_of_another_site_acts(house: House, record_property: Attack) -> None:
    record_property("attack", "CSRF at every admin act")
    root, bob = house.admin(), house.person("bob", factor=True).enter()
    before = standing(house, bob)
    for path in pages(bob)[2:]:
        for fields in ({}, {"csrf_token": "x" * 43}):
            answer = root.browser.app.post(path, {"reason": "r", **fields}, status="*")
            assert answer.status_int == 400
        token = {"csrf_token": "", "reason": "r"}
        headers = {"Origin": "https://evil.example"}
        assert root.browser.app.post(path, token, headers=headers, status="*").status_int == 400
    assert standing(house, bob) == before


@pytest.mark.parametrize("proved", ["long ago", "by one kind"])
def test_an_admin_proves_it_again_for_every_act(
    house: House, proved: str, record_property: Attack
) -> None:
    """What they sent is not done, and comes back to be sent by hand."""
    record_property("attack", "an admin's act without step-up")
    bob = house.person("bob", factor=True).enter()
    root = house.person("root", admin=True, factor=True)
    if proved == "long ago":
        root.enter()
        house.clock.advance(timedelta(minutes=16))
    else:
        root.enter(Kind.KNOW)
    before = standing(house, bob)
    for path in pages(bob)[2:]:
        assert post(root, path).status_int == 303
        assert standing(house, bob) == before
    assert not house.events.of("user.disabled")


def test_one_kind_does_not_even_look(house: House, record_property: Attack) -> None:
    """A remembered browser never stands in for it."""
    record_property("attack", "an admin's pages with one kind of proof")
    bob, root = house.person("bob"), house.person("root", admin=True, factor=True)
    root.enter(Kind.KNOW)
    for path in pages(bob):
        assert root.get(path).path == "/step-up"
    root.get("/admin/users").give_code()
    assert root.path == "/admin/users"


def test_an_admin_who_is_shut_out_meanwhile_does_nothing(
    house: House, record_property: Attack
) -> None:
    record_property("attack", "an admin disabled or revoked with the form open")
    ann, ben, bob = house.admin("ann"), house.admin("ben"), house.person("bob").enter()
    before = standing(house, bob)
    for deed in ("revoke-admin", "make-admin", "disable"):
        if deed != "make-admin":
            ann.get(f"/admin/users/act/disable?user={bob.user.id}")
        ben.act(deed, ann)
        if deed == "make-admin":
            continue
        answer = ann.browser.form("reason").submit(status="*")
        assert answer.status_int in {403, 401, 303}
        assert standing(house, bob) == before


# Oneself, and the last one.


def test_nobody_does_to_themselves_what_another_must_do(
    house: House, record_property: Attack
) -> None:
    """Nor could a thief at an admin's open session take the second factor away there."""
    record_property("attack", "an admin resets their own factors")
    root = house.admin()
    house.admin("other")
    for deed in DEEDS.values():
        path = f"/admin/users/act/{deed.name}?user={root.user.id}"
        if not deed.on_oneself:
            before = standing(house, root)
            root.get(path)
            assert root.path == "/admin/users/view"
            assert post(root, path).status_int == 303
            assert standing(house, root) == before


def test_the_last_admin_cannot_go(house: House) -> None:
    root = house.admin()
    root.act("revoke-admin", root)
    assert root.status == 409
    assert "only admin" in root.text
    other = house.admin("other")
    root.act("revoke-admin", root)
    assert (root.path, root.status) == ("/account", 200)
    assert root.get("/admin/users").status == 403
    other.get("/admin/users")
    assert other.status == 200


# What stands in the address.


@pytest.mark.parametrize("user", ["", "nobody", "%00", "' OR 1=1", "../../etc", "%F0%9F%A6%84"])
def test_an_address_that_names_nobody_leads_nowhere(
    house: House, user: str, record_property: Attack
) -> None:
    record_property("attack", "made-up ids at admin pages")
    root = house.admin()
    for path in ("/admin/users/view", "/admin/users/act/disable"):
        assert root.browser.app.get(f"{path}?user={user}", status="*").status_int == 404
    bob = house.person("bob")
    answer = root.browser.app.get(f"/admin/users/act/delete?user={bob.user.id}", status="*")
    assert answer.status_int == 404


# Requests for a way back.


def asked(house: House, person: Person) -> str:
    parts = house.runtime.signin.parts
    with parts.store.write() as unit:
        return parts.regains.ask(unit, person.user.id, f"Lost. {SCRIPT}", parts.now()).id


@pytest.mark.parametrize(
    ("deed", "state"), [("allow-way-back", "granted"), ("refuse-way-back", "refused")]
)
def test_a_request_is_decided_by_who_has_read_it(
    house: House, deed: str, state: str, record_property: Attack
) -> None:
    """A decision about another one, or about somebody else's, decides nothing."""
    record_property("attack", "a decision about a request that the admin did not read")
    root, bob = house.admin(), house.person("bob", factor=True)
    first = asked(house, bob)
    root.get("/admin/users")
    assert "bob" in root.browser.page.html.find("ul", {"class": "o-list"}).text
    for other in ("", "x", root.user.id):
        path = f"/admin/users/act/{deed}?user={bob.user.id}&request={other}"
        assert post(root, path).status_int == 303
    root.get(f"/admin/users/act/{deed}?user={bob.user.id}&request={first}")
    assert "Lost." in root.text
    assert "<script>alert" not in root.browser.page.text
    root.browser.submit(reason="We talked.")
    assert [r.state.value for r in house.runtime.regaining.of_user(bob.user.id)] == [state]
    event = house.events.of(f"regain.{state}")[-1]
    assert (event.actor.kind, event.actor.user, event.reason) == (
        "admin",
        root.user.id,
        "We talked.",
    )
    assert post(root, root.browser.page.request.path_qs).status_int in {200, 303}
    assert len(house.events.of(f"regain.{state}")) == 1


# A host with users of its own.


class Directory:
    """A host's own people, Ann among them an admin; their ids hold what an address may not."""

    def __init__(self) -> None:
        people = [User(f"#{name}/é", name, f"{name}@b.example") for name in ("ann", "ben")]
        self.people = {user.id: user for user in people}
        self.people["#ann/é"] = replace(self.people["#ann/é"], privileged=True)

    def get(self, user_id: str, /) -> User | None:
        return self.people.get(user_id)

    def named(self, name: str, /) -> User | None:
        return next((u for u in self.people.values() if name in (u.login, u.address)), None)


@hookimpl
def ostiary_register_user_directory(house: object) -> Directory:
    return Directory()


def test_a_hosts_people_are_looked_up_and_never_listed(open_house: Open) -> None:
    """What the house does not keep, it does not change either."""
    house = open_house(
        "password",
        "totp",
        SimpleNamespace(
            OSTIARY_API=API, ostiary_register_user_directory=ostiary_register_user_directory
        ),
    )
    directory = house.runtime.directory
    ann, ben = (
        Person(house, user, Visitor(house.runtime))
        for user in (directory.named("ann"), directory.named("ben"))
        if user is not None
    )
    ann.enter(Kind.KNOW, Kind.HAVE), ben.enter()
    ann.get("/admin/users")
    assert "ben" not in ann.text
    ann.browser.submit(q="be")
    assert "Nobody was found." in ann.text
    for typed in ("ben", "ben@b.example", "#ben/é"):
        ann.get("/admin/users").browser.submit(q=typed)
        assert ann.path == "/admin/users/view"
        assert "192.0.2.9" in ann.text
    controls = {link.text for link in ann.browser.page.html.find("main").find_all("a")}
    assert "End all sessions" in controls
    assert not controls & {"Disable the account", "Make this person an admin"}
    ann.browser.page = ann.browser.page.click("End all sessions")
    ann.browser.submit(reason="They left.")
    assert "The sessions are ended." in ann.text
    for deed in ("disable", "make-admin", "revoke-admin"):
        assert post(ann, f"/admin/users/act/{deed}?user=%23ben%2F%C3%A9").status_int == 303
    assert house.limits(ben) == []
