"""Who must have a second factor, and what a session may do before there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ostiary.accounts import Limit
from ostiary.contracts import Assurance, Purpose, User
from ostiary.signin import Added, Member, SignedIn
from ostiary.signin.administering import Administering
from ostiary.signin.requiring import nothing_to_add
from ostiary.testing.clock import Clock

from .conftest import (
    HAVE,
    KNOW,
    Counter,
    Door,
    Open,
    Scratch,
    Scripted,
    Word,
    at_once,
    host_of,
    reason,
)

DAY = timedelta(days=1)


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, scratch: Scratch) -> Door:
    return open_door(word, Word("phrase"), counter, scratch)


def admin(door: Door, user: User, *, granted: bool = True) -> User:
    """Make somebody an admin, as the operator does."""
    accounts = door.runtime.accounts
    assert accounts is not None
    Administering(door.runtime.signin.parts).set_admin(accounts, user, "why", granted=granted)
    found = door.runtime.directory.get(user.id)
    assert found is not None
    return found


def limits(door: Door, user: User) -> list[Limit | None]:
    with door.runtime.store.read() as connection:
        found = door.runtime.sessions.of_user(connection, user.id, door.clock())
    return [session.limit for session in found]


def own(door: Door, user: User, factor: Any) -> str:
    """The id of the user's credential of a factor."""
    found = door.runtime.signin.parts.credentials(user.id)
    (credential_id,) = [each.credential.id for each in found if each.name == factor.name]
    return credential_id


def enrol(door: Door, member: Member, factor: Any, **answer: str) -> Added:
    enrolling = door.runtime.signin.enrolling
    asked = enrolling.begin(member, factor)
    added = enrolling.finish(member, asked.handle, answer, "")  # type: ignore[union-attr]
    assert isinstance(added, Added), added
    return added


def after(door: Door, member: Member, added: Added) -> Member:
    """The same person, under the session's new cookie."""
    return door.member(SignedIn(added.cookie, member.user_id, ""), member.visitor)


@pytest.mark.parametrize(
    ("required", "since", "privileged", "limit"),
    [
        ("privileged", None, True, Limit.ENROL),
        ("privileged", None, False, None),
        ("everyone", None, False, Limit.ENROL),
        ("everyone", None, True, Limit.ENROL),
        ("never", None, True, None),
        ("privileged", 0, True, Limit.ENROL),
        ("privileged", -1, True, Limit.ENROL),
        ("privileged", 1, True, None),
        ("everyone", 1, False, None),
    ],
)
def test_whoever_must_have_one_gets_a_session_that_can_only_add_it(
    open_door: Open,
    word: Word,
    counter: Counter,
    required: str,
    since: int | None,
    privileged: bool,
    limit: Limit | None,
) -> None:
    """From the day on that the operator names, in UTC, and not a day before."""
    settings: dict[str, object] = {"second_factor__required": required}
    if since is not None:
        settings["second_factor__since"] = str((Clock()() + since * DAY).date())
    door = open_door(word, counter, **settings)
    alice = door.alice(word)
    if privileged:
        admin(door, alice)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"}, "/wanted")
    assert isinstance(outcome, SignedIn)
    assert (outcome.limit, outcome.next) == (limit, "/wanted")
    assert limits(door, alice) == [limit]


def test_whoever_has_one_is_not_limited(door: Door, word: Word, counter: Counter) -> None:
    alice = admin(door, door.alice(word, counter))
    member = door.enter_both(word, counter)
    assert member.limit is None
    assert limits(door, alice) == [None]


def test_recovery_is_the_narrower_limit(door: Door, word: Word, scratch: Scratch) -> None:
    """It stays after a factor was added, which an enrolment's would not."""
    alice = door.alice(word)
    counter = door.runtime.plugins.factors["counter"]
    door.give(alice, counter, mark=0)
    door.give(alice, scratch, secret=b'["r1"]')
    admin(door, alice)
    visitor = door.begun(door.visitor(), word)
    member = door.member(door.further(visitor, scratch, {"code": "r1"}), visitor)
    assert member.limit is Limit.RECOVERY
    assert after(door, member, enrol(door, member, counter, number="7")).limit is Limit.RECOVERY


