"""Every page, and how one comes to see it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import pyotp
from playwright.sync_api import Page

from ostiary.contracts import JSON, Client, Enrolled, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.testing.visiting import Visitor
from tests.browser.people import PASSWORD, Person

LONG = "Telephone-of-my-grandmother-" + "w" * 72
NAME = "ada-" + "lovelace" * 7
OTHER_ADDRESS = "work@example.org"
LONG_ADDRESS = f"{'long.' * 11}address@{'example' * 8}.{'example.' * 5}org"
SECRET = pyotp.random_base32()
PASSKEY: JSON = {
    "handle": "AAAA",
    "aaguid": "fbfc3007-154e-4ecc-8c0b-6e020557d7bd",
    "transports": ["internal", "hybrid"],
    "backup_eligible": True,
    "backed_up": False,
    "user_verified": False,
    "passkey": False,
}
ELSEWHERE = "2001:db8:1234:5678:9abc:def0:1234:"
# Addresses of people, in the other sense.
NETWORK = ("192.0.2.1", "192.0.2.9", f"{ELSEWHERE}1", f"{ELSEWHERE}2")


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
        if name == "webauthn":
            lookup = secrets.token_urlsafe(32)
            enrolled = Enrolled(label=factor.title, public=PASSKEY, lookup=lookup)
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
