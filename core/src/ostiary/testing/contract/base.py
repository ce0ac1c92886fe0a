"""What the contract tests share: a house with the factor, people who have it, questions."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest

from ostiary.contracts import Challenge, First, Form
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.people import Person
from ostiary.testing.contract.race import Race, slowed
from ostiary.testing.contract.rules import demand
from ostiary.testing.contract.visits import Posed, Someone, Visit, shown
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox


class Contract:
    """What a subclass gives, and the fixtures of its tests; see ``FactorContract``."""

    plugins: ClassVar[tuple[object, ...]]
    factor: ClassVar[str]
    person: ClassVar[type[Person]]
    settings: ClassVar[dict[str, object]] = {}
    pause: ClassVar[timedelta] = timedelta(hours=1)

    @pytest.fixture
    def bench(self, make_runtime: Houses, outbox: Outbox) -> Bench:
        """A house with the factor, on each database."""
        cls = type(self)
        return Bench(make_runtime, outbox, cls.plugins, cls.factor, cls.person, dict(cls.settings))

    @pytest.fixture
    def ada(self, bench: Bench) -> Someone:
        """Somebody who has added the factor, a while ago."""
        return self.enrolled(bench, "ada")

    def enrolled(self, bench: Bench, login: str) -> Someone:
        """Somebody who has added the factor, a while ago."""
        someone = bench.someone(login)
        someone.enrol()
        bench.houses.clock.advance(self.pause)
        return someone

    def adding(self, someone: Someone) -> Visit:
        """A browser that is signed in, and may add factors."""
        visit = someone.visit()
        someone.member(visit)
        return visit

    def asking(self, visit: Visit) -> str:
        """Begin a sign-in; the path of the page that asks the factor."""
        if visit.who.bench.properties.first is not First.NO:
            return "/sign-in"
        asked(visit)
        return f"/sign-in/verify?with={visit.who.bench.name}"

    def race(self, bench: Bench) -> Race:
        """A house in which two answers meet after the factor's yes."""
        race = Race()
        bench.start(around=slowed(bench.name, race), step_timeout="60s")
        return race

    def demands_single_use(self, bench: Bench) -> None:
        """Leave out what a factor does not promise."""
        if not bench.properties.single_use:
            pytest.skip("properties.single_use is False: an answer may be used again")


def asked(visit: Visit) -> Posed:
    """The factor's question; the test fails where it is not asked."""
    posed = visit.ask()
    demand(isinstance(posed, Posed), "sign-in", f"it was not asked: {shown(posed)}")
    assert isinstance(posed, Posed)
    return posed


def names(challenge: Challenge) -> set[str]:
    """What an answer to it would hold."""
    return {field.name for field in challenge.fields} if isinstance(challenge, Form) else {"answer"}
