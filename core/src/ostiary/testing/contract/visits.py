"""People who have the factor under test, and their browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ostiary.contracts import (
    Challenge,
    Client,
    First,
    Kind,
    Proof,
    Purpose,
    Strength,
    User,
)
from ostiary.signin import (
    Added,
    Asked,
    AtOnce,
    Denied,
    Further,
    Member,
    SignedIn,
    Visitor,
    Waiting,
    hash_token,
)
from ostiary.testing.contract.people import Opening, Person, Scene
from ostiary.testing.visiting import ADDRESS
from ostiary.web.cookies import BROWSER, FLOW, SESSION

if TYPE_CHECKING:
    from ostiary.testing.contract.bench import Bench

Answer = dict[str, str]
Outcome = Denied | Further | Waiting | SignedIn

OPEN = {Opening.field.name: Opening.answer}


@dataclass(frozen=True)
class Posed:
    """A question, the browser that was asked, and where the answer goes."""

    factor: str
    challenge: Challenge
    handle: str
    visitor: Visitor
    send: Callable[[Visitor, Answer], Outcome]

    def submit(self, answer: Answer) -> Outcome:
        """Answer it; what comes of this one answer."""
        return self.send(self.visitor, answer)

    def from_browser(self, visit: Visit) -> Posed:
        """The same question, answered from another browser."""
        return replace(self, visitor=visit.visitor)


@dataclass
class Someone:
    """A user, with the person who is behind it."""

    bench: Bench
    user: User
    person: Person = field(init=False)

    def __post_init__(self) -> None:
        bench = self.bench
        runtime = bench.runtime
        scene = Scene(
            self.user,
            bench.houses.clock,
            bench.outbox,
            runtime.settings.site,
            runtime.house,
        )
        self.person = bench.person(scene)

    def member(self, visit: Visit | None = None) -> Member:
        """A session with a first proof of just now, and with a second one where that is due."""
        runtime, now = self.bench.runtime, self.bench.houses.clock()
        both = Strength(frozenset({Kind.KNOW, Kind.HAVE}))
        proofs = (Proof("opening", None, both, now),)
        visit = visit or self.visit()
        client = visit.visitor.client
        with runtime.store.write() as unit:
            visit.cookie = runtime.sessions.open(unit, self.user.id, proofs, client, None, now)
        return Member(self.user.id, hash_token(visit.cookie), proofs, visit.visitor)

    def visit(self) -> Visit:
        """A browser of their own."""
        return Visit(self)

    def begin_enrolment(self, member: Member) -> Asked | AtOnce | Denied:
        """Ask for the factor to be added."""
        return self.bench.runtime.signin.enrolling.begin(member, self.bench.factor)

    def enrol(self) -> list[tuple[Challenge, Answer]]:
        """Add the factor; what was asked, and what was answered.

        Raises:
            AssertionError: it was refused.
        """
        member, enrolling = self.member(), self.bench.runtime.signin.enrolling
        said: Asked | AtOnce | Added | Waiting | Denied = self.begin_enrolment(member)
        answered: list[tuple[Challenge, Answer]] = []
        if isinstance(said, AtOnce):
            said = enrolling.at_once(member, self.bench.factor, "")
        while isinstance(said, Asked) and len(answered) < 5:  # noqa: PLR2004 - rounds are enough
            self.person.scene.handle = said.handle
            answer = self.person.answer_enrolment(said.challenge)
            answered.append((said.challenge, answer))
            said = enrolling.finish(member, said.handle, answer, "")
        assert isinstance(said, Added), f"the right answer to an enrolment led to {shown(said)}"
        return answered

    def answer(self, posed: Posed) -> Answer:
        """The right answer to a question."""
        self.person.scene.handle = posed.handle
        return self.person.answer(posed.challenge)

    def wrong(self, posed: Posed) -> Answer:
        """A wrong one."""
        self.person.scene.handle = posed.handle
        return self.person.wrong(posed.challenge)


@dataclass
class Visit:
    """A browser that signs in: what it holds, and what it is asked."""

    who: Someone
    visitor: Visitor = field(init=False)
    cookie: str = ""

    def __post_init__(self) -> None:
        number = id(self)
        self.visitor = Visitor(Client(ADDRESS, "contract"), f"browser-{number}")

    @property
    def cookies(self) -> dict[str, str]:
        """What a real browser in its place would hold."""
        held = {BROWSER: self.visitor.browser, FLOW: self.visitor.flow, SESSION: self.cookie}
        return {cookie.name: value for cookie, value in held.items() if value}

    def ask(self) -> Posed | Denied:
        """Begin a sign-in, as far as the factor's question."""
        bench = self.who.bench
        if bench.properties.first is not First.NO:
            return self._ask_first(bench.name)
        outcome = self.open()
        if not isinstance(outcome, Further):
            return _denied(outcome)
        posed = self.further(bench.name)
        if isinstance(posed, Posed):
            assert posed.factor == bench.name, f"{posed.factor} was asked instead"
        return posed

    def ask_anyway(self) -> Posed | None:
        """The same for an account that may not have the factor; None where it is not asked."""
        bench = self.who.bench
        if bench.properties.first is not First.NO:
            posed = self._ask_first(bench.name)
        elif isinstance(self.open(), Further):
            posed = self.further(bench.name)
        else:
            return None
        return posed if isinstance(posed, Posed) and posed.factor == bench.name else None

    def open(self) -> Outcome:
        """Give the first proof that everybody can give."""
        posed = self._ask_first(Opening.name)
        assert isinstance(posed, Posed)
        return self._keep(posed.submit(OPEN))

    def further(self, wish: str | None = None) -> Posed | Denied:
        """The question that a sign-in under way has now."""
        runtime = self.who.bench.runtime
        question = runtime.signin.ways.question(self.visitor, Purpose.SIGN_IN, wish)
        asked = question if isinstance(question, Denied) else question.asked
        if isinstance(asked, Denied):
            return asked
        handle = asked.handle

        def send(visitor: Visitor, answer: Answer) -> Outcome:
            return runtime.signin.answering.answer(visitor, Purpose.SIGN_IN, handle, answer)

        return Posed(asked.factor, asked.challenge, handle, self.visitor, send)

    def finish(self, outcome: Outcome) -> Outcome:
        """Go on with the right answers as long as there is a further question."""
        return self._finish(outcome, rightly=True)

    def finish_alone(self, outcome: Outcome) -> Outcome:
        """Go on as somebody who has nothing but the first proof that everybody can give."""
        return self._finish(outcome, rightly=False)

    def sign_in(self) -> Outcome:
        """Sign in with the right answer."""
        posed = self.ask()
        if isinstance(posed, Denied):
            return posed
        return self.finish(posed.submit(self.who.answer(posed)))

    def _finish(self, outcome: Outcome, *, rightly: bool) -> Outcome:
        for _round in range(5):
            if not isinstance(self._keep(outcome), Further):
                break
            posed = self.further()
            if isinstance(posed, Denied):
                return posed
            if posed.factor == Opening.name:
                answer = OPEN
            else:
                answer = self.who.answer(posed) if rightly else self.who.wrong(posed)
            outcome = posed.submit(answer)
        return outcome

    def _ask_first(self, name: str) -> Posed | Denied:
        runtime, login = self.who.bench.runtime, self.who.user.login
        answering = runtime.signin.answering
        options = {option.factor: option for option in runtime.signin.ways.options(self.visitor)}
        assert name in options, f"the sign-in page does not offer {name}"
        option, typed = options[name], login if options[name].needs_name else ""
        if option.challenge is None:
            outcome = self._keep(answering.begin(self.visitor, name, typed, ""))
            return self.further(name) if isinstance(outcome, Further) else _denied(outcome)
        token = option.token

        def send(visitor: Visitor, answer: Answer) -> Outcome:
            return answering.first(visitor, token, typed, answer, "")

        return Posed(name, option.challenge, "", self.visitor, send)

    def _keep(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Further):
            self.visitor = replace(self.visitor, flow=outcome.flow)
        if isinstance(outcome, SignedIn):
            self.cookie = outcome.cookie
        return outcome


def _denied(outcome: Outcome) -> Denied:
    assert isinstance(outcome, Denied), (
        f"the account was opened without the factor: {shown(outcome)}"
    )
    return outcome


def shown(outcome: object) -> str:
    """An outcome in words: why it was refused, and nothing that opens anything."""
    if isinstance(outcome, Denied):
        return f"a refusal ({outcome.reason}: {outcome.text})"
    return type(outcome).__name__


__all__ = ["OPEN", "Answer", "Outcome", "Posed", "Someone", "Visit", "shown"]
