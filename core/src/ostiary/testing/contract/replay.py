"""The same answer again, two answers at once, and many guesses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ostiary.contracts import First, Purpose, Wait
from ostiary.signin import Asked, Denied, Further, SignedIn
from ostiary.testing.clock import Clock
from ostiary.testing.contract.base import Contract, asked, names
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.race import ordered
from ostiary.testing.contract.rules import demand
from ostiary.testing.contract.visits import Answer, Posed, Someone, shown


class Replay(Contract):
    """What an answer is worth once it was given."""

    def test_no_answer_is_accepted_twice(self, ada: Someone, clock: Clock) -> None:
        """The same answer, to a new question: at once, half a minute later, and later still."""
        self.demands_single_use(ada.bench)
        visit = ada.visit()
        posed = asked(visit)
        answer = ada.answer(posed)
        assert isinstance(visit.finish(posed.submit(answer)), SignedIn)
        waited = timedelta()
        for until in (0, 31, 61, 91, 300, 3600):
            clock.advance(timedelta(seconds=until) - waited)
            waited = timedelta(seconds=until)
            later = ada.visit()
            outcome = later.finish_alone(asked(later).submit(answer))
            demand(
                isinstance(outcome, Denied), "replay", f"after {waited} it led to {shown(outcome)}"
            )

    def test_the_answer_that_added_it_is_used_up(self, bench: Bench) -> None:
        """Whoever looked over the shoulder at the enrolment cannot sign in with what they saw."""
        self.demands_single_use(bench)
        bob = bench.someone("bob")
        for challenge, answer in bob.enrol():
            visit = bob.visit()
            posed = asked(visit)
            if names(posed.challenge) != names(challenge):
                continue
            outcome = visit.finish_alone(posed.submit(answer))
            demand(
                isinstance(outcome, Denied), "replay", f"the enrolment's led to {shown(outcome)}"
            )

    def test_one_of_two_answers_to_a_question_is_accepted(self, bench: Bench, ada: Someone) -> None:
        """A form sent twice at once opens one session."""
        race = self.race(bench)
        visit = ada.visit()
        posed = asked(visit)
        answer = ada.answer(posed)
        with ordered(bench.runtime.rows, bench.runtime.store, race):
            outcomes = race.run(lambda: posed.submit(answer), lambda: posed.submit(answer))
        accepted = [each for each in outcomes if isinstance(each, SignedIn | Further)]
        demand(len(accepted) == 1, "race", f"{len(accepted)} of two answers at once were accepted")

    def test_one_answer_at_two_doors_is_accepted_once(self, bench: Bench, ada: Someone) -> None:
        """The same answer in two browsers at once opens one session, and none afterwards."""
        self.demands_single_use(bench)
        race = self.race(bench)
        one, other = asked(ada.visit()), asked(ada.visit())
        answers = ada.answer(one), ada.answer(other)
        with ordered(bench.runtime.rows, bench.runtime.store, race):
            outcomes = race.run(lambda: one.submit(answers[0]), lambda: other.submit(answers[1]))
        accepted = [
            answer
            for outcome, answer in zip(outcomes, answers, strict=True)
            if isinstance(outcome, SignedIn | Further)
        ]
        most = len({tuple(answer.items()) for answer in answers})
        demand(1 <= len(accepted) <= most, "race", f"{len(accepted)} were accepted of {most}")
        for answer in accepted:
            later = ada.visit()
            outcome = later.finish_alone(asked(later).submit(answer))
            demand(
                isinstance(outcome, Denied),
                "race",
                f"used at once, then it led to {shown(outcome)}",
            )

    def test_guesses_never_exceed_the_budget(
        self, bench: Bench, ada: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of many guesses at once the factor is asked about as many as the budget has."""
        charged = {
            First.NO: ("second_factor",),
            First.AFTER_NAME: ("stranger", "known_device"),
            First.FINDS_USER: ("client",),
        }[bench.properties.first]
        budgets = {f"budgets__{name}": "3/hour" for name in charged}
        bench.start(**budgets)  # type: ignore[arg-type] # settings only
        guesses = counted(bench, monkeypatch)
        asked_for = [ada.visit().ask() for _guess in range(8)]
        posed = [(each, ada.wrong(each)) for each in asked_for if isinstance(each, Posed)]
        with ThreadPoolExecutor(4) as pool:
            outcomes = list(pool.map(lambda pair: pair[0].submit(pair[1]), posed))
        demand(all(isinstance(each, Denied) for each in outcomes), "guesses", "a guess got in")
        if posed and isinstance(posed[0][0].challenge, Wait):
            demand(len(posed) <= 3, "guesses", f"{len(posed)} were asked, 3 are allowed")  # noqa: PLR2004
        else:
            demand(len(guesses) <= 3, "guesses", f"{len(guesses)} were judged, 3 are allowed")  # noqa: PLR2004
        refused = ada.visit().sign_in()
        demand(
            isinstance(refused, Denied) and refused.reason == "budget",
            "guesses",
            f"with the budget used up, the right answer led to {shown(refused)}",
        )


def counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[Purpose]:
    """Grows by one whenever the factor judges an answer."""
    asker, judged = type(bench.runtime.signin.parts.asker), []
    answer = asker.answer

    def counting(
        self: object, factor: object, situation: object, asked: Asked, given: Answer
    ) -> object:
        if asked.factor == bench.name:
            judged.append(asked.purpose)
        return answer(self, factor, situation, asked, given)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(asker, "answer", counting)
    return judged
