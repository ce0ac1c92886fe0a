"""Adding a factor, answering it rightly and wrongly, in time and too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ostiary.signin import Added, Asked, Denied, SignedIn
from ostiary.testing.clock import Clock
from ostiary.testing.contract.base import Contract, asked
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.rules import demand
from ostiary.testing.contract.visits import Posed, Someone, shown

_SECOND = timedelta(seconds=1)


class Answers(Contract):
    """What comes of an answer."""

    def test_it_is_added_and_opens_a_session(self, ada: Someone) -> None:
        """Who adds it and answers rightly is signed in, and nobody else's session is opened."""
        outcome = ada.visit().sign_in()
        demand(
            isinstance(outcome, SignedIn), "sign-in", f"the right answer led to {shown(outcome)}"
        )
        assert isinstance(outcome, SignedIn)
        demand(outcome.user_id == ada.user.id, "sign-in", "somebody else was signed in")

    def test_it_goes_on_opening_sessions(self, ada: Someone, clock: Clock) -> None:
        """It works again and again, as long as it is not used up."""
        for _time in range(3):
            outcome = ada.visit().sign_in()
            demand(isinstance(outcome, SignedIn), "sign-in", f"later it led to {shown(outcome)}")
            clock.advance(self.pause)

    def test_a_wrong_answer_is_refused(self, ada: Someone) -> None:
        """A wrong answer opens nothing, and the right one does afterwards."""
        posed = asked(visit := ada.visit())
        outcome = posed.submit(ada.wrong(posed))
        demand(isinstance(outcome, Denied), "refusal", f"a wrong answer led to {shown(outcome)}")
        demand(not visit.cookie, "refusal", "a wrong answer opened a session")
        again = ada.visit().sign_in()
        demand(isinstance(again, SignedIn), "refusal", f"the right one then led to {shown(again)}")

    def test_an_account_without_it_is_not_opened(self, bench: Bench, ada: Someone) -> None:
        """Before somebody has added the factor, no answer of theirs opens anything."""
        bob = bench.someone("bob")
        posed = bob.visit().ask_anyway()
        if isinstance(posed, Posed):
            outcome = posed.submit(bob.wrong(posed))
            demand(
                isinstance(outcome, Denied),
                "refusal",
                f"an account without led to {shown(outcome)}",
            )
        demand(not bench.credentials(bob.user), "refusal", "a credential came from nowhere")

    def test_an_expired_question_is_refused(self, bench: Bench, ada: Someone) -> None:
        """A right answer that comes too late is none."""
        bench.start(challenge_lifetime="5m", flow_lifetime="1h")
        posed = asked(ada.visit())
        bench.houses.clock.advance(timedelta(minutes=5) + _SECOND)
        outcome = posed.submit(ada.answer(posed))
        demand(isinstance(outcome, Denied), "state", f"an expired question led to {shown(outcome)}")

    def test_an_expired_enrolment_is_refused(self, bench: Bench) -> None:
        """What was asked too long ago adds nothing."""
        bench.start(challenge_lifetime="5m")
        bob = bench.someone("bob")
        member = bob.member()
        said = bob.begin_enrolment(member)
        if not isinstance(said, Asked):
            pytest.skip("the factor asks nothing when it is added")
        answer = bob.person.answer_enrolment(said.challenge)
        bench.houses.clock.advance(timedelta(minutes=5) + _SECOND)
        outcome = bench.runtime.signin.enrolling.finish(member, said.handle, answer, "")
        demand(
            isinstance(outcome, Denied), "state", f"an expired enrolment led to {shown(outcome)}"
        )
        demand(not bench.credentials(bob.user), "state", "an expired enrolment added a credential")

    def test_a_question_is_answered_once(self, ada: Someone) -> None:
        """After a right answer the same question takes no other, not even a right one."""
        visit = ada.visit()
        posed = asked(visit)
        first = visit.finish(posed.submit(ada.answer(posed)))
        assert isinstance(first, SignedIn), shown(first)
        again = posed.submit(ada.answer(posed))
        demand(
            isinstance(again, Denied), "state", f"a question answered twice led to {shown(again)}"
        )

    def test_an_enrolment_is_finished_once(self, bench: Bench) -> None:
        """The same answer sent twice adds one credential."""
        bob = bench.someone("bob")
        member = bob.member()
        said = bob.begin_enrolment(member)
        if not isinstance(said, Asked):
            pytest.skip("the factor asks nothing when it is added")
        bob.person.scene.handle = said.handle
        answer = bob.person.answer_enrolment(said.challenge)
        enrolling = bench.runtime.signin.enrolling
        enrolling.finish(member, said.handle, answer, "")
        before = len(bench.credentials(bob.user))
        again = enrolling.finish(member, said.handle, answer, "")
        demand(not isinstance(again, Added), "state", "an enrolment was finished twice")
        demand(len(bench.credentials(bob.user)) == before, "state", "it added two credentials")

    def test_a_question_of_another_browser_is_refused(self, bench: Bench, ada: Someone) -> None:
        """A question is answered where it was asked: another browser has no use of it."""
        bob = self.enrolled(bench, "bob")
        visit, other = ada.visit(), bob.visit()
        posed = asked(visit)
        asked(other)
        outcome = posed.from_browser(other).submit(ada.answer(posed))
        demand(isinstance(outcome, Denied), "state", f"another browser's led to {shown(outcome)}")
        demand(not other.cookie, "state", "another browser's question opened a session")

    def test_an_answer_of_somebody_else_is_refused(self, bench: Bench, ada: Someone) -> None:
        """What Ada has opens nothing of Bob's, whichever question she answers."""
        bob = self.enrolled(bench, "bob")
        for whose in (ada, bob):
            hers, his = asked(ada.visit()), asked(visit := bob.visit())
            answer = ada.answer(hers if whose is ada else his)
            outcome = visit.finish_alone(his.submit(answer))
            theirs = isinstance(outcome, SignedIn) and outcome.user_id == bob.user.id
            demand(not theirs, "others", "an answer of Ada's signed Bob in")
