"""A small house with factors of every nature, and hands to go through its door with."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, TypeAlias, TypeVar

import pytest
from sqlalchemy import func, select

from ostiary.accounts import StoredCredential, new_token
from ostiary.accounts.names import address, login_name
from ostiary.contracts import (
    Ceremony,
    Challenge,
    Client,
    Credential,
    Enrolled,
    Factor,
    Field,
    First,
    Form,
    House,
    Kind,
    Pending,
    Properties,
    Purpose,
    Refused,
    Step,
    Strength,
    Text,
    User,
    Verified,
)
from ostiary.hookspecs import hookimpl
from ostiary.runtime import Runtime
from ostiary.signin import Asked, Denied, Further, Member, Question, SignedIn, Visitor, hash_token
from ostiary.signin.values import Outcome
from ostiary.store.ids import uuid7
from ostiary.store.tables import sessions
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events, Houses

T = TypeVar("T")

KNOW = Strength(frozenset({Kind.KNOW}))
HAVE = Strength(frozenset({Kind.HAVE}))
BOTH = Strength(frozenset({Kind.KNOW, Kind.HAVE}), phishing_resistant=True)
RESISTANT = Strength(frozenset({Kind.HAVE}), phishing_resistant=True)

Answer: TypeAlias = Mapping[str, str]


def words(english: str) -> Text:
    """Something to read."""
    return Text("tests", english)


def form(name: str, **more: Any) -> Form:
    """A form of one field."""
    return Form(text=words("Fill in"), fields=(Field(name, words(name)),), **more)


NO = Refused("wrong-answer", words("That is wrong."))


class Told(Factor):
    """A factor that counts what it is asked; ``after_yes`` runs between its yes and the core."""

    title = words("Test factor")

    def __init__(self, name: str, properties: Properties) -> None:
        self.name = name
        self.properties = properties
        self.calls: list[str] = []
        self.after_yes: Callable[[], object] = lambda: None

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        raise NotImplementedError

    def finish_enrolment(
        self, step: Step, answer: Answer, /
    ) -> Enrolled | Challenge | Pending | Refused:
        raise NotImplementedError

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        raise NotImplementedError

    def answer_challenge(
        self, step: Step, answer: Answer, /
    ) -> Verified | Challenge | Pending | Refused:
        raise NotImplementedError


class Word(Told):
    """Something known, after a name: the usual first proof."""

    title = words("Word")

    def __init__(self, name: str = "word", **properties: Any) -> None:
        known = {"first": First.AFTER_NAME, "second": False, "most": 1, "single_use": False}
        super().__init__(name, Properties(KNOW, **{**known, **properties}))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        return form("word")

    def finish_enrolment(
        self, step: Step, answer: Answer, /
    ) -> Enrolled | Challenge | Pending | Refused:
        word = answer["word"]
        if word == "bad":
            return NO
        return Enrolled(label=words("Word"), secret=word.encode(), chosen=word)

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        return form("word")

    def answer_challenge(
        self, step: Step, answer: Answer, /
    ) -> Verified | Challenge | Pending | Refused:
        self.calls.append("answer")
        for credential in step.credentials:
            if credential.secret == answer["word"].encode():
                self.after_yes()
                return Verified(credential=credential)
        return NO

    def decoy(self) -> Credential | None:
        self.calls.append("decoy")
        return Credential("decoy", "", "Decoy", secret=b"\0")


class Counter(Told):
    """Something owned, single use: a number that must be higher than the last."""

    title = words("Counter")

    def __init__(self, name: str = "counter", **properties: Any) -> None:
        super().__init__(name, Properties(HAVE, **properties))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        return form("number", state={"for": step.user.id if step.user else ""})

    def finish_enrolment(
        self, step: Step, answer: Answer, /
    ) -> Enrolled | Challenge | Pending | Refused:
        if not answer["number"].isdigit():
            return NO
        return Enrolled(label=words("Counter"), mark=int(answer["number"]))

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        return form("number")

    def answer_challenge(
        self, step: Step, answer: Answer, /
    ) -> Verified | Challenge | Pending | Refused:
        self.calls.append("answer")
        for credential in step.credentials:
            if answer["number"].isdigit() and int(answer["number"]) > (credential.mark or 0):
                self.after_yes()
                return Verified(credential=credential, mark=int(answer["number"]))
        return replace(NO, alarm=answer["number"].isdigit())


class Key(Told):
    """A passkey: finds its user, proves two kinds, or one where nobody was asked for a PIN."""

    title = words("Key")

    def __init__(self, name: str = "key", **properties: Any) -> None:
        super().__init__(name, Properties(BOTH, **{"first": First.FINDS_USER, **properties}))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        return Ceremony(text=words("Touch"), script="tests:key.js", options={"n": [1, "a"]})

    def finish_enrolment(
        self, step: Step, answer: Answer, /
    ) -> Enrolled | Challenge | Pending | Refused:
        return Enrolled(label=words("Key"), lookup=answer["answer"], strength=RESISTANT)

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        return Ceremony(text=words("Touch"), script="tests:key.js")

    def answer_challenge(
        self, step: Step, answer: Answer, /
    ) -> Verified | Challenge | Pending | Refused:
        self.calls.append("answer")
        lookup, _, pin = answer["answer"].partition("+")
        credential = step.find(lookup)
        if credential is None:
            return NO
        self.after_yes()
        return Verified(credential=credential, strength=BOTH if pin else RESISTANT)


class Scratch(Told):
    """Recovery codes: each works once, and leads to adding factors only."""

    title = words("Recovery codes")

    def __init__(self, name: str = "scratch") -> None:
        super().__init__(name, Properties(HAVE, second=False, recovery=True, most=1))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        return Enrolled(label=words("Codes"), secret=json.dumps(["r1", "r2"]).encode())

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        return form("code")

    def answer_challenge(
        self, step: Step, answer: Answer, /
    ) -> Verified | Challenge | Pending | Refused:
        (credential,) = step.credentials
        left = json.loads(credential.secret)
        if answer["code"] not in left:
            return NO
        left.remove(answer["code"])
        self.after_yes()
        return Verified(credential=credential, secret=json.dumps(left).encode())


class Scripted(Told):
    """A factor whose steps are functions of the test."""

    title = words("Scripted")

    def __init__(self, name: str = "scripted", strength: Strength = HAVE, **steps: Any) -> None:
        names = ("begin", "answer", "enrol", "finish", "change", "make_decoy")
        self.steps = {step: steps.pop(step) for step in names if step in steps}
        super().__init__(name, Properties(strength, **steps))

    def begin_enrolment(self, step: Step, /) -> Any:
        return self.steps["enrol"](step)

    def finish_enrolment(self, step: Step, answer: Answer, /) -> Any:
        return self.steps["finish"](step, answer)

    def begin_challenge(self, step: Step, /) -> Any:
        self.calls.append("begin")
        return self.steps.get("begin", lambda _step: form("code"))(step)

    def answer_challenge(self, step: Step, answer: Answer, /) -> Any:
        self.calls.append("answer")
        return self.steps["answer"](step, answer)

    def changed(self, step: Step, /) -> Any:
        return self.steps.get("change", lambda _step: None)(step)

    def decoy(self) -> Any:
        self.calls.append("decoy")
        return self.steps.get("make_decoy", lambda: Credential("decoy", "", "Decoy"))()


@dataclass
class Door:
    """A running house, and what a person in front of it would do."""

    runtime: Runtime
    clock: Clock
    events: Events
    _address: int = field(default=0)

    # Who is there.

    def user(self, login: str, mail: str | None = None, *, active: bool = True) -> User:
        """An account, its address verified."""
        accounts = self.runtime.accounts
        assert accounts is not None
        with self.runtime.store.write() as unit:
            user = accounts.create(unit, uuid7(self.clock()), login_name(login))
            if mail is not None:
                accounts.add_address(unit, user.id, address(mail), verified=True)
            if not active:
                accounts.set_disabled(unit, user.id, disabled=True)
        found = self.runtime.directory.get(user.id)
        assert found is not None
        return found

    def give(self, user: User, factor: Factor, **enrolled: Any) -> StoredCredential:
        """Store a credential, as if it had been enrolled."""
        label = str(factor.title)
        with self.runtime.store.write() as unit:
            return self.runtime.rows.insert(
                unit,
                "factor",
                factor.name,
                factor.title,
                factor.properties,
                user.id,
                Enrolled(label=factor.title, **enrolled),
                label,
                self.clock(),
            )

    def alice(self, word: Factor, *others: Factor) -> User:
        """Alice knows ``open``, and has these others."""
        user = self.user("Alice", "alice@example.org")
        self.give(user, word, secret=b"open")
        for factor in others:
            self.give(user, factor, lookup=f"{factor.name}-alice")
        return user

    # What browsers do.

    def visitor(self, **carries: Any) -> Visitor:
        """A browser that nobody knows, in a network of its own."""
        self._address += 1
        client = Client(f"2001:db8:0:{self._address:x}::1", "Test")
        return Visitor(client, new_token(), **carries)

    def token(self, visitor: Visitor, factor: Factor) -> str:
        """The sealed challenge of the sign-in page."""
        options = self.runtime.signin.ways.options(visitor)
        (token,) = [o.token for o in options if o.factor == factor.name]
        return token

    def first(
        self, visitor: Visitor, factor: Factor, name: str, answer: Answer, next_url: str = ""
    ) -> Outcome:
        """Open the sign-in page, and send it."""
        token = self.token(visitor, factor)
        return self.runtime.signin.answering.first(visitor, token, name, answer, next_url)

    def begun(self, visitor: Visitor, word: Factor, name: str = "alice") -> Visitor:
        """The browser after the first of two proofs."""
        outcome = self.first(visitor, word, name, {"word": "open"})
        assert isinstance(outcome, Further), outcome
        return replace(visitor, flow=outcome.flow)

    def question(
        self, visitor: Visitor, wish: Factor | None = None, purpose: Purpose = Purpose.SIGN_IN
    ) -> Question:
        """What the verify page asks."""
        name = None if wish is None else wish.name
        question = self.runtime.signin.ways.question(visitor, purpose, name)
        assert isinstance(question, Question), question
        return question

    def asked(
        self, visitor: Visitor, wish: Factor | None = None, purpose: Purpose = Purpose.SIGN_IN
    ) -> Asked:
        """The challenge that the verify page shows."""
        asked = self.question(visitor, wish, purpose).asked
        assert isinstance(asked, Asked), asked
        return asked

    def answer(
        self,
        visitor: Visitor,
        asked: Asked,
        answer: Answer,
        purpose: Purpose = Purpose.SIGN_IN,
        **more: Any,
    ) -> Outcome:
        """Answer it."""
        answering = self.runtime.signin.answering
        return answering.answer(visitor, purpose, asked.handle, answer, **more)

    def further(
        self,
        visitor: Visitor,
        factor: Factor,
        answer: Answer,
        purpose: Purpose = Purpose.SIGN_IN,
    ) -> Outcome:
        """Open the verify page at a factor, and answer."""
        return self.answer(visitor, self.asked(visitor, factor, purpose), answer, purpose)

    def member(self, signed_in: Outcome, visitor: Visitor | None = None) -> Member:
        """Whoever has just signed in."""
        assert isinstance(signed_in, SignedIn), signed_in
        runtime = self.runtime
        with runtime.store.read() as connection:
            session = runtime.sessions.load(connection, signed_in.cookie, self.clock())
        assert session is not None
        seen = replace(
            visitor or self.visitor(),
            session=hash_token(signed_in.cookie),
            session_id=session.id,
            device=signed_in.device,
            flow=None,
        )
        return Member(session.user_id, session.id_hash, session.proofs, seen, session.limit)

    def enter(self, factor: Factor, name: str, answer: Answer) -> Member:
        """Sign in by one proof."""
        visitor = self.visitor()
        return self.member(self.first(visitor, factor, name, answer), visitor)

    def enter_both(self, word: Factor, counter: Factor, number: str = "1") -> Member:
        """Sign in by a word and a number."""
        visitor = self.visitor()
        outcome = self.first(visitor, word, "alice", {"word": "open"})
        assert isinstance(outcome, Further), outcome
        visitor = replace(visitor, flow=outcome.flow)
        return self.member(self.further(visitor, counter, {"number": number}), visitor)

    def stepping_up(self, member: Member, *needs: Any) -> Visitor:
        """The browser of a member who was sent to prove more."""
        outcome = self.runtime.signin.answering.step_up(member, needs, "/back")
        assert isinstance(outcome, Further), outcome
        return replace(member.visitor, flow=outcome.flow)

    # What is left behind.

    @property
    def sessions(self) -> int:
        """How many sessions there are."""
        with self.runtime.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(sessions)).scalar_one())

    def refusals(self, type_name: str = "sign-in.refused") -> list[tuple[str | None, str | None]]:
        """Subject and reason of what was refused."""
        return [(event.subject, event.reason) for event in self.events.of(type_name)]


class Directory:
    """A host's own list of users, whose ids are their names."""

    def __init__(self, *names: str) -> None:
        self.users = {name: User(name, name) for name in names}
        self.fault: Exception | None = None

    def get(self, user_id: str, /) -> User | None:
        if self.fault is not None:
            raise self.fault
        return self.users.get(user_id)

    def named(self, name: str, /) -> User | None:
        return self.get(name)


