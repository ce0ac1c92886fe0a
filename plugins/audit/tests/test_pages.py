"""The pages: one's own history, that of one's things, everything for those who may."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest
from sqlalchemy import delete, select

from ostiary.contracts import Client, Kind, Permission, Proof, Resource, ResourceType, Strength
from ostiary.testing.houses import plugin_of
from ostiary.testing.visiting import Visitor
from ostiary.text import translations
from ostiary_audit.tables import event, record
from plugins.audit.tests.conftest import PROJECT, REFUSED, Desk, MakeDesk

_, _n, _p, _np = translations("test")

OWNERS = {"acme-tools": ("id-ada",), "broken": ()}


def owned_by(user_id: str) -> tuple[str, ...]:
    return tuple(name for name, owners in OWNERS.items() if user_id in owners)


TYPE = ResourceType("project", _("Project"), (Permission("edit", _("Edit")),), str.lower, owned_by)
Enter: TypeAlias = Callable[..., Visitor]


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk("password", plugin_of(resource_types=[TYPE]), generous=True)


@pytest.fixture
def enter(desk: Desk) -> Enter:
    """Somebody in a session that has proved two kinds."""

    def entered(name: str, *, admin: bool = False, of: Desk = desk) -> Visitor:
        user_id, now = of.user(name), of.clock()
        kinds = frozenset({Kind.KNOW, Kind.HAVE})
        proofs = [Proof("any", "any", Strength(kinds), now)]
        accounts = of.runtime.accounts
        assert accounts is not None
        with of.runtime.store.write() as unit:
            if admin:
                accounts.set_admin(unit, user_id, admin=True)
            cookie = of.runtime.sessions.open(unit, user_id, proofs, Client("192.0.2.9"), None, now)
        return Visitor(of.runtime, cookies={"ostiary_session": cookie})

    return entered


def rows(visitor: Visitor) -> list[str]:
    """The events of a page."""
    found = visitor.page.html.find("main").select("ul.o-list > li > p:first-child")
    return [" ".join(each.get_text(" ").split()) for each in found]


def test_everybody_sees_their_own_history_and_nobody_elses(desk: Desk, enter: Enter) -> None:
    desk.user("bob")
    desk.act(subject="id-ada", details={"what": "mine", "label": "x"})
    desk.act(who=desk.who("id-bob"), subject="id-bob", details={"what": "theirs", "label": "y"})
    ada = enter("ada")
    ada.get("/account/history")
    assert rows(ada)[0] == "ada did mine, called x."
    assert "theirs" not in ada.text
    assert "just now" in ada.text
    assert "2026-05-04 12:00 UTC" in ada.text


def test_nobody_is_led_to_the_sign_in_and_back(desk: Desk) -> None:
    visitor = Visitor(desk.runtime)
    visitor.get("/account/history")
    assert visitor.path == "/sign-in"
    visitor.get("/history/project/acme-tools")
    assert visitor.path == "/sign-in"


def test_whoever_makes_a_name_anew_sees_nothing_of_whose_it_was(desk: Desk, enter: Enter) -> None:
    """Nor what a stranger was refused, which names no owner."""
    ada, eve = enter("ada"), enter("eve")
    who = desk.who("id-eve", means="tokens", credential="t-1", delegates=("ci.example",))
    for owners in (("id-eve",), ()):
        resource = Resource("project", "acme-tools", owners)
        desk.act(who=who, subject=None, resource=resource, details={"what": "old", "label": "f"})
    ada.get("/history/project/acme-tools")
    assert rows(ada) == []
    assert "ci.example" not in ada.text
    eve.get("/account/history")
    assert len(rows(eve)) == 2


def test_owners_see_everything_that_reached_their_thing(desk: Desk, enter: Enter) -> None:
    """By whomever, through whichever chain; to others there is no such page."""
    ada, eve = enter("ada"), enter("eve")
    who = desk.who("id-eve", means="tokens", credential="t-1", delegates=("ci.example", "deploy"))
    desk.act(who=who, subject=None, resource=PROJECT, details={"what": "upload", "label": "f"})
    ada.get("/history/project/ACME-TOOLS")
    assert rows(ada) == ["eve did upload, called f."]
    for part in ("t-1", "ci.example", "deploy", "192.0.2.9", "curl"):
        assert part in ada.text
    for path in ("/history/project/acme-tools", "/history/project/none", "/history/door/x"):
        eve.get(path)
        assert eve.page.status_int == 404
        assert "upload" not in eve.page.text
    ada.get("/account/history")
    assert 'href="/history/project/acme-tools"' in str(ada.page.html)


def test_what_a_service_did_is_one_click_away(desk: Desk, enter: Enter) -> None:
    ada = enter("ada")
    for chain in (("ci",), ("ci", "deploy"), ("other",)):
        who = desk.who(means="tokens", credential=f"t-{chain[0]}", delegates=chain)
        desk.act(who=who, details={"what": "-".join(chain), "label": ""})
    ada.get("/account/history")
    link = ada.page.html.find("a", {"aria-label": "Everything that ci did"})
    ada.get(link["href"])
    assert [row.split()[2].rstrip(",") for row in rows(ada)] == ["ci-deploy", "ci"]
    link = ada.page.html.find("a", {"aria-label": "Everything by the token t-ci"})
    ada.get(link["href"])
    assert len(rows(ada)) == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("outcome=refused", ["no"]),
        ("type=thing&outcome=done", ["away", "yes"]),
        ("address=198.51.100.7", ["away"]),
        ("since=2026-05-05", []),
        ("until=2026-05-04", ["no", "away", "yes"]),
        ("type=nothing", []),
    ],
)
def test_filters_are_in_the_address_and_shown_again(
    desk: Desk, enter: Enter, query: str, found: list[str]
) -> None:
    ada = enter("ada")
    desk.act(details={"what": "yes", "label": ""})
    desk.act(details={"what": "away", "label": ""}, who=desk.who(address="198.51.100.7"))
    desk.act(details={"what": "no", "label": ""}, outcome=REFUSED)
    ada.get(f"/account/history?{query}")
    assert [row.split()[2].rstrip(",") for row in rows(ada) if "did" in row] == found
    name, _eq, value = query.partition("&")[0].partition("=")
    assert ada.form("since")[name].value == value


def test_a_filter_that_means_nothing_says_so(enter: Enter) -> None:
    ada = enter("ada")
    ada.get("/account/history?since=yesterday&before=x&until=9999-12-31")
    assert ada.page.status_int == 200
    assert "Give a day such as 2027-01-31." in ada.text


def test_older_events_are_on_the_next_pages(desk: Desk, enter: Enter) -> None:
    ada = enter("ada")
    desk.acts(120)
    ada.get("/account/history?type=thing")
    seen = rows(ada)
    while (link := ada.page.html.find("a", string="Older ones")) is not None:
        ada.get(link["href"])
        seen += rows(ada)
    assert [row.split()[2].rstrip(",") for row in seen] == [str(n) for n in reversed(range(120))]


def test_text_of_others_is_text(desk: Desk, enter: Enter) -> None:
    ada = enter("ada")
    bad = "<script>alert(1)</script>"
    who = desk.who(agent=bad, delegates=(bad,), means="tokens", credential=bad)
    desk.act(who=who, reason=bad, details={"what": bad, "label": bad}, before={"color": bad})
    ada.get("/account/history")
    assert "<script>alert" not in ada.page.text
    assert bad in ada.text


def test_a_sign_in_by_a_strange_browser_stands_out_and_can_be_disowned(
    desk: Desk, enter: Enter
) -> None:
    """Its sessions end, and the next page leads through what to change."""
    ada, thief = enter("ada"), enter("ada")
    desk.act(type="sign-in.done", details={"device": "known"})
    desk.act(type="sign-in.done", details={"device": "new"})
    ada.get("/account/history")
    assert ada.text.count("This browser was new to your account.") == 1
    ada.get(ada.page.html.find("a", string="This was not me")["href"])
    ada.submit()
    assert "What to change now" in ada.text
    assert "One other session was ended." in ada.text
    thief.get("/account")
    assert thief.path == "/sign-in"
    assert [each.row.subject for each in desk.entries(type="audit.disowned")] == ["id-ada"]


def test_only_ones_own_sign_ins_can_be_disowned(desk: Desk, enter: Enter) -> None:
    bob = enter("bob")
    desk.act(type="sign-in.done", details={"device": "new"})
    (entry,) = desk.entries(type="sign-in.done")
    for each in (entry.row.id, "", "x", "\0"):
        bob.get(f"/account/history/not-me?event={each}")
        assert bob.page.status_int == 404


def test_admins_see_everything_and_it_is_recorded(desk: Desk, enter: Enter) -> None:
    root, ada = enter("root", admin=True), enter("ada")
    desk.user("bob")
    desk.act(who=desk.who("id-bob"), subject="id-bob", details={"what": "x", "label": "y"})
    ada.get("/admin/events")
    assert ada.page.status_int == 403
    root.get("/admin/events?user=bob")
    assert rows(root) == ["bob did x, called y."]
    (looked,) = desk.entries(type="audit.viewed")
    assert (looked.row.user_id, looked.row.subject) == ("id-root", "id-bob")
    assert looked.event is not None
    assert looked.event.details["filters"] == "user=bob"
    root.get(root.page.html.select_one("ul.o-list a")["href"])
    assert "Details" in root.text
    assert len(desk.entries(type="audit.viewed")) == 2


def test_one_kind_of_proof_is_not_enough_to_read_everything(desk: Desk) -> None:
    accounts, now = desk.runtime.accounts, desk.clock()
    assert accounts is not None
    proofs = [Proof("any", "any", Strength(frozenset({Kind.KNOW})), now)]
    user_id = desk.user("root")
    with desk.runtime.store.write() as unit:
        accounts.set_admin(unit, user_id, admin=True)
        cookie = desk.runtime.sessions.open(unit, user_id, proofs, Client(None), None, now)
    root = Visitor(desk.runtime, cookies={"ostiary_session": cookie})
    root.get("/admin/events")
    assert root.path != "/admin/events" or root.page.status_int == 403
    assert desk.entries(type="audit.viewed") == []


def test_who_may_read_everything_can_be_somebody_else_than_the_admins(
    make_desk: MakeDesk, enter: Enter
) -> None:
    """The permission is one of its own: being an admin is not enough, nor needed."""
    desk = make_desk("password", generous=True, sink__audit__readers="auditor nobody-yet")
    root, auditor = enter("root", admin=True, of=desk), enter("auditor", of=desk)
    root.get("/admin/events")
    assert root.page.status_int == 403
    auditor.get("/admin/events")
    assert auditor.page.status_int == 200
    auditor.get("/admin/users")
    assert auditor.page.status_int == 403
    for visitor, sees in ((root, False), (auditor, True), (enter("ada", of=desk), False)):
        visitor.get("/account")
        there = visitor.page.html.find("a", href="/admin/events") is not None
        assert there == sees


def test_words_are_looked_for_in_what_is_read(desk: Desk, enter: Enter) -> None:
    root = enter("root", admin=True)
    desk.act(details={"what": "paint", "label": "the BIKE shed"}, reason="because of rain")
    desk.act(details={"what": "burn", "label": "the house"})
    for words, found in (("bike", 1), ("RAIN paint", 1), ("rain burn", 0), ("did", 2)):
        root.get(f"/admin/events?q={words}&type=thing")
        assert len(rows(root)) == found, words


def test_a_view_is_exported_and_that_is_recorded(desk: Desk, enter: Enter) -> None:
    root = enter("root", admin=True)
    desk.act(details={"what": "x", "label": "y"}, reason='=HYPERLINK("http://evil")')
    desk.act(resource=Resource("project", "acme", ()), details={"what": "z", "label": ""})
    root.get("/admin/events?type=thing")
    csv = root.app.get(root.page.html.find("a", string="Export this view as CSV")["href"])
    assert csv.headers["Content-Disposition"] == 'attachment; filename="events.csv"'
    assert csv.text.count("\r\n") == 3
    assert "'=HYPERLINK" in csv.text
    assert ",=HYPERLINK" not in csv.text
    root.get("/admin/events?type=thing&resource=project:acme")
    lines = root.app.get(root.page.html.find("a", string="Export this view as JSON")["href"])
    (one,) = [json.loads(line) for line in lines.text.splitlines()]
    assert one["project"] == "acme"
    exported = desk.entries(type="audit.exported")
    assert [each.event.details["count"] for each in exported if each.event] == [2, 1]


def test_a_house_whose_trail_was_changed_still_shows_what_there_is(
    desk: Desk, enter: Enter
) -> None:
    """A page must not fail for what an attacker has done; verify says it."""
    root, ada = enter("root", admin=True), enter("ada")
    desk.act()
    desk.things()
    with desk.trail.store.write() as unit:
        unit.execute(delete(record).where(record.c.n.in_(select(event.c.n))))
    for visitor, path in ((ada, "/account/history"), (root, "/admin/events")):
        visitor.get(path)
        assert visitor.page.status_int == 200
        assert "The record of this event is gone" in visitor.text
