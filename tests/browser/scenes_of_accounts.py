"""What people do with their own account."""

from __future__ import annotations

from datetime import timedelta

from ostiary.accounts import address
from ostiary.contracts import Assurance
from ostiary.signin.keeping import MAX_FORMS, Holder, Keeping, KeptForm
from tests.browser.scenes import (
    LONG,
    LONG_ADDRESS,
    NAME,
    OTHER_ADDRESS,
    Scene,
    error,
    sight,
)
from tests.browser.scenes_of_admins import made_admin


@sight
def account(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account")


@sight
def account_unconfirmed(scene: Scene) -> None:
    scene.signed_in(confirmed=False)
    scene.open("/account")


def _addresses(scene: Scene) -> list[str]:
    """Somebody signed in has another confirmed address, and one that is not; their ids."""
    scene.signed_in("totp")
    accounts = scene.runtime.accounts
    assert accounts is not None
    with scene.runtime.store.write() as unit:
        return [
            accounts.add_address(unit, scene.user.id, address(each), verified=verified)
            for each, verified in ((OTHER_ADDRESS, True), (LONG_ADDRESS, False))
        ]


@sight
def addresses(scene: Scene) -> None:
    _addresses(scene)
    scene.open("/account/addresses")


@sight
def add_address(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/addresses/add")


@error
def add_address_wrong(scene: Scene) -> None:
    add_address(scene)
    scene.send(address="ada@192.0.2.1")


@sight
def primary_address(scene: Scene) -> None:
    scene.open(f"/account/addresses/{_addresses(scene)[0]}/primary")


@sight
def remove_address(scene: Scene) -> None:
    scene.open(f"/account/addresses/{_addresses(scene)[1]}/remove")


@sight
def delete_account(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account/delete")


@error
def delete_account_wrong(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/delete")
    scene.send("main form button.o-danger", name="Bob")


@sight
def account_given_up(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/delete")
    scene.send("main form button.o-danger", name=NAME)


@sight
def keep_account(scene: Scene) -> None:
    account_given_up(scene)
    scene.open("/account/keep")


@sight
def security_bare(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security")


@sight
def security_full(scene: Scene) -> None:
    scene.signed_in("totp", "push", "key")
    factors = dict(scene.runtime.plugins.factors)
    scene.credential("totp", LONG)
    scene.open("/account/security")
    assert set(factors) >= {"password", "totp"}


@sight
def step_up(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.person.clock.advance(timedelta(minutes=16))
    scene.open(f"/account/security/{scene.credentials()[0]}/remove")


@error
def step_up_wrong(scene: Scene) -> None:
    step_up(scene)
    scene.open("/step-up?with=totp")
    scene.send(code="1")


@sight
def add_app(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/totp")


@sight
def add_passkey(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/webauthn")


@sight
def security_passkey(scene: Scene) -> None:
    scene.signed_in("webauthn", "totp")
    scene.open("/account/security")


@sight
def add_codes(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account/security/add/recovery")


@error
def add_app_wrong(scene: Scene) -> None:
    add_app(scene)
    scene.send(code="1", label=LONG)


@sight
def add_at_once(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/push")


@sight
def added(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/push")
    scene.send(label=LONG)


@sight
def add_further(scene: Scene) -> None:
    """A factor asks more once the first was answered."""
    scene.signed_in()
    scene.open("/account/security/add/letter")
    scene.send(street="Hohe Straße 5")


@sight
def change_password(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/account/security/add/password")


@error
def change_password_wrong(scene: Scene) -> None:
    change_password(scene)
    scene.send(password="short")


@sight
def rename(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open(f"/account/security/{scene.credentials()[-1]}/rename")


@error
def rename_empty(scene: Scene) -> None:
    rename(scene)
    scene.send(label="")


@sight
def remove(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open(f"/account/security/{scene.credentials()[-1]}/remove")


@sight
def remove_refused(scene: Scene) -> None:
    scene.signed_in()
    scene.open(f"/account/security/{scene.credentials()[0]}/remove")
    scene.send("main button.o-danger")


@sight
def required(scene: Scene) -> None:
    made_admin(scene)
    scene.open("/account/sessions")


@sight
def account_limited(scene: Scene) -> None:
    made_admin(scene)
    scene.open("/account")


def keep(scene: Scene, *fields: tuple[str, str], **left_out: tuple[str, ...]) -> str:
    """A form that somebody sent before they had proved enough; its token."""
    runtime, cookies = scene.runtime, scene.person.cookies()
    with runtime.store.write() as unit:
        session = runtime.sessions.load(unit, cookies["ostiary_session"], runtime.now())
        assert session is not None
        holder = Holder(scene.user.id, session.id, cookies["ostiary_browser"])
        keeping = Keeping(runtime.keys, runtime.now, timedelta(minutes=10))
        return keeping.put(unit, holder, KeptForm("/account", fields, **left_out))


@sight
def form_shown_again(scene: Scene) -> None:
    account(scene)
    fields = (("title", NAME), ("tag", LONG), ("tag", ""), ("n" * 90, LONG), ("text", "a\r\nb"))
    token = keep(scene, *fields, secrets=("password",), files=("file",))
    scene.open(f"/step-up/form?ostiary_kept={token}")


@sight
def form_shown_already(scene: Scene) -> None:
    account(scene)
    scene.open("/step-up/form?ostiary_kept=none")


@sight
def form_not_kept(scene: Scene) -> None:
    rename(scene)
    scene.person.clock.advance(timedelta(minutes=16))
    for _ in range(MAX_FORMS):
        keep(scene)
    scene.send(label="x")


@sight
def account_too_weak(scene: Scene) -> None:
    scene.signed_in("totp")
    minimums = {"account.change": (Assurance(phishing_resistant=True),)}
    object.__setattr__(scene.runtime.settings, "minimums", minimums)
    scene.open(f"/account/security/{scene.credentials()[-1]}/rename")
