"""Every unsafe route leaves an event; whoever adds one without is told here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

from .walking import PASSWORD, Walk

PLUGINS = ("password", "totp", "recovery", "webauthn", "audit")

SHOWS = {
    "ostiary_home",
    "ostiary_help",
    "ostiary_accessibility",
    "ostiary_account",
    "ostiary_security",
    "ostiary_required",
    "ostiary_admin_users",
    "ostiary_admin_user",
    "ostiary_kept",
    "ostiary_return",
    "ostiary_addresses",
    # Leads to a step-up, whose answers are recorded.
    "ostiary_lift",
}
"""These answer a POST as a GET: they show something, and change nothing."""

SMALL = {
    "ostiary_extend": "puts off the end of one's own session, which is recorded when it comes",
    "ostiary_resend": "mails the link of a claim that is on record once more",
}


@pytest.fixture
def walk(make_runtime: Houses, events: Events, clock: Clock, outbox: Outbox) -> Walk:
    settings: dict[str, Any] = {"second_factor__required": "never", "regain_wait": "1h"}
    return Walk(make_runtime(*PLUGINS, generous=True, **settings), events, clock, outbox)


def through_the_account(walk: Walk) -> Visitor:
    """Register, confirm, come and go, add and change and remove."""
    ada = walk.register("ada")
    link = walk.outbox.to("ada@example.org")[-1].link
    ada.get(link)
    ada.submit("token")
    walk.add_app(ada, "ada")
    walk.press(ada, "/sign-out")
    ada = walk.sign_in("ada")
    ada.get("/account/security")
    rename = ada.page.html.find("a", href=lambda href: href and href.endswith("/rename"))["href"]
    walk.press(ada, rename, label="phone")
    walk.press(ada, "/account/addresses/add", address="work@example.org")
    ada.get("/account/addresses")
    ada.submit()
    link = walk.outbox.to("work@example.org")[-1].link
    ada.get(link)
    ada.submit("token")
    for what in ("primary", "remove"):
        ada.get("/account/addresses")
        links = ada.page.html.find_all("a", href=lambda h, what=what: h and h.endswith(f"/{what}"))
        walk.press(ada, links[-1]["href"])
    return ada


def through_sessions(walk: Walk, ada: Visitor) -> None:
    """Others ended, this one put off and renewed, a browser trusted and forgotten."""
    walk.sign_in("ada")
    ada.get("/account/sessions")
    end = ada.page.html.find("a", href=lambda href: href and href.endswith("/end"))["href"]
    walk.press(ada, end)
    walk.sign_in("ada")
    walk.press(ada, "/account/sessions/end")
    ada.get("/account/sessions/extend")
    ada.submit()
    trusted = walk.visitor()
    trusted.get("/sign-in")
    trusted.submit(name="ada", password=PASSWORD)
    form = trusted.form("code", "remember")
    form["code"], form["remember"] = walk.code("ada"), True
    trusted.page = form.submit().maybe_follow()
    trusted.get("/account/sessions")
    trusted.submit("device")
    walk.clock.advance(timedelta(hours=1))
    ada.get("/account/sessions/renew")
    again(walk, ada)
    ada.submit()


def again(walk: Walk, at: Visitor) -> None:
    """Prove it once more, as far as it is asked for."""
    while at.path == "/step-up":
        fields = {field for form in at._forms() for field in form.fields if field}
        if "password" in fields:
            at.submit(password=PASSWORD)
        else:
            at.submit(code=walk.code("ada"))


def through_the_end(walk: Walk, ada: Visitor) -> None:
    """The account given up, and kept."""
    ada.get("/account/delete")
    again(walk, ada)
    ada.submit(name="ada")
    walk.press(ada, "/account/keep")


def through_loss(walk: Walk, root: Visitor) -> None:
    """A reset by mail; a way back that is asked for and stopped, and one that is granted."""
    lost = begun_reset(walk)
    lost.submit(code=walk.code("ada"))
    lost.submit(password=PASSWORD)
    lost = begun_reset(walk)
    walk.press(lost, "/regain", note="all is lost")
    lost.get(mailed(walk, "regain/cancel"))
    lost.submit("token")
    lost = begun_reset(walk)
    walk.press(lost, "/regain", note="all is lost, again")
    root.get("/admin/users")
    root.get(root.page.html.find("a", string="ada")["href"])
    grant = root.page.html.find("a", href=lambda href: href and "/act/allow" in href)
    assert grant is not None, str(root.page.html.find("main"))
    walk.press(root, grant["href"], reason="seen at the counter")
    walk.clock.advance(timedelta(hours=2))
    walk.runtime.regaining.carry_out()
    back = begun_reset(walk)
    back.submit(password=PASSWORD)
    walk.add_app(back, "ada")
    walk.clock.advance(timedelta(minutes=20))
    back.get("/account/lift")
    again(walk, back)


def begun_reset(walk: Walk) -> Visitor:
    lost = walk.visitor()
    walk.press(lost, "/reset-password", name="ada")
    lost.get(mailed(walk, "reset-password/link"))
    lost.submit("token")
    return lost


def mailed(walk: Walk, path: str) -> str:
    """The newest link to a page that was mailed to Ada."""
    # Her primary address, since she changed it.
    mails = walk.outbox.to("work@example.org")
    fitting = [link for mail in mails for link in mail.links if path in link]
    assert fitting, [mail.subject for mail in mails]
    return fitting[-1]


def an_admin(walk: Walk) -> Visitor:
    root = walk.register("root")
    root.get(walk.outbox.to("root@example.org")[-1].link)
    root.submit("token")
    walk.add_app(root, "root")
    assert walk.runtime.accounts is not None
    with walk.runtime.store.write() as unit:
        user = walk.runtime.directory.named("root")
        assert user is not None
        walk.runtime.accounts.set_admin(unit, user.id, admin=True)
    return walk.sign_in("root")


def disowned(walk: Walk, ada: Visitor) -> None:
    """A sign-in that was not theirs."""
    ada.get("/account/history?type=sign-in.done")
    link = ada.page.html.find("a", string="This was not me")
    assert link is not None, ada.text
    walk.press(ada, link["href"])


def test_every_unsafe_route_leaves_an_event(walk: Walk) -> None:
    """But for those that change nothing, and of which that is shown."""
    ada = through_the_account(walk)
    through_sessions(walk, ada)
    disowned(walk, ada)
    through_the_end(walk, ada)
    walk.press(ada, removable(ada))
    walk.add_app(ada, "ada")
    through_loss(walk, an_admin(walk))
    silent = {
        route for route in walk.unsafe_routes() - SHOWS - SMALL.keys() if not walk.left.get(route)
    }
    assert silent == set(), f"left no event, or were never tried: {sorted(silent)}"
    for route in SMALL:
        assert route in walk.left, f"{route} was never tried"


def removable(ada: Visitor) -> str:
    ada.get("/account/security")
    links = ada.page.html.find_all("a", href=lambda href: href and href.endswith("/remove"))
    return str(links[-1]["href"])


@pytest.mark.parametrize("route", sorted(SHOWS - {"ostiary_return"}))
def test_what_leaves_no_event_changes_nothing(walk: Walk, route: str) -> None:
    """Whatever is sent to it, with a form's token: each row is as it was."""
    root = an_admin(walk)
    root.get("/account")
    token = root.page.html.find("input", {"name": "csrf_token"})["value"]
    user = walk.runtime.directory.named("root")
    assert user is not None
    path = walk.registry.introspector.get("routes", route)["pattern"]
    # What happened until now gets its place in the trail by whoever looks at it first.
    root.get(f"{path}?user={user.id}")
    before = walk.rows()
    root.app.post(f"{path}?user={user.id}", {"csrf_token": token, "name": "x"}, status="*")
    assert walk.rows() == before
