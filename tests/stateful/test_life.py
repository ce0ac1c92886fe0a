"""The life of accounts, in any order that two browsers, an operator and the clock come up with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ostiary.audit import COMMAND
from ostiary.signin.administering import Administering, LastAdmin
from ostiary.testing.houses import Houses
from ostiary.testing.outbox import Outbox
from tests.stateful.world import MOST, PASSWORD, SETTINGS, WRONG, Judged, World

BROWSER = st.sampled_from("AB")
PERSON = st.sampled_from(["ada", "ada", "eve"])
# What ends a story comes less often than what goes on with it.
SELDOM = st.sampled_from([False, False, False, True])
MINUTES = st.sampled_from([1, 4, 20, 130, 800, 60 * 24 * 4, 60 * 24 * 8])


class Life(RuleBasedStateMachine):
    """What people, browser by browser, and the operator may do next."""

    make: Callable[[], World]

    def __init__(self) -> None:
        super().__init__()
        self.world = self.make()

    @initialize(apps=st.sets(st.sampled_from(["ada", "eve"])))
    def begin(self, apps: set[str]) -> None:
        """Both have accounts, and some of them an authenticator app; else little would happen."""
        for name in self.world.people:
            self.world.account(name, app=name in apps)
        self.world.hold()

    # People at a browser.

    @rule(browser=BROWSER, person=PERSON)
    def register(self, browser: str, person: str) -> None:
        visitor = self.world.by(browser)
        if self.world.holder(browser) is None:
            visitor.get("/register")
            with suppress(LookupError):
                visitor.submit(
                    name=person, address=f"{person}@example.org", password=self._password(person)
                )
        self.world.hold(browser)

    @rule(browser=BROWSER, person=PERSON, right=st.booleans())
    def sign_in(self, browser: str, person: str, right: bool) -> None:
        visitor = self.world.by(browser)
        visitor.get("/sign-in")
        with suppress(LookupError):
            visitor.submit(name=person, password=self._password(person) if right else WRONG)
        self.world.hold(browser)

    @rule(browser=BROWSER, person=PERSON, trust=st.booleans())
    def come_in(self, browser: str, person: str, trust: bool) -> None:
        """As people do who have what they need; the code of a new step."""
        self.sign_in(browser, person, right=True)
        self.world.clock.advance(timedelta(seconds=30))
        self.answer(browser, person, right=True, trust=trust)

    @rule(browser=BROWSER, person=PERSON, really=SELDOM)
    def guess(self, browser: str, person: str, really: bool) -> None:
        """As programs do: more often than any budget allows."""
        for _ in range(4 * MOST if really else 0):
            self.sign_in(browser, person, right=False)

    @rule(trust=st.booleans())
    def both_come_in(self, trust: bool) -> None:
        self.come_in("A", "ada", trust)
        self.come_in("B", "ada", not trust)

    @rule(browser=BROWSER, person=PERSON, right=st.booleans(), trust=st.booleans())
    def answer(self, browser: str, person: str, right: bool, trust: bool) -> None:
        """Whatever question the browser shows, with what a person knows or has."""
        visitor, world = self.world.by(browser), self.world
        if visitor.page is not None and ("verify" in visitor.path or "step-up" in visitor.path):
            visitor.get(visitor.path)
            self._answered(browser, person, right=right, trust=trust)
        world.hold(browser)

    def _answered(self, browser: str, person: str, *, right: bool, trust: bool) -> None:
        visitor, world = self.world.by(browser), self.world
        with suppress(LookupError):
            form = visitor.form("challenge")
            if "password" in form.fields:
                form["password"] = self._password(person) if right else WRONG
            elif "code" in form.fields:
                form["code"] = world.people[person].code(world.clock(), right=right)
            trusting = trust and "remember" in form.fields
            if trusting:
                form["remember"] = True
            visitor.page = form.submit(status="*").maybe_follow()
            holder = world.holder(browser)
            if trusting and holder is not None:
                world.trust(browser, holder.name)

    @rule(browser=BROWSER)
    def sign_out(self, browser: str) -> None:
        visitor = self.world.by(browser)
        visitor.get("/sign-out")
        with suppress(LookupError):
            visitor.submit()
        self.world.hold(browser)

    @rule(browser=BROWSER)
    def add_app(self, browser: str) -> None:
        visitor, holder = self.world.by(browser), self.world.holder(browser)
        visitor.get("/account/security/add/totp")
        key = visitor.page.html.find("code")
        if holder is not None and key is not None and visitor.path.endswith("/add/totp"):
            holder.secrets.append(key.get_text().replace(" ", ""))
            with suppress(LookupError):
                visitor.submit(code=holder.code(self.world.clock(), right=True))
        self.world.hold(browser)

    @rule(browser=BROWSER, person=PERSON)
    def forget(self, browser: str, person: str) -> None:
        """Ask for the mailed link, and follow it in this browser."""
        world, visitor = self.world, self.world.by(browser)
        visitor.get("/reset-password")
        with suppress(LookupError):
            visitor.submit(name=person)
        world.hold(browser)
        link = world.newest(person, "reset-password")
        if link is not None:
            visitor.get(link)
            with suppress(LookupError):
                visitor.submit("token")
        world.hold(browser)

    @rule(browser=BROWSER, person=PERSON)
    def choose_anew(self, browser: str, person: str) -> None:
        """Where a reset has come to its end: another password."""
        world, visitor = self.world, self.world.by(browser)
        visitor.get("/reset-password/renew")
        if visitor.path == "/reset-password/renew":
            changed = f"{PASSWORD} {len(world.events.all)}"
            with suppress(LookupError):
                visitor.submit(password=changed)
                holder = world.holder(browser)
                if holder is not None:
                    holder.password = changed
        world.hold(browser)

    @rule(browser=BROWSER)
    def ask_for_a_way_back(self, browser: str) -> None:
        visitor = self.world.by(browser)
        visitor.get("/regain")
        with suppress(LookupError):
            visitor.submit(note="everything is lost")
        self.world.hold(browser)

    @rule(granted=st.booleans())
    def decide(self, granted: bool) -> None:
        regaining = self.world.runtime.regaining
        for asked in regaining.open_requests():
            act = regaining.grant if granted else regaining.refuse
            act(asked.id, COMMAND, "seen at the counter")
        self.world.hold()

    @rule(browser=BROWSER, person=PERSON, really=SELDOM)
    def come_back(self, browser: str, person: str, really: bool) -> None:
        """All the way of who lost everything, which is too long to be come upon."""
        if really:
            self.sign_in(browser, person, right=True)
            self.ask_for_a_way_back(browser)
            self.decide(granted=True)
            self.time_passes(60 * 24 * 8)
            self.sign_in(browser, person, right=True)

    @rule(person=PERSON)
    def stop_it(self, person: str) -> None:
        """By the link in the mail about a way back, which nobody need be signed in for."""
        link = self.world.newest(person, "regain/cancel")
        if link is not None:
            visitor = self.world.stranger()
            visitor.get(link)
            with suppress(LookupError):
                visitor.submit("token")
        self.world.hold()

    @rule(browser=BROWSER)
    def end_others(self, browser: str) -> None:
        visitor = self.world.by(browser)
        visitor.get("/account/sessions/end")
        if visitor.path == "/account/sessions/end":
            with suppress(LookupError):
                visitor.submit()
        self.world.hold(browser)

    @rule(browser=BROWSER, which=st.integers(0, 1))
    def add_an_address(self, browser: str, which: int) -> None:
        """Her own, or somebody else's."""
        visitor, world = self.world.by(browser), self.world
        visitor.get("/account/addresses/add")
        holder = world.holder(browser)
        if holder is not None and visitor.path == "/account/addresses/add":
            mailbox = [holder.mailboxes[1], "eve@example.org"][which]
            with suppress(LookupError):
                visitor.submit(address=mailbox)
        world.hold(browser)

    @rule(person=PERSON)
    def prove_the_address(self, person: str) -> None:
        link = self.world.newest(person, "verify-address")
        if link is not None:
            visitor = self.world.stranger()
            visitor.get(link)
            with suppress(LookupError):
                visitor.submit("token")
        self.world.hold()

    @rule(browser=BROWSER, what=st.sampled_from(["primary", "remove"]))
    def change_the_addresses(self, browser: str, what: str) -> None:
        visitor = self.world.by(browser)
        visitor.get("/account/addresses")
        links = [a["href"] for a in visitor.page.html.select(f"main a[href$='/{what}']")]
        if links:
            visitor.get(links[-1])
            if visitor.path.endswith(f"/{what}"):
                with suppress(LookupError):
                    visitor.submit()
        self.world.hold(browser)

    @rule(browser=BROWSER, really=SELDOM)
    def give_up_the_account(self, browser: str, really: bool) -> None:
        """Or keep it, where that was done before."""
        visitor, holder = self.world.by(browser), self.world.holder(browser)
        path = "/account/delete" if really else "/account/keep"
        visitor.get(path)
        if holder is not None and visitor.path == path:
            with suppress(LookupError):
                visitor.submit(**({"name": holder.name} if really else {}))
        self.world.hold(browser)

    @rule(browser=BROWSER, person=PERSON, granted=SELDOM)
    def make_admin(self, browser: str, person: str, granted: bool) -> None:
        """Who was made one signs in again soon."""
        house = self.world.runtime
        user = house.directory.named(person)
        if user is not None and house.accounts is not None:
            with suppress(LastAdmin):
                Administering(house.signin.parts).set_admin(
                    house.accounts, user, "asked", granted=granted
                )
            self.world.distrust(user.id)
        self.world.hold()
        if granted:
            self.sign_in(browser, person, right=True)

    @rule(browser=BROWSER, which=st.integers(0, 3))
    def remove_a_factor(self, browser: str, which: int) -> None:
        if self.world.holder(browser) is None:
            self.come_in(browser, "ada", trust=False)
        visitor = self.world.by(browser)
        visitor.get("/account/security")
        links = [a["href"] for a in visitor.page.html.select("main a[href$='/remove']")]
        if links:
            visitor.get(links[which % len(links)])
            if visitor.path.endswith("/remove"):
                with suppress(LookupError):
                    visitor.submit()
        self.world.hold(browser)

    @rule(browser=BROWSER)
    def change_the_password(self, browser: str) -> None:
        visitor, holder = self.world.by(browser), self.world.holder(browser)
        visitor.get("/account/security/add/password")
        if holder is not None and visitor.path.endswith("/add/password"):
            with suppress(LookupError):
                changed = f"{PASSWORD} {len(self.world.events.all)}"
                visitor.submit(password=changed)
                if visitor.path.endswith("/account/security"):
                    holder.password = changed
        self.world.hold(browser)

    @rule(
        browser=BROWSER,
        path=st.sampled_from(
            ["/account", "/account/sessions", "/admin/users", "/sign-in/verify", "/account/lift"]
        ),
    )
    def look(self, browser: str, path: str) -> None:
        self.world.by(browser).get(path)
        self.world.hold(browser)

    # The operator, and time.

    @rule(person=PERSON, disabled=SELDOM)
    def shut_out(self, person: str, disabled: bool) -> None:
        house = self.world.runtime
        user = house.directory.named(person)
        if user is not None and house.accounts is not None:
            Administering(house.signin.parts).set_disabled(
                house.accounts, user, "seen", disabled=disabled
            )
        self.world.hold()

    @rule(person=PERSON, really=SELDOM)
    def reset(self, person: str, really: bool) -> None:
        user = self.world.runtime.directory.named(person)
        if user is not None and really:
            Administering(self.world.runtime.signin.parts).reset_factors(user, "lost")
            self.world.distrust(user.id)
        self.world.hold()

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))
        self.world.runtime.chores.do()
        self.world.hold()

    def _password(self, person: str) -> str:
        return self.world.people[person].password


def run(
    make_runtime: Houses, outbox: Outbox, examples: int, phases: Collection[Phase] = tuple(Phase)
) -> None:
    """Have so many stories told, each in a house of its own."""
    judged = Judged()

    def world() -> World:
        make_runtime.clock.advance(timedelta(days=30))
        judged.times.clear()
        runtime = make_runtime("password", "totp", around=judged.around, **SETTINGS)  # type: ignore[arg-type] # settings only
        return World.empty(runtime, make_runtime.clock, make_runtime.events, outbox, judged)

    class Here(Life):
        make = staticmethod(world)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("examples", [6, pytest.param(150, marks=pytest.mark.deep)])
def test_nothing_happens_that_policy_forbids(
    examples: int, make_runtime: Houses, outbox: Outbox
) -> None:
    """In any order: no session without the proofs that policy demands, no act without an event,
    no more judged answers than the budgets give, no mail to anybody else.
    """
    run(make_runtime, outbox, examples)
    # Else nothing was held against anything.
    assert make_runtime.events.of("sign-in.done")
