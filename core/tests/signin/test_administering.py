"""What admins do to accounts: by whom, why, and that it ends where their rights do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from ostiary.accounts import Accounts, Limit
from ostiary.contracts import Purpose, User
from ostiary.signin import Further, Member
from ostiary.signin.administering import Administering, LastAdmin, NotAdmin, clean_reason
from ostiary.signin.commanding import Commanding
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Open, Scratch, Word, at_once, host_of, reason
from .test_requiring import admin, limits

NUMBERS = count(1)
WHY = "Ticket 4711"


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, scratch: Scratch) -> Door:
    return open_door(word, counter, scratch)


def accounts_of(door: Door) -> Accounts:
    assert door.runtime.accounts is not None
    return door.runtime.accounts


def someone(door: Door, name: str, *, is_admin: bool = False, second: bool = False) -> User:
    """An account that knows ``open``."""
    factors = door.runtime.plugins.factors
    user = door.user(name, f"{name}@example.org")
    door.give(user, factors["word"], secret=b"open")
    if second:
        door.give(user, factors["counter"], mark=0)
    return admin(door, user) if is_admin else user


def enter(door: Door, name: str) -> Member:
    """Signed in by both."""
    factors = door.runtime.plugins.factors
    visitor = door.visitor()
    outcome = door.first(visitor, factors["word"], name, {"word": "open"})
    if not isinstance(outcome, Further):
        return door.member(outcome, visitor)
    visitor = replace(visitor, flow=outcome.flow)
    answer = {"number": str(next(NUMBERS))}
    return door.member(door.further(visitor, factors["counter"], answer), visitor)


def root(door: Door, name: str = "root") -> tuple[User, Administering]:
    """An admin, and what they can do in the session that they have."""
    user = someone(door, name, is_admin=True, second=True)
    return user, Administering(door.runtime.signin.parts, enter(door, name))


ACTS: dict[str, Callable[[Administering, Accounts, User], Any]] = {
    "disable": lambda a, accounts, user: a.set_disabled(accounts, user, WHY, disabled=True),
    "enable": lambda a, accounts, user: a.set_disabled(accounts, user, WHY, disabled=False),
    "grant": lambda a, accounts, user: a.set_admin(accounts, user, WHY, granted=True),
    "revoke": lambda a, accounts, user: a.set_admin(accounts, user, WHY, granted=False),
    "end": lambda a, _accounts, user: a.end_sessions(user, WHY),
    "reset": lambda a, _accounts, user: a.reset_factors(user, WHY),
}
EVENTS = {
    "disable": ("user.disabled", "Your account was disabled"),
    "enable": ("user.enabled", "Your account was enabled again"),
    "grant": ("admin.granted", "You are an admin now"),
    "revoke": ("admin.revoked", "You are no longer an admin"),
    "end": ("session.all-ended", "You were signed out everywhere"),
    "reset": ("user.factors-reset", "Your second factors were removed"),
}


@pytest.mark.parametrize("act", ACTS)
def test_every_act_is_recorded_with_its_admin_and_reason_and_told_once(
    door: Door, outbox: Outbox, act: str
) -> None:
    """Whoever is concerned is told when, and neither why nor whence; a second time is no act."""
    user, acting = root(door)
    bob = someone(door, "bob", is_admin=act == "revoke", second=True)
    enter(door, "bob")
    accounts = accounts_of(door)
    if act == "enable":
        ACTS["disable"](Commanding(door.runtime.signin.parts), accounts, bob)
    told = len(outbox.to("bob@example.org"))
    assert ACTS[act](acting, accounts, bob)
    event_type, subject = EVENTS[act]
    event = door.events.of(event_type)[-1]
    assert (event.subject, event.reason, event.outcome.value) == (bob.id, WHY, "done")
    assert (event.actor.kind, event.actor.user, event.actor.means) == ("admin", user.id, "session")
    assert len(event.proofs) == 2
    (mail,) = outbox.to("bob@example.org")[told:]
    assert subject in mail.subject
    assert "2001:db8" not in mail.text
    assert WHY not in mail.text + mail.subject
    assert "If this was not you" not in mail.text
    before = len(door.events.all)
    assert not ACTS[act](acting, accounts, bob)
    assert (len(door.events.all), len(outbox.to("bob@example.org"))) == (before, told + 1)


@pytest.mark.parametrize("act", ["disable", "end", "reset"])
def test_what_shuts_out_ends_the_sessions_and_the_sign_ins_under_way(door: Door, act: str) -> None:
    _user, acting = root(door)
    bob = someone(door, "bob", second=True)
    enter(door, "bob")
    visitor = door.begun(door.visitor(), door.runtime.plugins.factors["word"], "bob")
    ACTS[act](acting, accounts_of(door), bob)
    assert limits(door, bob) == []
    question = door.runtime.signin.ways.question(visitor, Purpose.SIGN_IN, None)
    assert reason(question) in {"expired", "inactive"}


# Who acts.


@pytest.mark.parametrize("lost", ["disabled", "revoked", "ended", "limited", "gone"])
def test_whoever_has_lost_their_rights_meanwhile_does_nothing(
    door: Door, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the page had been opened before."""
    user, acting = root(door)
    someone(door, "other", is_admin=True, second=True)
    bob = someone(door, "bob", second=True)
    enter(door, "bob")
    accounts, operator = accounts_of(door), Commanding(door.runtime.signin.parts)
    match lost:
        case "disabled":
            operator.set_disabled(accounts, user, disabled=True)
        case "revoked":
            operator.set_admin(accounts, user, granted=False)
        case "ended":
            operator.end_sessions(user, WHY)
        case "limited":
            with door.runtime.store.write() as unit:
                door.runtime.sessions.limit_all(unit, user.id, Limit.ENROL)
        case _:
            monkeypatch.setattr(type(door.runtime.directory), "get", lambda *_told: None)
    before = len(door.events.all)
    for act in ACTS.values():
        with pytest.raises(NotAdmin):
            act(acting, accounts, bob)
    assert len(door.events.all) == before
    assert limits(door, bob) == [None]


