"""The pages of the audit trail, and how one comes to see them."""

from __future__ import annotations

from datetime import timedelta

from ostiary.audit import Who
from ostiary.contracts import Actor, Client, Outcome
from tests.browser.scenes import LONG, NAME, Scene, error, sight
from tests.browser.scenes_of_accounts import account
from tests.browser.scenes_of_admins import as_admin

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def happened(scene: Scene) -> None:
    """Something of every kind that a page shows in its own way."""
    recorder, user = scene.runtime.recorder, scene.user
    own = Actor("user", user.id, "session", session="a1")
    client = Client("192.0.2.1", AGENT)
    handed = Actor("user", user.id, "tokens", "t" * 36, (LONG, NAME), shown="s")
    with scene.runtime.store.write() as unit:
        for device in ("known", "new"):
            recorder.record(
                unit,
                "sign-in.done",
                Who(own, client, "request"),
                subject=user.id,
                details={"device": device},
            )
        recorder.record(
            unit,
            "factor.renamed",
            Who(handed, Client("2001:db8:1234:5678:9abc:def0:1234:1", AGENT), "r"),
            subject=user.id,
            before={"label": LONG},
            after={"label": NAME},
        )
        recorder.record(
            unit,
            "sign-in.refused",
            Who(Actor("anonymous"), client),
            subject=user.id,
            outcome=Outcome.REFUSED,
            reason="wrong-code",
        )
    scene.person.clock.advance(timedelta(minutes=3))


@sight
def history(scene: Scene) -> None:
    account(scene)
    happened(scene)
    scene.open("/account/history")


@sight
def history_narrowed(scene: Scene) -> None:
    account(scene)
    scene.open("/account/history?type=token&delegate=nobody")


@error
def history_misasked(scene: Scene) -> None:
    account(scene)
    scene.open("/account/history?since=yesterday")


@sight
def not_me(scene: Scene) -> None:
    history(scene)
    scene.page.click("main a.o-danger")


@sight
def what_to_change(scene: Scene) -> None:
    not_me(scene)
    scene.send("main form button.o-danger")


@sight
def all_events(scene: Scene) -> None:
    as_admin(scene)
    happened(scene)
    scene.open("/admin/events")


@sight
def one_event(scene: Scene) -> None:
    all_events(scene)
    scene.page.click("main li:nth-child(2) > p > a")
