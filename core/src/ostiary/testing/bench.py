"""Where a factor is put to the test: houses with it, people who have it, and their browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ostiary.accounts import StoredCredential, address, login_name
from ostiary.contracts import (
    Challenge,
    Client,
    Enrolled,
    Factor,
    First,
    Kind,
    Proof,
    Properties,
    Purpose,
    Strength,
    User,
)
from ostiary.plugins import Plugins
from ostiary.runtime import Runtime
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
from ostiary.testing.houses import Houses, plugin_of
from ostiary.testing.outbox import Outbox
from ostiary.testing.people import Opening, Person, Scene
from ostiary.testing.visiting import ADDRESS
from ostiary.web.cookies import BROWSER, FLOW, SESSION

Answer = dict[str, str]
Outcome = Denied | Further | Waiting | SignedIn

OPEN = {Opening.field.name: Opening.answer}
_SPARE = Properties(Strength(frozenset({Kind.HAVE})))


@dataclass
class Bench:
    """Houses with the factor under test, one after another over the same database.

    ``plugins`` are those of :class:`~ostiary.testing.houses.Houses`, the factor's among them.
    """

    houses: Houses
    outbox: Outbox
    plugins: tuple[object, ...]
    name: str
    person: Callable[[Scene], Person]
    settings: dict[str, object]
    _runtime: Runtime | None = None

    @property
    def runtime(self) -> Runtime:
        """The house that runs now."""
        return self._runtime or self.start()

    @property
    def factor(self) -> Factor:
        """The factor, as its plugin registered it."""
        return self.runtime.plugins.factors[self.name]

    @property
    def properties(self) -> Properties:
        """What the factor says of itself."""
        return self.factor.properties

    def start(
        self,
        *,
        around: Callable[[Plugins], Plugins] | None = None,
        pseudo: bool = False,
        **settings: object,
    ) -> Runtime:
        """Start a house with the factor; it takes the place of the one before."""
        given = {"generous": True, **self.settings, **settings}
        probe = self._start(self.plugins, Kind.KNOW, None, pseudo=pseudo, **given)
        if self.name not in probe.plugins.factors:
            raise LookupError(
                f"the plugins {self.plugins} register no factor {self.name!r}, only "
                f"{sorted(probe.plugins.factors)}: correct the class attributes"
            )
        kind = self._other_kind(probe.plugins.factors[self.name].properties)
        return self._start(self.plugins, kind, around, pseudo=pseudo, **given)

    def start_without(self) -> Runtime:
        """Start a house in which the factor's plugin is not installed any more."""
        origin = self.runtime.plugins.origin(self.factor)
        place = self.runtime.plugins.enabled.index(origin)
        kind = self._other_kind(self.properties)
        rest = (*self.plugins[:place], *self.plugins[place + 1 :])
        return self._start(rest, kind, None, generous=True)

    def someone(self, login: str = "ada") -> Someone:
        """A new user with a verified address and a first proof, who has the factor in hand."""
        accounts = self.runtime.accounts
        assert accounts is not None, "leave out the plugin with a user directory of its own"
        with self.runtime.store.write() as unit:
            made = accounts.create(unit, f"id-of-{login}", login_name(login))
            claimed = address(f"{login}@example.org")
            accounts.verify_address(unit, accounts.add_address(unit, made.id, claimed))
            self._give(unit, made.id, Opening(self._other_kind(self.properties)))
            if not self.properties.second and self.properties.first is First.NO:
                # What makes the account ask for a second proof, which the factor then gives.
                self._insert(unit, made.id, "spare", _SPARE)
        user = self.runtime.directory.get(made.id)
        assert user is not None
        return Someone(self, user)

    def credentials(self, user: User) -> tuple[StoredCredential, ...]:
        """A user's credentials of the factor, as they are stored."""
        found = self.runtime.signin.parts.credentials(user.id)
        return tuple(stored for stored in found if stored.name == self.name)

    def _start(
        self,
        plugins: tuple[object, ...],
        kind: Kind,
        around: Callable[[Plugins], Plugins] | None,
        *,
        pseudo: bool = False,
        **settings: object,
    ) -> Runtime:
        given = (*plugins, plugin_of(factors=[Opening(kind)]))
        self._runtime = self.houses(*given, around=around, pseudo=pseudo, **settings)  # type: ignore[arg-type] # settings only
        return self._runtime

    def _other_kind(self, properties: Properties) -> Kind:
        """A kind of proof that the factor adds to."""
        return Kind.HAVE if properties.strength.kinds == {Kind.KNOW} else Kind.KNOW

    def _give(self, unit: object, user_id: str, factor: Factor) -> None:
        self._insert(unit, user_id, factor.name, factor.properties)

    def _insert(self, unit: object, user_id: str, name: str, properties: Properties) -> None:
        runtime, title = self.runtime, Opening.title
        runtime.rows.insert(
            unit,  # type: ignore[arg-type] # a Unit
            "factor",
            name,
            title,
            properties,
            user_id,
            Enrolled(label=title),
            name,
            runtime.now(),
        )


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
            runtime.house,  # type: ignore[arg-type] # structurally one
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
            visit.cookie = runtime.sessions.open(unit, self.user.id, proofs, client, False, now)  # noqa: FBT003 - not limited
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


__all__ = ["Answer", "Bench", "Outcome", "Posed", "Someone", "Visit", "shown"]
