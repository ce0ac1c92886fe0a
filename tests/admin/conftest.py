"""A house with passwords and authenticator apps, admins in it, and those who are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import pyotp
import pytest

from ostiary.accounts import address, login_name
from ostiary.contracts import Client, Enrolled, Kind, Proof, Strength, User
from ostiary.runtime import Runtime
from ostiary.signin.commanding import Commanding
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor

PASSWORD = "correct horse battery staple"
STEP = timedelta(seconds=30)


@dataclass
class Person:
    """An account, and its owner at a browser of their own."""

    house: House
    user: User
    browser: Visitor
    secret: str = field(default="", repr=False)

    @property
    def login(self) -> str:
        return self.user.login

    def get(self, path: str) -> Person:
        self.browser.get(path)
        return self

    @property
    def text(self) -> str:
        return self.browser.text

    @property
    def path(self) -> str:
        return self.browser.path

    @property
    def status(self) -> int:
        return int(self.browser.page.status_int)

    def enter(self, *kinds: Kind) -> Person:
        """A session that has proved these kinds just now; all that the account has, if none."""
        runtime, now = self.house.runtime, self.house.clock()
        proved = kinds or ((Kind.KNOW, Kind.HAVE) if self.secret else (Kind.KNOW,))
        proofs = [Proof("any", "any", Strength(frozenset({kind})), now) for kind in proved]
        with runtime.store.write() as unit:
            cookie = runtime.sessions.open(
                unit, self.user.id, proofs, Client("192.0.2.9"), None, now
            )
        self.browser = Visitor(runtime, cookies={"ostiary_session": cookie})
        return self

    def give_password(self) -> Person:
        self.browser.get("/sign-in")
        self.browser.submit(name=self.login, password=PASSWORD)
        return self

    def sign_in(self) -> Person:
        """By all that the account asks for."""
        self.give_password()
        if self.secret:
            self.give_code()
        return self

    def give_code(self) -> Person:
        self.browser.submit(code=self.code)
        return self

    @property
    def code(self) -> str:
        """The next one of the authenticator app."""
        self.house.clock.advance(STEP)
        return pyotp.TOTP(self.secret).at(self.house.clock())

    def add_app(self) -> Person:
        """On the page where the authenticator app is added."""
        self.secret = self.browser.page.html.find("main").find("code").text.replace(" ", "")
        self.browser.submit("code", code=self.code)
        return self

    def act(self, deed: str, on: Person, reason: str = "They asked me to.") -> Person:
        """Open the page of an act, and send it."""
        self.get(f"/admin/users/act/{deed}?user={on.user.id}")
        self.browser.submit(reason=reason)
        return self


@dataclass
class House:
    """The house, its clock, and what it recorded and sent."""

    runtime: Runtime
    clock: Clock
    events: Events
    outbox: Outbox

    def person(self, name: str, *, admin: bool = False, factor: bool = False) -> Person:
        """An account made at the command line, with a password, and an app if it is to have one."""
        accounts = self.runtime.accounts
        assert accounts is not None
        made = Commanding(self.runtime.signin.parts).create(
            accounts,
            login_name(name),
            address(f"{name}@example.org"),
            {"password": PASSWORD},
            admin=admin,
        )
        assert isinstance(made, User), made
        person = Person(self, made, Visitor(self.runtime))
        if factor:
            person.secret = pyotp.random_base32()
            self._give_app(person)
        return person

    def admin(self, name: str = "root") -> Person:
        """An admin who has just signed in by two steps."""
        return self.person(name, admin=True, factor=True).enter()

    def _give_app(self, person: Person) -> None:
        runtime = self.runtime
        totp = runtime.plugins.factors["totp"]
        enrolled = Enrolled(label=totp.title, secret=person.secret.encode())
        with runtime.store.write() as unit:
            runtime.rows.insert(
                unit,
                "factor",
                "totp",
                totp.title,
                totp.properties,
                person.user.id,
                enrolled,
                str(totp.title),
                runtime.now(),
            )

    def user(self, person: Person) -> User | None:
        return self.runtime.directory.get(person.user.id)

    def limits(self, person: Person) -> list[str | None]:
        """Of the sessions of a person, why each is limited."""
        with self.runtime.store.read() as connection:
            found = self.runtime.sessions.of_user(connection, person.user.id, self.clock())
        return [None if each.limit is None else each.limit.value for each in found]


Open: TypeAlias = Callable[..., House]


@pytest.fixture
def open_house(make_runtime: Houses, clock: Clock, events: Events, outbox: Outbox) -> Open:
    """Opens the house with these settings."""

    def opened(*plugins: object, **settings: Any) -> House:
        listed = plugins or ("password", "totp")
        runtime = make_runtime(*listed, **{"generous": True, **settings})
        return House(runtime, clock, events, outbox)

    return opened


@pytest.fixture
def house(open_house: Open) -> House:
    return open_house()
