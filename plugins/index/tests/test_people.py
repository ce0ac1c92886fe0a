"""Who belongs to a project: invited by mail, accepted or declined, removed; never ownerless."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostiary.contracts import Event
from ostiary.testing.clock import Clock
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor
from ostiary_index.membership import MOST_TO_ALL, MOST_TO_ONE
from ostiary_index.values import Role
from plugins.index.tests.conftest import Place, auth

PEOPLE = "/projects/acme-tools/people"
INVITATION = "/projects/acme-tools/invitation"


def invite(place: Place, name: str = "bob", role: str = "maintainer", by: str = "ada") -> Visitor:
    place.user(name)
    browser = place.enter(by)
    browser.get(PEOPLE)
    browser.submit(name=name, role=role)
    return browser


def answer(place: Place, said: str, name: str = "bob") -> Visitor:
    browser = place.enter(name)
    browser.get(INVITATION)
    browser.page = browser.form("answer").submit("answer", value=said).maybe_follow()
    return browser


def joined(place: Place, name: str = "bob", role: str = "maintainer") -> None:
    invite(place, name, role)
    answer(place, "accept", name)


def the(events: list[Event]) -> Event:
    (event,) = events
    return event


def roles(place: Place) -> dict[str, Role]:
    return dict(place.project().members)


def test_the_invited_get_a_mail_and_belong_once_they_accept(place: Place, outbox: Outbox) -> None:
    place.made()
    browser = invite(place)
    assert "bob is invited." in browser.text
    assert roles(place) == {"id-ada": Role.OWNER}
    (mail,) = outbox.to("bob@example.org")
    assert mail.subject.startswith("You are invited to acme-tools")
    assert mail.link == place.runtime.settings.public_url.origin + INVITATION
    assert "acme-tools" in place.enter("bob").get("/projects").text
    assert "You belong to acme-tools now: Maintainer." in answer(place, "accept").text
    assert roles(place) == {"id-ada": Role.OWNER, "id-bob": Role.MAINTAINER}
    assert "bob joined acme-tools" in outbox.to("ada@example.org")[-1].subject
    for kind, actor in (("role.invited", "id-ada"), ("role.accepted", "id-bob")):
        event = the(place.events.of(kind))
        assert (event.subject, event.actor.user) == ("id-bob", actor)
        assert event.details == {"role": "maintainer"}
        assert event.resource is not None
        assert event.resource.owners == ("id-ada",)


def test_whoever_declines_belongs_to_nothing_and_was_asked_once(place: Place) -> None:
    place.made()
    invite(place)
    assert "You declined the invitation to acme-tools." in answer(place, "decline").text
    assert roles(place) == {"id-ada": Role.OWNER}
    assert the(place.events.of("role.declined")).subject == "id-bob"
    browser = place.enter("bob")
    assert "There is no invitation for you" in browser.get(INVITATION).text


def test_an_invitation_is_for_nobody_else(place: Place) -> None:
    place.made()
    invite(place)
    for name in ("eve", "ada"):
        browser = place.enter(name)
        assert "There is no invitation for you" in browser.get(INVITATION).text
    place.app.get(INVITATION, headers=auth("bob"), status=403)
    assert roles(place) == {"id-ada": Role.OWNER}


def test_an_invitation_ends(place: Place, clock: Clock) -> None:
    place.made()
    invite(place)
    clock.advance(timedelta(days=14))
    assert "There is no invitation for you" in place.enter("bob").get(INVITATION).text
    assert "bob" not in place.enter().get(PEOPLE).text
    invite(place)
    answer(place, "accept")
    assert "id-bob" in roles(place)


def test_an_invitation_is_withdrawn(place: Place) -> None:
    place.made()
    browser = invite(place)
    browser.get(f"{PEOPLE}/id-bob/withdraw")
    browser.submit()
    assert "bob is not invited any more." in browser.text
    assert "There is no invitation for you" in place.enter("bob").get(INVITATION).text
    assert the(place.events.of("role.withdrawn")).subject == "id-bob"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nobody", "No account on this site has this user name."),
        ("", "No account on this site has this user name."),
        ("bob@example.org", "No account on this site has this user name."),
        ("ada", "ada belongs to this project already."),
        ("gone", "No account on this site has this user name."),
    ],
)
def test_who_cannot_be_invited_is_said_beside_the_field(place: Place, name: str, said: str) -> None:
    """By an address nobody is found: the answer would tell whose it is (ASVS 5.0, 6.3.8)."""
    place.made()
    place.user("bob")
    gone = place.user("gone")
    assert place.runtime.accounts is not None
    with place.runtime.store.write() as unit:
        place.runtime.accounts.set_disabled(unit, gone, True)
    browser = place.enter()
    browser.get(PEOPLE)
    browser.submit(name=name)
    assert browser.page.status_int == 422
    assert said in browser.text
    assert browser.form("name")["name"].value == name
    assert place.events.of("role.invited") == []


def test_whoever_is_removed_is_told_and_uploads_no_more(place: Place, outbox: Outbox) -> None:
    place.made("acme_tools")
    joined(place)
    place.upload(by="bob")
    browser = place.enter()
    browser.get(f"{PEOPLE}/id-bob/remove")
    browser.submit()
    assert "bob does not belong to the project any more." in browser.text
    place.upload("acme_tools-2.0.tar.gz", by="bob", status=403)
    assert "any more" in outbox.to("bob@example.org")[-1].subject
    event = the(place.events.of("role.removed"))
    assert (event.subject, event.actor.user) == ("id-bob", "id-ada")


def test_a_maintainer_leaves(place: Place) -> None:
    place.made()
    joined(place)
    browser = place.enter("bob")
    browser.get("/projects/acme-tools/leave")
    browser.submit()
    assert "You do not belong to acme-tools any more." in browser.text
    assert roles(place) == {"id-ada": Role.OWNER}


def test_the_last_owner_stays(place: Place) -> None:
    place.made()
    joined(place)
    browser = place.enter()
    for path in ("/projects/acme-tools/leave", f"{PEOPLE}/id-ada/remove"):
        browser.get(path)
        browser.submit()
        assert "A project needs an owner." in browser.text
    joined(place, "carol", "owner")
    browser.get("/projects/acme-tools/leave")
    browser.submit()
    assert roles(place) == {"id-bob": Role.MAINTAINER, "id-carol": Role.OWNER}


CLOSED: dict[str, Any] = {
    PEOPLE: {"name": "eve", "role": "owner"},
    f"{PEOPLE}/id-ada/remove": {},
    f"{PEOPLE}/id-eve/withdraw": {},
    "/projects/acme-tools/delete": {"name": "acme-tools"},
    "/projects/acme-tools/releases/1.0/yank": {},
    "/projects/acme-tools/releases/1.0/unyank": {},
    "/projects/acme-tools/releases/1.0/delete": {},
    "/projects/acme-tools/files/acme_tools-1.0.tar.gz/delete": {},
}


YANKS = {path for path in CLOSED if path.endswith("yank")}


def test_strangers_manage_nothing(place: Place) -> None:
    place.upload()
    browser = place.enter("eve")
    token = browser.get("/projects").html.find("input", {"name": "csrf_token"})["value"]
    for path, form in CLOSED.items():
        browser.app.get(path, status=403)
        browser.app.post(path, {**form, "csrf_token": token}, status=403)
        place.app.get(path, headers={"Accept": "text/html"}, status=303)
        place.app.get(path, status=401)
    assert place.filenames() == ["acme_tools-1.0.tar.gz"]


def test_maintainers_yank_and_manage_nothing_else(place: Place) -> None:
    place.upload()
    joined(place, "eve")
    browser = place.enter("eve")
    for path in CLOSED:
        browser.app.get(path, status=200 if path in YANKS else 403)


def test_tokens_yank_and_manage_nothing_else(place: Place) -> None:
    """What cannot be undone, and who may upload, is for people (``kinds.py``)."""
    place.upload()
    for path in CLOSED:
        place.app.get(path, headers=auth("ada"), status=200 if path in YANKS else 403)


def test_an_admin_takes_down_and_does_not_publish(place: Place) -> None:
    place.upload()
    browser = place.enter("root", admin=True)
    browser.get("/projects/acme-tools")
    assert "Delete it" in browser.text
    place.upload("acme_tools-2.0.tar.gz", by="root", status=403)


def test_nobody_is_mailed_without_end(place: Place, outbox: Outbox, clock: Clock) -> None:
    """Three invitations a day from one person to another, whatever became of those before."""
    place.made()
    for _time in range(MOST_TO_ONE):
        browser = invite(place)
        assert "bob is invited." in browser.text
        browser.get(f"{PEOPLE}/id-bob/withdraw")
        browser.submit()
    assert "You invited bob several times today." in invite(place).text
    assert len(outbox.to("bob@example.org")) == MOST_TO_ONE
    clock.advance(timedelta(days=1))
    assert "bob is invited." in invite(place).text


def test_nobody_mails_everybody(place: Place) -> None:
    """Thirty invitations a day from one person."""
    place.made()
    for number in range(MOST_TO_ALL):
        assert "is invited." in invite(place, f"guest{number}").text
    assert "You invited many people today." in invite(place).text
    assert place.events.of("role.invited")[-1].subject == f"id-guest{MOST_TO_ALL - 1}"
