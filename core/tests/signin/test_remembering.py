"""A browser that stands in for the second proof: when it may, and whenever it must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from ostiary.accounts import new_token, token_hash
from ostiary.audit import COMMAND
from ostiary.contracts import Assurance, Attempt, Kind, Proof, Purpose, Refused, SignInGuard, User
from ostiary.signin import Denied, Further, Member, SignedIn, Visitor
from ostiary.signin import remembering as remembering_
from ostiary.store.tables import devices
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import KNOW, Counter, Door, Key, Open, Scratch, Word, at_once

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class Asking(SignInGuard):
    """Does what the test says, in the moment between the proofs and the session."""

    name = "asking"

    def __init__(self) -> None:
        self.says: Callable[[], Assurance | Refused | None] = lambda: None

    def check_attempt(self, attempt: Attempt, /) -> Assurance | Refused | None:
        return self.says()


@pytest.fixture
def guard() -> Asking:
    return Asking()


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, guard: Asking) -> Door:
    return open_door(word, counter, plugin_of(sign_in_guards=[guard]))


@pytest.fixture
def alice(door: Door, word: Word, counter: Counter) -> User:
    return door.alice(word, counter)


def trust(
    door: Door, word: Word, counter: Counter, number: str = "1", visitor: Visitor | None = None
) -> Member:
    """Sign in with both proofs, and ask that the browser be remembered."""
    visitor = door.begun(visitor or door.visitor(), word)
    outcome = door.further(replace(visitor, remember=True), counter, {"number": number})
    return door.member(outcome, visitor)


def again(door: Door, word: Word, member: Member) -> SignedIn | Further:
    """The same browser gives the first proof of another sign-in."""
    visitor = replace(member.visitor, session=None, session_id=None)
    outcome = door.first(visitor, word, "alice", {"word": "open"})
    assert isinstance(outcome, SignedIn | Further), outcome
    return outcome


def test_a_remembered_browser_needs_one_proof_and_proves_no_more(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    """The session has what was proved: whoever asks for two proofs still gets them."""
    member = trust(door, word, counter)
    outcome = again(door, word, member)
    assert isinstance(outcome, SignedIn)
    signed_in = door.member(outcome)
    assert {kind for p in signed_in.proofs for kind in p.strength.kinds} == {Kind.KNOW}
    step_up = door.runtime.signin.answering.step_up(signed_in, [Assurance(proofs=2)], "")
    assert isinstance(step_up, Further)
    told = [event.details["device"] for event in door.events.of("sign-in.done")]
    assert told == ["first", "remembered"]


def test_its_owner_is_told_by_mail_and_by_the_trail(
    door: Door, alice: User, word: Word, counter: Counter, outbox: Outbox
) -> None:
    member = trust(door, word, counter)
    (event,) = door.events.of("device.remembered")
    assert (event.subject, event.actor.session) == (alice.id, member.session_id)
    (mail,) = outbox.to("alice@example.org")
    assert mail.subject == "A browser can skip the second step of your sign-in"
    until = door.clock() + 30 * DAY
    assert f"{until:%Y-%m-%d}" in mail.text
    assert event.details == {"until": until.isoformat(timespec="seconds")}


def test_nothing_of_the_database_opens_anything(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    """What is stored is a hash; shown as a token it is none."""
    member = trust(door, word, counter)
    with door.runtime.store.read() as connection:
        row = connection.execute(select(devices)).one()
    assert row.token_hash == token_hash(member.visitor.device or "")
    for stolen in (row.token_hash, row.id, row.token_hash[:43]):
        thief = replace(member, visitor=door.visitor(device=stolen))
        assert isinstance(again(door, word, thief), Further)


def test_whoever_does_not_ask_is_not_remembered(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    assert isinstance(again(door, word, door.enter_both(word, counter)), Further)
    assert door.events.of("device.remembered") == []


def test_another_browser_and_another_account_are_asked(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    stranger = replace(member, visitor=door.visitor(device=new_token()))
    assert isinstance(again(door, word, stranger), Further)
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    door.give(bob, counter)
    outcome = door.first(member.visitor, word, "bob", {"word": "open"})
    assert isinstance(outcome, Further)


def test_it_is_over_in_time(door: Door, alice: User, word: Word, counter: Counter) -> None:
    """Thirty days after it was asked for, however often it was used."""
    member = trust(door, word, counter)
    door.clock.advance(29 * DAY)
    outcome = again(door, word, member)
    assert isinstance(outcome, SignedIn)
    door.clock.advance(DAY)
    member = replace(member, visitor=replace(member.visitor, device=outcome.device))
    assert isinstance(again(door, word, member), Further)


def test_a_copy_of_the_old_cookie_is_worth_nothing_after_the_next_sign_in(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    outcome = again(door, word, member)
    assert isinstance(outcome, SignedIn)
    assert isinstance(again(door, word, member), Further)
    moved = replace(member, visitor=replace(member.visitor, device=outcome.device))
    assert isinstance(again(door, word, moved), SignedIn)


def test_one_token_used_twice_at_once_stands_in_once(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    """Of the cookie and its copy, one rotates it; the other is asked for the second proof."""
    member = trust(door, word, counter)
    outcomes = at_once([lambda: again(door, word, member)] * 6)
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1


# Where it is never offered, and does nothing.


def offers(door: Door, visitor: Visitor, factor: object = None, **more: object) -> timedelta | None:
    return door.question(visitor, factor, **more).remember  # type: ignore[arg-type]


def test_it_is_offered_where_the_last_proof_is_asked_for(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    assert offers(door, door.begun(door.visitor(), word)) == 30 * DAY


def test_it_is_not_offered_at_a_step_up(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    door.clock.advance(HOUR)
    visitor = door.stepping_up(member, Assurance(proofs=2, within=HOUR / 2))
    assert offers(door, visitor, purpose=Purpose.STEP_UP) is None


def test_it_does_not_stand_in_at_a_step_up(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    door.clock.advance(HOUR)
    visitor = door.stepping_up(member, Assurance(proofs=2, within=HOUR / 2))
    asked = door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert isinstance(asked, Further)


def test_without_the_setting_none_is_offered_asked_for_or_believed(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Also not where one was remembered before the operator took it away."""
    door = open_door(word, counter)
    door.alice(word, counter)
    member = trust(door, word, counter)
    shut = open_door(word, counter, remembered_device="")
    assert isinstance(again(shut, word, member), Further)
    visitor = shut.begun(shut.visitor(), word)
    assert offers(shut, visitor) is None
    visitor = replace(visitor, remember=True)
    other = shut.member(shut.further(visitor, counter, {"number": "5"}), visitor)
    assert isinstance(again(door, word, other), Further)
    assert shut.runtime.signin.leaving.devices(other) == ()