def test_the_act_that_adds_a_second_kind_lifts_the_limit_under_a_new_id(
    door: Door, word: Word, counter: Counter
) -> None:
    alice = admin(door, door.alice(word))
    member = door.enter(word, "alice", {"word": "open"})
    again = after(door, member, enrol(door, member, counter, number="7"))
    assert (member.limit, again.limit) == (Limit.ENROL, None)
    assert member.session_hash != again.session_hash
    assert limits(door, alice) == [None]


def test_another_factor_of_the_same_kind_lifts_nothing(door: Door, word: Word) -> None:
    alice = admin(door, door.alice(word))
    member = door.enter(word, "alice", {"word": "open"})
    phrase = door.runtime.plugins.factors["phrase"]
    assert after(door, member, enrol(door, member, phrase, word="x")).limit is Limit.ENROL
    assert limits(door, alice) == [Limit.ENROL]


def test_a_second_kind_that_is_no_second_factor_lifts_nothing(open_door: Open, word: Word) -> None:
    """It would not be asked for at the next sign-in."""
    aside = Counter("aside", second=False)
    door = open_door(word, aside)
    admin(door, door.alice(word))
    member = door.enter(word, "alice", {"word": "open"})
    assert after(door, member, enrol(door, member, aside, number="7")).limit is Limit.ENROL


def test_the_others_sessions_go_on_once_they_have_answered_it_too(
    door: Door, word: Word, counter: Counter
) -> None:
    """A thief's, who has the first factor alone, never does."""
    alice = admin(door, door.alice(word))
    there = door.enter(word, "alice", {"word": "open"})
    here = door.enter(word, "alice", {"word": "open"})
    enrol(door, here, counter, number="7")
    assert sorted(map(str, limits(door, alice))) == sorted(map(str, [None, Limit.ENROL]))
    visitor = door.stepping_up(there, Assurance(proofs=2))
    outcome = door.further(visitor, counter, {"number": "8"}, Purpose.STEP_UP)
    assert door.member(outcome, visitor).limit is None
    assert limits(door, alice) == [None, None]


def test_a_step_up_that_proves_one_kind_lifts_nothing(
    door: Door, word: Word, counter: Counter
) -> None:
    admin(door, door.alice(word))
    member = door.enter(word, "alice", {"word": "open"})
    door.clock.advance(timedelta(minutes=20))
    visitor = door.stepping_up(member, Assurance(within=timedelta(minutes=15)))
    outcome = door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert door.member(outcome, visitor).limit is Limit.ENROL


@pytest.mark.parametrize("act", ["rename", "remove"])
def test_a_limited_session_changes_nothing_but_what_it_adds(
    door: Door, word: Word, act: str
) -> None:
    alice = admin(door, door.alice(word))
    member = door.enter(word, "alice", {"word": "open"})
    (own,) = door.runtime.signin.parts.credentials(alice.id)
    enrolling = door.runtime.signin.enrolling
    changing = door.runtime.signin.changing
    if act == "rename":
        denied = changing.rename(member, own.credential.id, "mine")
    else:
        denied = changing.remove(member, own.credential.id)
    assert reason(denied) == "limited"
    assert reason(enrolling.begin(member, word)) == "limited"


