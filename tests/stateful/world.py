"""Two people, two browsers, an operator and a clock; and what is true of them at every moment.

What is held here is worked out from the database, the events, the mail and what people did,
not from the code that decides: were it to let somebody in for too little, nothing here would
agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pyotp
from sqlalchemy import delete, select

from ostiary.accounts import Limit, address, login_name, proofs_from_json
from ostiary.contracts import Event, Factor, Outcome, Step, User
from ostiary.plugins import Plugins
from ostiary.runtime import Runtime
from ostiary.signin.commanding import Commanding
from ostiary.store.tables import addresses, credentials, devices, regains, sessions, users
from ostiary.testing.clock import Clock
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox, Received
from ostiary.testing.visiting import Visitor

PASSWORD = "correct horse battery staple"
WRONG = "battery staple correct horse"
WINDOW = timedelta(minutes=5)
TRUST = timedelta(days=30)
MOST = 3
"""Judged answers in a window: of strangers together, and of each browser that is known."""

SETTINGS: Mapping[str, object] = MappingProxyType(
    {
        "budgets__stranger": f"{MOST}/5minutes",
        "budgets__known_device": f"{MOST}/5minutes",
        "budgets__client": "1000/minute",
        "budgets__second_factor": f"{MOST}/5minutes",
        "budgets__mail": "1000/minute",
        "budgets__registration": "1000/minute",
        "session__idle": "2h",
        "session__absolute": "12h",
    }
)


@dataclass
class Judged:
    """When answers about an account were put to a factor, by account, kind and browser."""

    browser: str = ""
    times: dict[tuple[str, str, str], list[datetime]] = field(default_factory=dict)

    def around(self, plugins: Plugins) -> Plugins:
        """Note each answer that a factor is asked to judge, before the factor judges it."""
        return replace(plugins, factors={n: self._noted(f) for n, f in plugins.factors.items()})

    def _noted(self, factor: Factor) -> Factor:
        asked = factor.answer_challenge

        def answer(step: Step, given: Mapping[str, str], /) -> Any:
            kind = "first" if step.user is None else "further"
            for owner in {c.user_id for c in step.credentials if c.user_id}:
                self.times.setdefault((owner, kind, self.browser), []).append(step.now)
            return asked(step, given)

        factor.answer_challenge = answer  # type: ignore[method-assign] # this house's alone
        return factor

    def most(self) -> int:
        """The most answers that one account had judged in one window, by one who asks.

        A browser has a budget of its own once the account knows it: all that two browsers and
        strangers may use up together is three budgets.
        """
        found = 0
        by_account: dict[tuple[str, str], list[datetime]] = {}
        for (owner, kind, _browser), times in self.times.items():
            by_account.setdefault((owner, kind), []).extend(times)
        for times in by_account.values():
            times.sort()
            for first, start in enumerate(times):
                inside = [t for t in times[first:] if t - start < WINDOW]
                found = max(found, len(inside))
        return found


@dataclass
class Browser:
    """One browser, and whose hands it is in."""

    name: str
    visitor: Visitor

    @property
    def path(self) -> str:
        return self.visitor.path if self.visitor.page is not None else ""


@dataclass
class Person:
    """What somebody knows and has."""

    name: str
    password: str = PASSWORD
    secrets: list[str] = field(default_factory=list)
    mailboxes: tuple[str, ...] = ()

    def code(self, now: datetime, *, right: bool) -> str:
        if not right or not self.secrets:
            return "000000"
        return pyotp.TOTP(self.secrets[-1]).at(now)


Rows = Mapping[str, Mapping[str, tuple[Any, ...]]]


@dataclass
class World:
    """The house, who is there, and what was so before."""

    runtime: Runtime
    clock: Clock
    events: Events
    outbox: Outbox
    judged: Judged
    _told: int
    _mailed: int
    browsers: dict[str, Browser] = field(init=False)
    people: dict[str, Person] = field(init=False)
    # Until when a browser may stand in for somebody's second proof, as they asked for it.
    trusted: dict[tuple[str, str], datetime] = field(init=False, default_factory=dict)
    # Whose factors were taken away, until they have answered two kinds.
    lost: set[str | None] = field(init=False, default_factory=set)
    _rows: Rows = field(init=False)

    def __post_init__(self) -> None:
        self.browsers = {name: Browser(name, Visitor(self.runtime)) for name in "AB"}
        self.people = {
            name: Person(name, mailboxes=(f"{name}@example.org", f"{name}@work.example"))
            for name in ("ada", "eve")
        }
        self._rows = self._read()

    @classmethod
    def empty(
        cls, runtime: Runtime, clock: Clock, events: Events, outbox: Outbox, judged: Judged
    ) -> World:
        """A world with nobody in it: of those before, nothing is left."""
        with runtime.store.write() as unit:
            for table in (regains, devices, sessions, credentials, addresses, users):
                unit.execute(delete(table))
        return cls(runtime, clock, events, outbox, judged, len(events.all), len(outbox))

    def account(self, name: str, *, app: bool) -> None:
        """An account with a password, as an operator makes one, and maybe with an app."""
        house, person = self.runtime, self.people[name]
        assert house.accounts is not None
        made = Commanding(house.signin.parts).create(
            house.accounts,
            login_name(name),
            address(f"{name}@example.org"),
            {"password": person.password},
        )
        assert isinstance(made, User)
        if app:
            visitor = Visitor(house)
            visitor.get("/sign-in")
            visitor.submit(name=name, password=person.password)
            visitor.get("/account/security/add/totp")
            person.secrets.append(visitor.page.html.find("code").get_text().replace(" ", ""))
            visitor.submit(code=person.code(self.clock(), right=True))
            visitor.get("/sign-out")
            visitor.submit()
            self.clock.advance(timedelta(minutes=1))

    def stranger(self) -> Visitor:
        """A browser that nobody has used before."""
        self.judged.browser = "another"
        return Visitor(self.runtime)

    def newest(self, name: str, path: str) -> str | None:
        """The link in the newest mail to a person that leads to this path."""
        mine = [m for m in self.outbox.mails if m.to in self.people[name].mailboxes]
        links = [link for mail in mine for link in mail.links if f"/{path}" in link]
        return links[-1] if links else None

    def trust(self, browser: str, name: str) -> None:
        """A person said so, and was let in."""
        owner = self.id_of(name)
        if owner is not None:
            self.trusted[browser, owner] = self.clock() + TRUST

    def by(self, browser: str) -> Visitor:
        """The browser, from now on the one that answers are judged for."""
        self.judged.browser = browser
        return self.browsers[browser].visitor

    def holder(self, browser: str) -> Person | None:
        """Who is signed in there."""
        cookie = self.browsers[browser].visitor.app.cookies.get("ostiary_session")
        if not cookie:
            return None
        with self.runtime.store.read() as connection:
            found = self.runtime.sessions.load(connection, cookie.strip('"'), self.clock())
        return None if found is None else self.person(found.user_id)

    def person(self, user_id: str) -> Person | None:
        row = self._rows["users"].get(user_id)
        return None if row is None else self.people.get(str(row[0]))

    def id_of(self, name: str) -> str | None:
        return next((i for i, row in self._rows["users"].items() if row[0] == name), None)

    # What holds, after each act.

    def hold(self, browser: str | None = None) -> None:
        """Hold everything against what it was before this act."""
        before, after = self._rows, self._read()
        self._rows = after
        told = self.events.all[self._told :]
        self._told = len(self.events.all)
        self._nothing_unrecorded(before, after, told)
        self._no_session_for_too_little(before, after, browser)
        self._only_limited_ones_after_a_loss(after, told)
        self._nobody_elses_mail(before, after)
        # Strangers together, and two browsers that may be known.
        assert self.judged.most() <= 3 * MOST

    def _nothing_unrecorded(self, before: Rows, after: Rows, told: Iterable[Event]) -> None:
        done = {(e.subject, e.type) for e in told if e.outcome is Outcome.DONE}
        subjects = {subject for subject, _ in done}
        for table, was in before.items():
            now = after[table]
            for key in was.keys() | now.keys():
                if _lasting(table, was.get(key)) == _lasting(table, now.get(key)):
                    continue
                owner = str((now.get(key) or was[key])[-1])
                if table == "credentials":
                    self.distrust(owner)
                if table == "sessions" and key not in now and self._over(was[key]):
                    continue  # Nobody ended it: it was over, and is swept.
                assert owner in subjects, (table, key, was.get(key), now.get(key), done)
        for key in after["sessions"].keys() - before["sessions"].keys():
            assert (after["sessions"][key][-1], "sign-in.done") in done
        for key in after["credentials"].keys() - before["credentials"].keys():
            added = {"factor.added", "user.registered", "reset.done", "factor.changed"}
            owner = after["credentials"][key][-1]
            assert any((owner, kind) in done for kind in added), done
        for key in before["credentials"].keys() - after["credentials"].keys():
            taken = {
                "factor.removed",
                "factor.changed",
                "reset.done",
                "regain.done",
                "user.factors-reset",
                "user.deleted",
            }
            owner = before["credentials"][key][-1]
            assert any((owner, kind) in done for kind in taken), done

    def _over(self, row: tuple[Any, ...]) -> bool:
        _limit, _proofs, seen, expires, _owner = row
        now = self.clock()
        return bool(expires <= now or seen <= now - timedelta(hours=2))

    def _no_session_for_too_little(self, before: Rows, after: Rows, browser: str | None) -> None:
        for key in after["sessions"].keys() - before["sessions"].keys():
            limit, proofs, _seen, _expires, owner = after["sessions"][key]
            lasting = [p for p in proofs if not p.recovery]
            kinds = {kind for p in lasting for kind in p.strength.kinds}
            assert proofs
            if len(lasting) < len(proofs):
                assert limit == Limit.RECOVERY.value
            if limit is not None:
                continue
            user = after["users"][owner]
            assert user[1] is None, "a session of somebody who is shut out"
            factors = [row for row in before["credentials"].values() if row[-1] == owner]
            needed = 2 if any(second for _name, _label, second, _owner in factors) else 1
            if needed == 2 and not user[2] and self._trusts(browser, owner):
                needed = 1
            if user[2]:
                needed = 2
            assert len(kinds) >= needed, (proofs, factors)

    def _only_limited_ones_after_a_loss(self, after: Rows, told: Iterable[Event]) -> None:
        self.lost |= {e.subject for e in told if e.type in {"regain.done", "user.factors-reset"}}
        for limit, proofs, _seen, _expires, owner in after["sessions"].values():
            if limit is None and owner in self.lost:
                answered = [p for p in proofs if p.credential is not None and not p.recovery]
                assert len({kind for p in answered for kind in p.strength.kinds}) > 1, proofs
                self.lost.discard(owner)

    def _trusts(self, browser: str | None, owner: str) -> bool:
        until = self.trusted.get((browser or "", owner))
        return until is not None and until > self.clock()

    def distrust(self, owner: str) -> None:
        """No browser stands in for this person any more."""
        self.trusted = {key: until for key, until in self.trusted.items() if key[1] != owner}

    def _nobody_elses_mail(self, before: Rows, after: Rows) -> None:
        mails = self.outbox.mails
        new, self._mailed = mails[self._mailed :], len(mails)
        for mail in new:
            assert _about(mail) is not None, mail.text
            person = self.people[str(_about(mail))]
            assert mail.to in person.mailboxes, (mail.to, mail.subject)
            # What can do something goes to an address that its owner gave or has proved.
            own = {
                row[0]
                for rows in (before["addresses"], after["addresses"])
                for row in rows.values()
                if row[-1] == (self.id_of(person.name) or row[-1])
            }
            assert mail.to in own, (mail.to, own)

    def _read(self) -> Rows:
        u, a, c, s, d = users.c, addresses.c, credentials.c, sessions.c, devices.c
        with self.runtime.store.read() as connection:
            execute = connection.execute
            return {
                "users": {
                    r.id: (r.login, r.disabled_at, r.admin, r.delete_at, r.id)
                    for r in execute(select(users).order_by(u.id))
                },
                "addresses": {
                    r.id: (r.address, r.is_primary, r.verified_at, r.user_id)
                    for r in execute(select(addresses).order_by(a.id))
                },
                "credentials": {
                    r.id: (r.name, r.label, r.second, r.user_id)
                    for r in execute(select(credentials).order_by(c.id))
                },
                "sessions": {
                    r.id: (r.limit, proofs_from_json(r.proofs), r.seen_at, r.expires_at, r.user_id)
                    for r in execute(select(sessions).order_by(s.id))
                },
                "devices": {
                    r.id: (r.remembered_until, r.user_id)
                    for r in execute(select(devices).order_by(d.id))
                },
            }


def _about(mail: Received) -> str | None:
    """Whose account a mail is about: it says so."""
    found = re.search(r"\b(ada|eve)\b", mail.text)
    return None if found is None else found[1]


def _lasting(table: str, row: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """What of a row changes by an act only: a session is seen whenever it is used."""
    if row is None or table != "sessions":
        return row
    limit, proofs, _seen, expires, owner = row
    return limit, len(proofs), expires, owner
