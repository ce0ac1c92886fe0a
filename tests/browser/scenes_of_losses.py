"""What was lost: resets by mail, and ways back."""

from __future__ import annotations

from ostiary.accounts import login_name
from ostiary.audit import COMMAND
from ostiary.contracts import Client
from ostiary.signin.commanding import Commanding
from tests.browser.people import PASSWORD
from tests.browser.scenes import NAME, Scene, error, sight


def mailed(scene: Scene) -> None:
    """Open the link of the last mail."""
    scene.page.goto(scene.person.outbox.last.link)


@sight
def reset(scene: Scene) -> None:
    scene.open("/reset-password")


@error
def reset_empty(scene: Scene) -> None:
    scene.open("/reset-password")
    scene.send()


@sight
def reset_asked(scene: Scene) -> None:
    scene.account()
    scene.open("/reset-password")
    scene.send(name=NAME)


@sight
def reset_link(scene: Scene) -> None:
    reset_asked(scene)
    mailed(scene)


@sight
def reset_link_elsewhere(scene: Scene) -> None:
    scene.signed_in()
    mine = scene.page.context.cookies()
    scene.open("/reset-password")
    scene.send(name=NAME)
    other = scene.runtime.accounts
    assert other is not None
    with scene.runtime.store.write() as unit:
        user = other.create(unit, "another", login_name("bob"))
        cookie = scene.runtime.sessions.open(
            unit, user.id, (), Client("192.0.2.1", "test"), None, scene.runtime.now()
        )
    assert mine
    scene.page.context.add_cookies(
        [{"name": "ostiary_session", "value": cookie, "url": scene.person.url}]
    )
    mailed(scene)


@sight
def reset_too_late(scene: Scene) -> None:
    scene.open("/reset-password/link?token=none")


@sight
def reset_renew(scene: Scene) -> None:
    reset_link(scene)
    scene.send()


@error
def reset_renew_short(scene: Scene) -> None:
    reset_renew(scene)
    scene.send(password="short")


@sight
def reset_done(scene: Scene) -> None:
    reset_renew(scene)
    scene.send(password=PASSWORD + " again")


@error
def reset_second_mailed(scene: Scene) -> None:
    scene.account("mailed-code", "totp")
    scene.open("/reset-password")
    scene.send(name=NAME)
    mailed(scene)
    scene.send()
    scene.open("/sign-in/verify?with=mailed-code")


@sight
def regain(scene: Scene) -> None:
    scene.halfway("totp")
    scene.open("/regain")


@error
def regain_empty(scene: Scene) -> None:
    regain(scene)
    scene.send()


@sight
def regain_asked(scene: Scene) -> None:
    regain(scene)
    scene.send(note="My phone fell into the lake.")


@sight
def regain_granted(scene: Scene) -> None:
    regain_asked(scene)
    (request,) = scene.runtime.regaining.open_requests()
    assert scene.runtime.regaining.grant(request.id, COMMAND, "known by voice")
    scene.open("/regain")


@sight
def regain_cancel(scene: Scene) -> None:
    regain_asked(scene)
    mailed(scene)


@sight
def regain_cancel_late(scene: Scene) -> None:
    regain_granted(scene)
    scene.person.clock.advance(scene.runtime.settings.regain_wait)
    assert scene.runtime.regaining.carry_out() == 1
    mailed(scene)


@sight
def regain_over(scene: Scene) -> None:
    scene.open("/regain/cancel?token=none")


@sight
def recovering(scene: Scene) -> None:
    scene.account("totp")
    Commanding(scene.runtime.signin.parts).reset_factors(scene.user, "lost")
    scene.open("/sign-in")
    scene.send(name=NAME, password=PASSWORD)
    scene.open("/account/security")


@sight
def recovering_with_two(scene: Scene) -> None:
    recovering(scene)
    scene.credential("totp")
    scene.open("/account/sessions")