# The last admin.


@pytest.mark.parametrize("act", ["revoke", "disable"])
def test_the_last_admin_stays(door: Door, act: str) -> None:
    """One who is disabled, or leaves, counts for nobody."""
    user, acting = root(door)
    accounts = accounts_of(door)
    other = someone(door, "other", is_admin=True, second=True)
    Commanding(door.runtime.signin.parts).set_disabled(accounts, other, disabled=True)
    with pytest.raises(LastAdmin):
        ACTS[act](acting, accounts, user)
    assert door.runtime.directory.get(user.id) == user
    assert limits(door, user) == [None]
    assert not door.events.of("admin.revoked")


def test_the_operator_may_shut_out_the_last_admin_and_not_leave_the_site_without(
    door: Door,
) -> None:
    """Whoever has the keys of the house can let them in again, or make another."""
    user = someone(door, "root", is_admin=True)
    operator, accounts = Commanding(door.runtime.signin.parts), accounts_of(door)
    with pytest.raises(LastAdmin, match="root is the only admin: make another one first"):
        operator.set_admin(accounts, user, granted=False)
    assert operator.set_disabled(accounts, user, disabled=True)
    assert operator.set_disabled(accounts, user, disabled=False)


@pytest.mark.parametrize(
    "acts", [("revoke", "revoke"), ("disable", "disable"), ("revoke", "disable")]
)
def test_of_two_admins_who_shut_each_other_out_one_stays(door: Door, acts: tuple[str, str]) -> None:
    """At once, on both databases, however often one tries."""
    accounts = accounts_of(door)
    for number in range(6):
        (ann, by_ann), (ben, by_ben) = (root(door, f"{name}{number}") for name in ("ann", "ben"))
        for each in accounts.list():
            if each.admin and each.id not in {ann.id, ben.id}:
                Commanding(door.runtime.signin.parts).set_admin(accounts, each.user, granted=False)

        def tried(act: str, by: Administering, on: User) -> str:
            try:
                ACTS[act](by, accounts, on)
            except (NotAdmin, LastAdmin) as refused:
                return type(refused).__name__
            return "done"

        said = at_once([partial(tried, acts[0], by_ann, ben), partial(tried, acts[1], by_ben, ann)])
        able = [a.login for a in accounts.list() if a.admin and a.disabled_at is None]
        assert sorted(said) == ["NotAdmin", "done"]
        assert len(able) == 1


# A host's users, and reasons.


def test_an_admin_of_a_host_acts_on_what_the_house_keeps(
    open_door: Open, word: Word, counter: Counter
) -> None:
    directory, plugin = host_of("ann", "ben")
    directory.users["ann"] = replace(directory.users["ann"], privileged=True)
    door = open_door(word, counter, plugin)
    for user in directory.users.values():
        door.give(user, word, secret=b"open")
        door.give(user, counter, mark=0)
    acting = Administering(door.runtime.signin.parts, enter(door, "ann"))
    enter(door, "ben")
    assert acting.end_sessions(directory.users["ben"], WHY) == 1
    assert len(acting.reset_factors(directory.users["ben"], WHY)) == 1
    directory.users["ann"] = replace(directory.users["ann"], privileged=False)
    with pytest.raises(NotAdmin):
        acting.end_sessions(directory.users["ben"], WHY)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  lost \t the\r\nphone\u2028", "lost the phone"),
        ("<b>lost</b> ${user} %s", "<b>lost</b> ${user} %s"),
        ("a\x00b\x1b[31m\u202ec\u200b", "ab[31mc"),
        (" \n\t\u2029", ""),
        ("\u200b\x00", ""),
        ("verloren \U0001f4f1", "verloren \U0001f4f1"),
    ],
)
def test_a_reason_is_one_line_of_letters(typed: str, kept: str) -> None:
    """Nothing that could forge a line of a log, or turn one around (ASVS 5.0, 16.4.1)."""
    assert clean_reason(typed) == kept


@pytest.mark.parametrize(
    ("granted", "event"), [(True, "regain.granted"), (False, "regain.refused")]
)
def test_a_request_for_a_way_back_is_decided_once_by_an_admin(
    door: Door, granted: bool, event: str
) -> None:
    """Whoever has lost their rights decides nothing."""
    user, acting = root(door)
    bob, regaining = someone(door, "bob", second=True), door.runtime.regaining
    with door.runtime.store.write() as unit:
        asked = door.runtime.signin.parts.regains.ask(unit, bob.id, "lost", door.clock())
    assert acting.decide(regaining, asked.id, WHY, granted=granted)
    assert not acting.decide(regaining, asked.id, WHY, granted=not granted)
    (done,) = door.events.of(event)
    assert (done.actor.kind, done.actor.user, done.reason) == ("admin", user.id, WHY)
    Commanding(door.runtime.signin.parts).end_sessions(user, WHY)
    with pytest.raises(NotAdmin):
        acting.decide(regaining, asked.id, WHY, granted=granted)