def test_recovery_codes_that_were_just_made_are_no_second_kind(
    door: Door, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """Whoever has the first factor alone makes them at once; the owner's second lifts nothing."""
    alice = admin(door, door.alice(word))
    thief = door.enter(word, "alice", {"word": "open"})
    added = door.runtime.signin.enrolling.at_once(thief, scratch, "")
    assert isinstance(added, Added), added
    thief = after(door, thief, added)
    enrol(door, door.enter(word, "alice", {"word": "open"}), counter, number="7")
    parts = door.runtime.signin.parts
    with parts.store.write() as unit:
        assert not parts.requiring.lift(unit, thief.session_hash, parts.now())
    assert sorted(map(str, limits(door, alice))) == sorted(map(str, [None, Limit.ENROL]))


# Taking the last one away.


def test_whoever_must_have_one_keeps_the_last(door: Door, word: Word, counter: Counter) -> None:
    """With another one it may go; nothing of a refused removal is left."""
    alice = admin(door, door.alice(word, counter))
    member = door.enter_both(word, counter)
    first = own(door, alice, counter)
    changing = door.runtime.signin.changing
    assert reason(changing.remove(member, first)) == "last-second"
    assert len(door.runtime.signin.parts.credentials(alice.id)) == 2
    assert not door.events.of("factor.removed")
    member = after(door, member, enrol(door, member, counter, number="9"))
    assert changing.remove(member, first) is None


@pytest.mark.parametrize("why", ["not-privileged", "never", "later"])
def test_whoever_need_not_have_one_may_take_it_away(
    open_door: Open, word: Word, counter: Counter, why: str
) -> None:
    settings = {
        "never": {"second_factor__required": "never"},
        "later": {"second_factor__since": "2999-01-01"},
    }.get(why, {})
    door = open_door(word, counter, **settings)
    alice = door.alice(word, counter)
    if why != "not-privileged":
        admin(door, alice)
    member = door.enter_both(word, counter)
    second = own(door, alice, counter)
    assert door.runtime.signin.changing.remove(member, second) is None


# Being made an admin.


def test_being_made_an_admin_limits_every_session_at_once(
    door: Door, word: Word, counter: Counter
) -> None:
    """And no longer being one lets them go on."""
    alice = door.alice(word)
    door.enter(word, "alice", {"word": "open"})
    door.enter(word, "alice", {"word": "open"})
    admin(door, alice)
    assert limits(door, alice) == [Limit.ENROL] * 2
    admin(door, door.user("Bob"))
    admin(door, alice, granted=False)
    assert limits(door, alice) == [None, None]


def test_whoever_has_one_goes_on_as_an_admin(door: Door, word: Word, counter: Counter) -> None:
    alice = door.alice(word, counter)
    door.enter_both(word, counter)
    admin(door, alice)
    assert limits(door, alice) == [None]


def remembered(door: Door, word: Word, counter: Counter) -> Member:
    """A browser that may stand in for the second factor from now on."""
    visitor = replace(door.begun(door.visitor(), word), remember=True)
    return door.member(door.further(visitor, counter, {"number": "1"}), visitor)


def test_what_a_remembered_browser_opened_is_asked_for_two_kinds(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Once its owner is an admin; the session that proved both goes on, and so does this then."""
    door = open_door(word, counter, remembered_device="30d")
    alice = door.alice(word, counter)
    both = remembered(door, word, counter)
    # The cookie of its session was lost, so that signing in again does not end that one.
    browser = replace(both.visitor, session=None, session_id=None)
    one = door.member(door.first(browser, word, "alice", {"word": "open"}), browser)
    assert (len(one.proofs), one.limit) == (1, None)
    admin(door, alice)
    assert sorted(map(str, limits(door, alice))) == sorted(map(str, [None, Limit.ENROL]))
    visitor = door.stepping_up(one, Assurance(proofs=2))
    outcome = door.further(visitor, counter, {"number": "2"}, Purpose.STEP_UP)
    assert door.member(outcome, visitor).limit is None


@pytest.mark.parametrize("required", ["never", "privileged"])
def test_a_session_that_opens_while_its_owner_becomes_an_admin_is_no_other(
    open_door: Open, word: Word, counter: Counter, required: str
) -> None:
    """Its unit sees who they are by then, whatever was true when a browser stood in for them."""
    door = open_door(word, counter, second_factor__required=required)
    alice = door.alice(word, counter)
    one = door.enter_both(word, counter).proofs[:1]
    admin(door, alice)
    parts = door.runtime.signin.parts
    with parts.store.write() as unit:
        limit = parts.requiring.limit_for(unit, alice, one, parts.now())
    assert limit is (None if required == "never" else Limit.ENROL)
    assert limits(door, alice) == [None]


def test_where_everybody_must_have_one_it_stays_after_the_rights_are_gone(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter, second_factor__required="everyone")
    alice = door.alice(word)
    admin(door, door.user("Bob"))
    door.enter(word, "alice", {"word": "open"})
    admin(door, alice)
    admin(door, alice, granted=False)
    assert limits(door, alice) == [Limit.ENROL]


def test_nobody_slips_through_while_they_are_made_an_admin(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Signing in at that very moment, on either side of it, ends in a limited session."""
    door = open_door(word, counter)
    for number in range(8):
        user = door.user(f"user{number}")
        door.give(user, word, secret=b"open")
        word.after_yes = lambda: None

        def sign_in(name: str = user.login) -> object:
            return door.first(door.visitor(), word, name, {"word": "open"})

        def grant(user: User = user) -> object:
            return admin(door, user)

        acts: list[Callable[[], object]] = [sign_in, grant, sign_in]
        at_once(acts)
        assert limits(door, user) == [Limit.ENROL] * 2


def test_the_last_factor_does_not_go_while_its_owner_is_made_an_admin(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Whichever comes first: an admin without one has no session that could do anything."""
    door = open_door(word, counter)
    for number in range(8):
        user = door.user(f"user{number}")
        door.give(user, word, secret=b"open")
        own = door.give(user, counter, mark=0)
        visitor = door.visitor()
        begun = door.first(visitor, word, user.login, {"word": "open"})
        visitor = replace(visitor, flow=begun.flow)  # type: ignore[union-attr]
        member = door.member(door.further(visitor, counter, {"number": "1"}), visitor)

        def remove(member: Member = member, own: str = own.credential.id) -> object:
            return door.runtime.signin.changing.remove(member, own)

        def grant(user: User = user) -> object:
            return admin(door, user)

        acts: list[Callable[[], object]] = [remove, grant]
        at_once(acts)
        kept = len(door.runtime.signin.parts.credentials(user.id)) == 2
        assert limits(door, user) == ([None] if kept else [Limit.ENROL])


# A host's users, and a house that has nothing to add.


def test_whom_a_hosts_directory_calls_privileged_must_have_one(
    open_door: Open, word: Word, counter: Counter
) -> None:
    directory, plugin = host_of("ann", "ben")
    directory.users["ann"] = replace(directory.users["ann"], privileged=True)
    door = open_door(word, counter, plugin)
    for user in directory.users.values():
        door.give(user, word, secret=b"open")
    assert door.enter(word, "ann", {"word": "open"}).limit is Limit.ENROL
    assert door.enter(word, "ben", {"word": "open"}).limit is None


def test_a_house_without_second_factors_says_that_it_asks_for_one(
    open_door: Open, word: Word, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    """Fail closed, and say so: whoever must have one can do nothing."""
    open_door(word)
    assert "no enabled plugin has one" in caplog.text
    caplog.clear()
    open_door(word, second_factor__required="never")
    open_door(word, counter)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("factors", "nothing"),
    [
        ([], True),
        ([Word()], True),
        ([Word(), Scratch()], True),
        ([Word(), Scripted("same", KNOW)], True),
        ([Word(), Scripted("aside", HAVE, second=False)], True),
        ([Word(), Counter()], False),
    ],
)
def test_a_second_factor_is_of_another_kind_lasts_and_counts(
    factors: list[Any], nothing: bool
) -> None:
    loaded = {factor.name: factor for factor in factors}
    assert nothing_to_add("privileged", loaded) is nothing
    assert not nothing_to_add("never", loaded)
