"""What every factor is held to, as tests that its author inherits.

::

    from ostiary.testing.contract import FactorContract, Person

    class Owner(Person):
        def answer_enrolment(self, challenge):
            return {"code": self.mailed_code()}

        answer = answer_enrolment

        def wrong(self, challenge):
            return {"code": "0000-0000"}

    class TestPhone(FactorContract):
        plugins = ("phone",)
        factor = "phone"
        person = Owner

It needs the fixtures of :mod:`ostiary.testing.fixtures`. The tests say which rule was broken;
``docs/testing-plugins.md`` says why there is such a rule.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest

from ostiary.contracts import Challenge, First, Form, Outcome, Purpose, Wait
from ostiary.signin import Added, Asked, AtOnce, Denied, Further, SignedIn
from ostiary.testing.bench import Answer, Bench, Posed, Someone, Visit, shown
from ostiary.testing.browsers import axe
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from ostiary.testing.people import Person, Scene
from ostiary.testing.race import Race, ordered, slowed
from ostiary.testing.rules import demand
from ostiary.testing.serving import Server
from ostiary.testing.spilled import Secrets
from ostiary.testing.untranslated import untranslated
from ostiary.testing.visiting import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SECOND = timedelta(seconds=1)


class FactorContract:
    """Subclass it, say which factor and who answers, and run the tests.

    ``plugins`` are those of a house (names of installed ones, plugin objects, or factors), that
    of ``factor`` among them; ``settings`` are the operator's. ``pause`` is how long a person
    waits between two sign-ins; the replays happen within it.
    """

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

    # Adding it, and signing in with it.

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

    # State: bound, single use, expiring.

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

    # Replay.

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

    # Guessing.

    def test_guesses_never_exceed_the_budget(
        self, bench: Bench, ada: Someone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of many guesses at once the factor is asked about as many as the budget has."""
        budgets = {f"budgets__{name}": "3/hour" for name in ("stranger", "second_factor")}
        if bench.properties.first is First.NO:
            budgets.pop("budgets__stranger")
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

    # Going away.

    def test_once_removed_it_is_not_asked(self, bench: Bench, ada: Someone) -> None:
        """After its removal the factor opens nothing, also where it was asked before."""
        before = asked(ada.visit())
        answer = ada.answer(before)
        enrolling = bench.runtime.signin.enrolling
        for stored in bench.credentials(ada.user):
            denied = enrolling.remove(ada.member(), stored.credential.id)
            demand(denied is None, "removal", f"it could not be removed: {shown(denied)}")
        outcome = before.submit(answer)
        demand(isinstance(outcome, Denied), "removal", f"asked before, it led to {shown(outcome)}")
        posed = ada.visit().ask_anyway()
        if isinstance(posed, Posed):
            outcome = posed.submit(ada.wrong(posed))
            demand(
                isinstance(outcome, Denied), "removal", f"asked after, it led to {shown(outcome)}"
            )

    def test_uninstalled_it_still_counts(self, bench: Bench, ada: Someone) -> None:
        """While its plugin is away, the account is not opened with the rest alone."""
        second = bench.properties.second
        bench.start_without()
        visit = ada.visit()
        outcome = visit.open()
        if not second:
            demand(len(bench.credentials(ada.user)) == 1, "absence", "the credential is gone")
            return
        demand(
            isinstance(outcome, Denied) and outcome.reason == "factor-unavailable",
            "absence",
            f"with its plugin uninstalled, the first proof led to {shown(outcome)}",
        )
        demand(not visit.cookie, "absence", "a session was opened")
        refusals = [
            e for e in bench.houses.events.of("sign-in.refused") if e.subject == ada.user.id
        ]
        demand(
            [event.reason for event in refusals][-1:] == ["factor-unavailable"],
            "absence",
            "no event says why",
        )

    # Records and secrets.

    def test_everything_is_recorded(self, bench: Bench, ada: Someone) -> None:
        """Adding, accepting, refusing and removing each leave an event of this account."""
        posed = asked(ada.visit())
        posed.submit(ada.wrong(posed))
        ada.visit().sign_in()
        for stored in bench.credentials(ada.user):
            bench.runtime.signin.enrolling.remove(ada.member(), stored.credential.id)
        events = [event for event in bench.houses.events.all if event.subject == ada.user.id]
        named = {event.type for event in events if event.details.get("factor") == bench.name}
        wanted = {"factor.added", "factor.removed"}
        if bench.properties.first is not First.FINDS_USER:
            wanted.add("sign-in.refused")
        demand(wanted <= named, "records", f"of {sorted(wanted)} there are {sorted(named)}")
        done = [event for event in events if event.type == "sign-in.done"]
        proofs = {proof.factor for event in done for proof in event.proofs}
        demand(bench.name in proofs, "records", "the sign-in's event does not name it as a proof")
        refused = [e.reason for e in events if e.outcome is Outcome.REFUSED]
        demand(all(refused), "records", "a refusal was recorded without its reason")

    def test_secrets_stay_out_of_records(
        self, bench: Bench, outbox: Outbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        """No log, event, notification or page has what opens the account."""
        caplog.set_level(logging.DEBUG)
        ada, secrets = bench.someone(), Secrets()
        for challenge, answer in ada.enrol():
            secrets.add(challenge, answer)
        secrets.add_stored(bench.credentials(ada.user))
        bench.houses.clock.advance(self.pause)
        posed = asked(visit := ada.visit())
        wrong = ada.wrong(posed)
        right = ada.answer(posed)
        secrets.add(posed.challenge, wrong)
        secrets.add(posed.challenge, right)
        posed.submit(wrong)
        visit.finish(posed.submit(right))
        secrets.not_in("the log", caplog.text)
        secrets.not_in("an event", *map(repr, bench.houses.events.all))
        secrets.not_in("a notification", *(m.text + m.html for m in outbox if m.code is None))
        secrets.not_in("the repr of the factor", repr(bench.factor))
        stored = bench.credentials(ada.user)
        secrets.not_in(
            "the public part of a credential", *(repr(c.credential.public) for c in stored)
        )
        secrets.not_in("the label of a credential", *(c.credential.label for c in stored))
        described = [str(line) for c in stored for line in bench.factor.describe(c.credential)]
        secrets.not_in("the description of a credential", *described)
        browser = Visitor(bench.runtime, cookies=visit.cookies)
        for path in ("/account", "/account/security"):
            browser.get(path)
            secrets.not_in(f"the page {path}", browser.page.text)

    # Pages.

    def test_every_word_can_be_translated(self, bench: Bench) -> None:
        """In a pseudo-locale, no page of the factor has a word of plain English."""
        bench.start(pseudo=True)
        ada = bench.someone()
        values = [bench.runtime.settings.title, ada.user.login, ada.user.address or ""]
        adding = Visitor(bench.runtime, language="en-XA", cookies=self.adding(ada).cookies)
        adding.get(f"/account/security/add/{bench.name}")
        checked(adding, values)
        ada.enrol()
        bench.houses.clock.advance(self.pause)
        visit = ada.visit()
        path = self.asking(visit)
        signing_in = Visitor(bench.runtime, language="en-XA", cookies=visit.cookies)
        signing_in.get(path)
        checked(signing_in, values)

    @pytest.mark.browser
    def test_its_pages_keep_nobody_out(
        self, bench: Bench, serve: Callable[..., Server], new_page: Callable[..., Page]
    ) -> None:
        """The pages that add and ask it have no fault that axe-core finds (WCAG 2.2 AA)."""
        url = serve(bench.runtime).url
        ada = bench.someone()
        opened(new_page(), url, f"/account/security/add/{bench.name}", self.adding(ada))
        ada.enrol()
        bench.houses.clock.advance(self.pause)
        visit = ada.visit()
        opened(new_page(), url, self.asking(visit), visit)

    # What the tests share.

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


def checked(visitor: Visitor, values: list[str]) -> None:
    """Hold a page in ``en-XA`` to what catalogs can translate."""
    status = visitor.page.status_int
    demand(status == 200, "translation", f"{visitor.path} answered {status}: {visitor.text}")  # noqa: PLR2004
    plain = untranslated(visitor.page.html, values)
    demand(not plain, "translation", f"{visitor.path} says as it is: {plain}")


def opened(page: Page, url: str, path: str, visit: Visit) -> None:
    """Open a page as this browser would, and hold it to axe-core's rules."""
    cookies = [{"name": name, "value": value, "url": url} for name, value in visit.cookies.items()]
    page.context.add_cookies(cookies)  # type: ignore[arg-type] # Playwright's own shape
    page.goto(url + path)
    demand(page.locator("main form").count() > 0, "pages", f"{path} shows no form: {page.url}")
    axe(page)


__all__ = ["AtOnce", "FactorContract", "Person", "Scene"]
