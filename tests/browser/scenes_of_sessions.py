"""Sessions, and how they end."""

from __future__ import annotations

from datetime import timedelta

from ostiary.contracts import Client
from ostiary.store.ids import uuid7
from tests.browser.scenes import ELSEWHERE, Scene, sight


def signed_in_elsewhere(scene: Scene) -> list[str]:
    """The account's other sessions, by browsers that say who they are, and one that does not."""
    agents = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
        "<b>Nobody</b>",
    )
    runtime, ids = scene.runtime, []
    with runtime.store.write() as unit:
        for number, agent in enumerate(agents, 1):
            client = Client(f"{ELSEWHERE}{number}", agent)
            ids.append(uuid7(runtime.now()))
            runtime.sessions.open(
                unit, scene.user.id, (), client, None, runtime.now(), session_id=ids[-1]
            )
            token = runtime.devices.keep(unit, None, scene.user.id, client, runtime.now())
            until = runtime.now() + timedelta(days=30)
            runtime.devices.remember(unit, token, scene.user.id, until)
    return ids


@sight
def sessions(scene: Scene) -> None:
    scene.signed_in("totp")
    signed_in_elsewhere(scene)
    scene.open("/account/sessions")


@sight
def sessions_one(scene: Scene) -> None:
    _only_here(scene)
    scene.open("/account/sessions")


@sight
def end_session(scene: Scene) -> None:
    scene.signed_in()
    scene.open(f"/account/sessions/{signed_in_elsewhere(scene)[0]}/end")


@sight
def session_ended(scene: Scene) -> None:
    end_session(scene)
    scene.send("main button.o-danger")


@sight
def end_others(scene: Scene) -> None:
    scene.signed_in()
    signed_in_elsewhere(scene)
    scene.open("/account/sessions/end")


@sight
def end_others_none(scene: Scene) -> None:
    _only_here(scene)
    scene.open("/account/sessions/end")


def _only_here(scene: Scene) -> None:
    """Signed in, and nowhere else."""
    scene.signed_in()
    scene.open("/account/sessions/end")
    scene.send("main button.o-danger")


@sight
def extend(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions/extend")


@sight
def extend_no_longer(scene: Scene) -> None:
    scene.signed_in()
    for _ in range(10):
        scene.person.clock.advance(timedelta(hours=1, minutes=5))
        scene.open("/account/sessions/extend")


@sight
def renew_session(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/sessions/renew")


@sight
def ends_soon(scene: Scene) -> None:
    """A page whose session is about to end, as its browser's clock says."""
    scene.page.clock.install()
    scene.signed_in()
    scene.open("/account/security")
    scene.page.clock.fast_forward(timedelta(hours=1, minutes=56).seconds * 1000)
    scene.page.wait_for_selector(".o-ending:not([hidden])")