def make_admin(door: Door, user: User) -> None:
    accounts = door.runtime.accounts
    assert accounts is not None
    with door.runtime.store.write() as unit:
        accounts.set_admin(unit, user.id, admin=True)


def test_an_admin_is_always_asked(door: Door, alice: User, word: Word, counter: Counter) -> None:
    """Whoever became one since; and it is not offered to them, nor heard."""
    member = trust(door, word, counter)
    make_admin(door, alice)
    assert isinstance(again(door, word, member), Further)
    visitor = door.begun(door.visitor(), word)
    assert offers(door, visitor) is None
    door.further(replace(visitor, remember=True), counter, {"number": "9"})
    assert len(door.events.of("device.remembered")) == 1


@pytest.mark.parametrize(
    "demand", [Assurance(proofs=2), Assurance(phishing_resistant=True)], ids=["two", "resistant"]
)
def test_what_a_guard_asks_for_is_asked_for(
    open_door: Open, word: Word, key: Key, guard: Asking, counter: Counter, demand: Assurance
) -> None:
    door = open_door(word, counter, key, plugin_of(sign_in_guards=[guard]))
    door.alice(word, counter, key)
    member = trust(door, word, counter)
    guard.says = lambda: demand
    assert isinstance(again(door, word, member), Further)


def test_recovery_remembers_nothing(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """Neither on its page nor after it, nor does a browser stand in beside it."""
    door = open_door(word, counter, scratch)
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    assert offers(door, visitor, scratch) is None
    door.further(replace(visitor, remember=True), scratch, {"code": "r1"})
    assert door.events.of("device.remembered") == []


def test_nor_does_a_link_that_stands_in_itself(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    """A password that is reset by mail is no proof, and must not become the only one."""
    member = trust(door, word, counter)
    parts, now = door.runtime.signin.parts, door.clock()
    for proofs, stands in (
        ([Proof("word", "an-id", KNOW, now)], True),
        ([Proof("word", None, KNOW, now)], False),
        ([Proof("word", "an-id", KNOW, now, recovery=True)], False),
        ([], False),
    ):
        credentials = parts.credentials(alice.id)
        found = remembering_.stands_in(parts, alice, credentials, proofs, member.visitor)
        assert found is stands


# What makes it void.


def test_a_factor_added_or_removed_makes_it_void(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    door = open_door(word, counter, key)
    door.alice(word, counter)
    enrolling = door.runtime.signin.enrolling
    changing = door.runtime.signin.changing
    member = trust(door, word, counter)
    asked = enrolling.begin(member, key)
    assert not isinstance(asked, Denied)
    enrolling.finish(member, asked.handle, {"answer": "new"}, "")  # type: ignore[union-attr]
    assert isinstance(again(door, word, member), Further)
    (event,) = door.events.of("device.forgotten")
    assert (event.details, event.reason) == ({"count": 1}, "factor-changed")

    member = trust(door, word, counter, "2")
    (added,) = (
        each.credential.id
        for each in door.runtime.signin.parts.credentials(member.user_id)
        if each.name == "key"
    )
    assert changing.remove(member, added) is None
    assert isinstance(again(door, word, member), Further)
    assert len(door.events.of("device.forgotten")) == 2


def test_a_changed_password_makes_it_void(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    other = door.enter_both(word, counter, "3")
    enrolling = door.runtime.signin.enrolling
    asked = enrolling.begin(other, word)
    enrolling.finish(other, asked.handle, {"word": "sesame"}, "")  # type: ignore[union-attr]
    outcome = door.first(member.visitor, word, "alice", {"word": "sesame"})
    assert isinstance(outcome, Further)


def test_a_new_name_for_a_factor_does_not(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    stored = door.runtime.signin.parts.credentials(alice.id)[0]
    assert door.runtime.signin.changing.rename(member, stored.credential.id, "New") is None
    assert isinstance(again(door, word, member), SignedIn)


def test_its_owner_revokes_one_or_all(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    leaving = door.runtime.signin.leaving
    one = trust(door, word, counter, "1")
    door.clock.advance(HOUR)
    two = trust(door, word, counter, "2")
    listed = leaving.devices(two)
    assert [each.current for each in listed] == [True, False]
    assert leaving.forget(two, listed[1].id) == 1
    assert isinstance(again(door, word, one), Further)
    trust(door, word, counter, "4")
    assert leaving.forget(two) == 2
    assert isinstance(again(door, word, two), Further)
    assert leaving.devices(two) == ()
    assert leaving.forget(two) == 0
    assert [e.details["count"] for e in door.events.of("device.forgotten")] == [1, 2]


def test_nobody_revokes_anothers(door: Door, alice: User, word: Word, counter: Counter) -> None:
    member = trust(door, word, counter)
    (device,) = door.runtime.signin.leaving.devices(member)
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    mallory = door.enter(word, "bob", {"word": "open"})
    assert door.runtime.signin.leaving.devices(mallory) == ()
    assert door.runtime.signin.leaving.forget(mallory, device.id) == 0
    assert door.runtime.signin.leaving.forget(mallory) == 0
    assert isinstance(again(door, word, member), SignedIn)


def test_whoever_was_thrown_out_revokes_nothing(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    member = trust(door, word, counter)
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end_all(unit, alice.id)
    assert isinstance(door.runtime.signin.leaving.forget(member), Denied)


def test_revoked_in_the_last_moment_it_does_not_stand_in(
    door: Door, alice: User, word: Word, counter: Counter, guard: Asking
) -> None:
    """The proofs were found enough, with the browser; then it was revoked; then no session opens,
    and the second proof is asked for.
    """
    member = trust(door, word, counter)
    leaving = door.runtime.signin.leaving

    def revoke() -> None:
        leaving.forget(member)

    guard.says = revoke
    before = door.sessions
    assert isinstance(again(door, word, member), Further)
    assert door.sessions == before


def test_made_an_admin_in_the_last_moment_they_are_asked(
    door: Door, alice: User, word: Word, counter: Counter, guard: Asking
) -> None:
    """Whoever makes somebody an admin revokes their browsers in the same unit."""
    member = trust(door, word, counter)
    parts = door.runtime.signin.parts

    def promote() -> None:
        accounts = door.runtime.accounts
        assert accounts is not None
        with parts.store.write() as unit:
            if accounts.set_admin(unit, alice.id, admin=True):
                remembering_.forget(parts, unit, COMMAND, alice.id, "admin")

    guard.says = promote
    assert isinstance(again(door, word, member), Further)


def test_a_factor_that_is_added_in_the_last_moment_is_asked_for(
    door: Door, word: Word, counter: Counter, guard: Asking
) -> None:
    """Else a thief with the password alone would slip in beside the owner who adds one."""
    user = door.alice(word)
    given: list[object] = []

    def add() -> None:
        if not given:
            given.append(door.give(user, counter))

    guard.says = add
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert isinstance(outcome, Further)
    assert door.sessions == 0
    assert door.events.of("sign-in.done") == []


def test_a_revocation_and_a_sign_in_at_once_leave_one_order(
    door: Door, alice: User, word: Word, counter: Counter
) -> None:
    """Whichever came first: afterwards the browser is asked."""
    for number in range(1, 6):
        member = trust(door, word, counter, str(number))
        leaving = door.runtime.signin.leaving
        acts: list[Callable[[], object]] = [
            partial(again, door, word, member),
            partial(leaving.forget, member),
        ]
        outcome, _count = at_once(acts)
        token = outcome.device if isinstance(outcome, SignedIn) else member.visitor.device
        later = replace(member, visitor=replace(member.visitor, device=token))
        assert isinstance(again(door, word, later), Further)


# A browser that the account does not know.


def test_a_sign_in_from_a_new_browser_is_mailed(
    door: Door, alice: User, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """Not the very first, and not one that is known; with whence, and what to do."""
    member = door.enter_both(word, counter, "1")
    door.further(door.begun(member.visitor, word), counter, {"number": "2"})
    assert not outbox.to("alice@example.org")
    seen = door.enter_both(word, counter, "3")
    (mail,) = outbox.to("alice@example.org")
    assert mail.subject == "New sign-in to your account"
    assert (seen.visitor.client.address or "none") in mail.text
    assert "Unknown browser" in mail.text
    assert "If this was not you" in mail.text
    told = [event.details["device"] for event in door.events.of("sign-in.done")]
    assert told == ["first", "known", "new"]


def test_after_a_reset_every_browser_is_new(
    door: Door, alice: User, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """The one that signs in first may well be a thief's: its owner is told."""
    member = trust(door, word, counter)
    with door.runtime.store.write() as unit:
        assert door.runtime.devices.forget(unit, alice.id) == 1
        assert door.runtime.devices.forget(unit, alice.id) == 0
    before = len(outbox.to("alice@example.org"))
    assert isinstance(again(door, word, member), Further)
    door.enter_both(word, counter, "8")
    assert len(outbox.to("alice@example.org")) == before + 1
