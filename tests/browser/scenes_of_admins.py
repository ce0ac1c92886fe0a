"""Looking after other people's accounts."""

from __future__ import annotations

from ostiary.accounts import address, login_name
from ostiary.contracts import User
from ostiary.signin.commanding import Commanding
from ostiary.store.ids import uuid7
from tests.browser.scenes import (
    LONG,
    LONG_ADDRESS,
    OTHER_ADDRESS,
    Scene,
    error,
    sight,
)
from tests.browser.scenes_of_sessions import signed_in_elsewhere


def as_admin(scene: Scene) -> User:
    """An admin is signed in, and there is somebody to look after."""
    scene.signed_in("totp")
    accounts, runtime = scene.runtime.accounts, scene.runtime
    assert accounts is not None
    with runtime.store.write() as unit:
        accounts.set_admin(unit, scene.user.id, True)
        other = accounts.create(unit, uuid7(runtime.now()), login_name("Ostiary"))
        accounts.add_address(unit, other.id, address(OTHER_ADDRESS), verified=True)
        accounts.add_address(unit, other.id, address(LONG_ADDRESS))
    return other


@sight
def admin_users(scene: Scene) -> None:
    other, accounts = as_admin(scene), scene.runtime.accounts
    assert accounts is not None
    with scene.runtime.store.write() as unit:
        accounts.set_disabled(unit, other.id, True)
        scene.runtime.signin.parts.regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open("/admin/users")


@sight
def admin_users_none(scene: Scene) -> None:
    as_admin(scene)
    scene.open("/admin/users?q=%25")


@sight
def admin_user(scene: Scene) -> None:
    """The other person is looked at with everything that one can have."""
    admin, other = scene, as_admin(scene)
    mine, scene.user = admin.user, other
    for name in ("password", "totp"):
        scene.credential(name)
    signed_in_elsewhere(scene)
    regains = scene.runtime.signin.parts.regains
    with scene.runtime.store.write() as unit:
        regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open(f"/admin/users/view?user={other.id}")
    assert mine.id != other.id


@sight
def admin_user_oneself(scene: Scene) -> None:
    as_admin(scene)
    scene.open(f"/admin/users/view?user={scene.user.id}")


@sight
def admin_act(scene: Scene) -> None:
    scene.open(f"/admin/users/act/disable?user={as_admin(scene).id}")


@error
def admin_act_without_reason(scene: Scene) -> None:
    admin_act(scene)
    scene.send("main form button.o-danger")


@sight
def admin_decides(scene: Scene) -> None:
    other, regains = as_admin(scene), scene.runtime.signin.parts.regains
    with scene.runtime.store.write() as unit:
        asked = regains.ask(unit, other.id, LONG, scene.runtime.now())
    scene.open(f"/admin/users/act/refuse-way-back?user={other.id}&request={asked.id}")


def made_admin(scene: Scene) -> None:
    """Somebody who was made an admin just now, and has no second factor."""
    scene.signed_in()
    accounts, parts = scene.runtime.accounts, scene.runtime.signin.parts
    assert accounts is not None
    Commanding(parts).set_admin(accounts, scene.user, granted=True)