def host_of(*names: str) -> tuple[Directory, object]:
    """A directory of these users, and the plugin that registers it."""
    directory = Directory(*names)

    @hookimpl
    def register(house: House) -> Directory:
        return directory

    return directory, SimpleNamespace(OSTIARY_API=1, ostiary_register_user_directory=register)


Open: TypeAlias = Callable[..., Door]


@pytest.fixture
def open_door(make_runtime: Houses, clock: Clock, events: Events) -> Open:
    """Starts a house with these plugins or factors; its budgets are generous unless given."""

    def opening(*plugins: object, **settings: Any) -> Door:
        given: dict[str, Any] = {"generous": True, "factor_slots": 64, **settings}
        return Door(make_runtime(*plugins, **given), clock, events)

    return opening


@pytest.fixture
def word() -> Word:
    return Word()


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def scratch() -> Scratch:
    return Scratch()


def at_once(acts: list[Callable[[], T]]) -> list[T]:
    """Run all of them at once, each in a thread; what they returned."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def reason(outcome: object) -> str:
    """Why it was refused."""
    assert isinstance(outcome, Denied), outcome
    return outcome.reason


def in_steps_of(plugin: str) -> list[str]:
    """The names of the threads that are in a step of the plugin."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith(f"ostiary-{plugin}")]


def until_done(plugin: str) -> None:
    """Until no thread is in a step of the plugin any more."""
    pause = threading.Event()
    for _ in range(2000):
        if not in_steps_of(plugin):
            break
        pause.wait(0.005)
