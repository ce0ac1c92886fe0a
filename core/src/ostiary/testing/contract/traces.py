"""What is left of a factor: after its removal, in records, on pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from ostiary.contracts import First, Outcome
from ostiary.signin import Denied
from ostiary.testing.browsers import axe
from ostiary.testing.contract.bench import Bench
from ostiary.testing.contract.rules import demand
from ostiary.testing.contract.spilled import Secrets
from ostiary.testing.contract.visits import Posed, Someone, Visit, shown
from ostiary.testing.outbox import Outbox
from ostiary.testing.serving import Server
from ostiary.testing.untranslated import untranslated
from ostiary.testing.visiting import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page
from ostiary.testing.contract.base import Contract, asked


class Traces(Contract):
    """What a factor leaves behind, and what it shows."""

    def test_once_removed_it_is_not_asked(self, bench: Bench, ada: Someone) -> None:
        """After its removal the factor opens nothing, also where it was asked before."""
        before = asked(ada.visit())
        answer = ada.answer(before)
        changing = bench.runtime.signin.changing
        for stored in bench.credentials(ada.user):
            denied = changing.remove(ada.member(), stored.credential.id)
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

    def test_everything_is_recorded(self, bench: Bench, ada: Someone) -> None:
        """Adding, accepting, refusing and removing each leave an event of this account."""
        posed = asked(ada.visit())
        posed.submit(ada.wrong(posed))
        ada.visit().sign_in()
        for stored in bench.credentials(ada.user):
            bench.runtime.signin.changing.remove(ada.member(), stored.credential.id)
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
        stored = bench.credentials(ada.user)
        secrets.not_in("a repr", repr(bench.factor), *map(repr, stored))
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
