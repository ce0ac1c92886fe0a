"""Registering, signing in and out, and what needs nobody to be signed in."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.people import PASSWORD
from tests.browser.scenes import NAME, Scene, error, sight


@sight
def home(scene: Scene) -> None:
    scene.open("/")


@sight
def help_with_signing_in(scene: Scene) -> None:
    scene.open("/help")


@sight
def accessibility(scene: Scene) -> None:
    scene.open("/accessibility")


@sight
def register(scene: Scene) -> None:
    scene.open("/register")


@error
def register_empty(scene: Scene) -> None:
    scene.open("/register")
    scene.send()


@error
def register_taken(scene: Scene) -> None:
    scene.account()
    scene.open("/register")
    scene.send(name=NAME, address="bob@example.org", password=PASSWORD)


@sight
def registered(scene: Scene) -> None:
    scene.open("/register")
    scene.send(name=NAME, address="ada@example.org", password=PASSWORD)


@sight
def verify_address(scene: Scene) -> None:
    scene.account(confirmed=False)
    scene.page.goto(scene.person.outbox.last.link)


@sight
def verify_address_too_late(scene: Scene) -> None:
    scene.open("/verify-address?token=none")


@sight
def sign_in(scene: Scene) -> None:
    scene.open("/sign-in?next=/account/security")


@error
def sign_in_empty(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.send()


@error
def sign_in_wrong(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.send(name=NAME, password="wrong")


@sight
def verify_code(scene: Scene) -> None:
    scene.halfway("totp")


@error
def verify_code_wrong(scene: Scene) -> None:
    scene.halfway("totp")
    scene.send(code="1")


@sight
def verify_expired(scene: Scene) -> None:
    scene.halfway("totp")
    scene.person.clock.advance(timedelta(hours=1))
    scene.send(code="1")


@sight
def verify_with_choices(scene: Scene) -> None:
    scene.halfway("totp", "mailed-code", "push", "key", "elsewhere")


@sight
def verify_mailed(scene: Scene) -> None:
    scene.halfway("mailed-code", "totp")
    scene.open("/sign-in/verify?with=mailed-code")


@sight
def verify_waiting(scene: Scene) -> None:
    scene.halfway("push")


@sight
def verify_still_waiting(scene: Scene) -> None:
    scene.halfway("push")
    scene.send()
    scene.page.wait_for_selector("main .o-reminder")


@error
def verify_refused_there(scene: Scene) -> None:
    scene.halfway("push")
    handle = scene.page.get_attribute("[name=challenge]", "value")
    assert handle
    assert scene.runtime.house.deliver(handle, {"agreed": False})
    scene.page.wait_for_selector("[role=alert]")


@sight
def verify_ceremony(scene: Scene) -> None:
    scene.halfway("key")


@sight
def verify_elsewhere(scene: Scene) -> None:
    scene.halfway("elsewhere")


@sight
def verify_passkey(scene: Scene) -> None:
    scene.halfway("totp", "webauthn")
    scene.open("/sign-in/verify?with=webauthn")


@error
def verify_passkey_wrong(scene: Scene) -> None:
    verify_passkey(scene)
    scene.page.evaluate("""() => {
        document.querySelector("[name=answer]").value = "{}";
        document.querySelector("main form").submit();
    }""")
    scene.page.wait_for_selector("[role=alert]")


@sight
def verify_recovery(scene: Scene) -> None:
    scene.halfway("totp", "recovery")
    scene.open("/sign-in/verify?with=recovery")


@sight
def sign_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")


@sight
def signed_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")
    scene.send()
