"""Every page, and how one comes to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import pyotp
from playwright.sync_api import Page

from ostiary.contracts import Client, Enrolled, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.testing.visiting import Visitor
from tests.browser.people import PASSWORD, STEP, Person

LONG = "Telephone-of-my-grandmother-" + "w" * 72
NAME = "ada-" + "lovelace" * 7
SECRET = pyotp.random_base32()


@dataclass
class Scene:
    """A person at a server, and shortcuts to how things stand there."""

    person: Person
    runtime: Runtime
    language: str
    user: User = field(init=False)

    @property
    def page(self) -> Page:
        return self.person.page

    def open(self, path: str) -> None:
        self.person.open(path)

    def send(self, selector: str = "main form button.o-primary", /, **fields: str) -> None:
        """Fill in fields by their names, whatever the language, and send the form."""
        for name, value in fields.items():
            self.page.fill(f"main [name={name}]", value)
        self.page.click(selector)

    def account(self, *factors: str, confirmed: bool = True) -> None:
        """There is an account with a password and these factors."""
        visitor = Visitor(self.runtime, language=self.language)
        visitor.get("/register")
        visitor.submit(name=NAME, address="ada@example.org", password=PASSWORD)
        if confirmed:
            visitor.get(self.person.outbox.last.link)
            visitor.submit("token")
        found = self.runtime.directory.named(NAME)
        assert found is not None
        self.user = found
        for name in factors:
            self.credential(name)
        self.person.secret = SECRET

    def credential(self, name: str, label: str = "") -> str:
        """The account has a factor, or another of its kind."""
        runtime, factor = self.runtime, self.runtime.plugins.factors[name]
        enrolled = Enrolled(label=factor.title, secret=SECRET.encode() if name == "totp" else b"")
        with runtime.store.write() as unit:
            return runtime.rows.insert(
                unit,
                "factor",
                name,
                factor.title,
                factor.properties,
                self.user.id,
                enrolled,
                label or f"{name} {LONG}"[:100],
                runtime.now(),
            ).credential.id

    def signed_in(self, *factors: str, confirmed: bool = True) -> None:
        """Somebody is signed in who proved everything just now."""
        self.account(*factors, confirmed=confirmed)
        runtime, now = self.runtime, self.runtime.now()
        proofs = [
            Proof("any", None, Strength(frozenset({kind})), now) for kind in (Kind.KNOW, Kind.HAVE)
        ]
        with runtime.store.write() as unit:
            cookie = runtime.sessions.open(
                unit, self.user.id, tuple(proofs), Client("192.0.2.1", "test"), None, now
            )
        self.page.context.add_cookies(
            [{"name": "ostiary_session", "value": cookie, "url": self.person.url}]
        )

    def halfway(self, *factors: str) -> None:
        """The password was given, and a second step is asked for."""
        self.account(*factors)
        self.open("/sign-in")
        self.send(name=NAME, password=PASSWORD)
        self.page.wait_for_url("**/sign-in/verify")

    def labels(self) -> list[str]:
        """What the account's factors are called by their owner, if there is an account."""
        user = getattr(self, "user", None)
        stored = self.runtime.signin.parts.credentials(user.id) if user else ()
        return [each.credential.label for each in stored]

    def credentials(self) -> list[str]:
        return [each.credential.id for each in self.runtime.signin.parts.credentials(self.user.id)]


Sight: TypeAlias = Callable[[Scene], None]

SIGHTS: dict[str, Sight] = {}
ERRORS: set[str] = set()
"""Those that show what is wrong with a form."""


def sight(function: Sight) -> Sight:
    SIGHTS[function.__name__] = function
    return function


def error(function: Sight) -> Sight:
    ERRORS.add(function.__name__)
    return sight(function)


@sight
def home(scene: Scene) -> None:
    scene.open("/")


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
    scene.page.wait_for_selector("main .o-notice >> nth=1")


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
def account(scene: Scene) -> None:
    scene.signed_in("totp")
    scene.open("/account")


@sight
def account_unconfirmed(scene: Scene) -> None:
    scene.signed_in(confirmed=False)
    scene.open("/account")


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
def sign_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")


@sight
def signed_out(scene: Scene) -> None:
    scene.signed_in()
    scene.open("/sign-out")
    scene.send()


@sight
def not_found(scene: Scene) -> None:
    scene.open("/no-such-page")


@sight
def form_too_old(scene: Scene) -> None:
    scene.open("/sign-in")
    scene.page.context.clear_cookies()
    scene.send(name=NAME, password=PASSWORD)


__all__ = ["ERRORS", "LONG", "NAME", "SIGHTS", "STEP", "Scene"]
