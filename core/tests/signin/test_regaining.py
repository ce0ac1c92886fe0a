"""Who lost every further factor: asks, waits, can be stopped, and comes back limited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ostiary.accounts import Limit, RegainState
from ostiary.audit import COMMAND
from ostiary.contracts import Purpose, User
from ostiary.signin import Denied, Member, SignedIn
from ostiary.signin.commanding import Commanding
from ostiary.signin.lifting import proving
from ostiary.signin.policy import TWO
from ostiary.signin.regaining import Regaining
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Open, Scratch, Word, at_once, host_of, reason

TO = "alice@example.org"
WAIT = timedelta(days=3)


def regaining(door: Door) -> Regaining:
    return door.runtime.regaining


def token(outbox: Outbox, subject: str) -> str:
    """Of the link in the last mail whose subject has this in it."""
    link = [m for m in outbox.to(TO) if subject in m.subject][-1].link
    assert "/regain/cancel?" in link
    return parse_qs(urlsplit(link).query)["token"][0]


ASKED, GRANTED, REMOVED = "Somebody asked", "will be removed", "was removed"


def asked(door: Door, user: User, word: Word) -> str:
    """The owner, or whoever knows the word, asks; the request's id."""
    visitor = door.begun(door.visitor(), word)
    assert regaining(door).claimant(visitor, None) == user
    made = regaining(door).ask(visitor, user, "My phone fell into the lake.")
    assert not isinstance(made, Denied), made
    return made.id


def granted(door: Door, user: User, word: Word) -> str:
    regain = asked(door, user, word)
    assert regaining(door).grant(regain, COMMAND, "known by voice")
    return regain


def carried_out(door: Door, user: User, word: Word) -> str:
    regain = granted(door, user, word)
    door.clock.advance(WAIT)
    assert regaining(door).carry_out() == 1
    return regain


def state(door: Door, user: User) -> RegainState:
    return regaining(door).of_user(user.id)[0].state


def names(door: Door, user: User) -> list[str]:
    return sorted(c.name for c in door.runtime.signin.parts.credentials(user.id))


def test_asked_granted_waited_for_and_carried_out_once(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch, outbox: Outbox
) -> None:
    """Of several processes one does it; then the second and recovery factors are gone."""
    door = open_door(word, counter, scratch)
    user = door.alice(word, counter, scratch)
    door.enter_both(word, counter)
    granted(door, user, word)
    door.clock.advance(WAIT - timedelta(seconds=1))
    assert regaining(door).carry_out() == 0
    assert names(door, user) == ["counter", "scratch", "word"]
    door.clock.advance(timedelta(seconds=1))
    done = at_once([regaining(door).carry_out for _ in range(4)])
    assert sorted(done) == [0, 0, 0, 1]
    assert names(door, user) == ["word"]
    assert (state(door, user), door.sessions) == (RegainState.RESET, 0)
    (event,) = door.events.of("regain.done")
    assert dict(event.details) == {"count": 2, "factors": "counter, scratch"}
    assert event.actor.kind == "system"
    subjects = [m.subject for m in outbox.to(TO)]
    for word_of in (ASKED, GRANTED, REMOVED):
        assert any(word_of in subject for subject in subjects)


def test_what_comes_back_is_limited_until_two_kinds_were_answered(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """To enrol is not to answer; then the session is as any other, and so is the next."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    carried_out(door, user, word)
    member = door.enter(word, "alice", {"word": "open"})
    assert member.limit is Limit.RECOVERY
    member = enrolled(door, member, counter)
    assert member.limit is Limit.RECOVERY
    assert state(door, user) is RegainState.RESET

    visitor = door.stepping_up(proving(member), TWO)
    lifted = door.further(visitor, counter, {"number": "8"}, Purpose.STEP_UP)
    member = door.member(lifted, visitor)
    assert member.limit is None
    assert state(door, user) is RegainState.DONE
    assert door.events.of("regain.lifted")
    assert door.enter_both(word, counter, "9").limit is None


def test_a_sign_in_by_two_kinds_lifts_it_too(open_door: Open, word: Word, counter: Counter) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    carried_out(door, user, word)
    enrolled(door, door.enter(word, "alice", {"word": "open"}), counter)
    assert door.enter_both(word, counter, "8").limit is None
    assert state(door, user) is RegainState.DONE


def enrolled(door: Door, member: Member, counter: Counter) -> Member:
    """The limited member adds a counter."""
    enrolling = door.runtime.signin.enrolling
    begun = enrolling.begin(member, counter)
    added = enrolling.finish(member, begun.handle, {"number": "7"}, "")  # type: ignore[union-attr]
    return door.member(SignedIn(added.cookie, member.user_id, ""), member.visitor)  # type: ignore[union-attr]


def test_a_session_by_recovery_is_lifted_in_the_same_way(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """The recovery code counts for nothing in it, the new factor only once it was answered."""
    door = open_door(word, counter, scratch)
    user = door.user("Alice", TO)
    door.give(user, word, secret=b"open")
    door.give(user, counter, mark=5)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    member = door.member(door.further(visitor, scratch, {"code": "r1"}), visitor)
    assert member.limit is Limit.RECOVERY
    assert proving(member).proofs == member.proofs[:1]
    visitor = door.stepping_up(proving(member), TWO)
    lifted = door.further(visitor, counter, {"number": "8"}, Purpose.STEP_UP)
    assert door.member(lifted, visitor).limit is None


def test_an_operators_reset_marks_the_account_as_well(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    assert Commanding(door.runtime.signin.parts).reset_factors(user, "lost")
    assert state(door, user) is RegainState.RESET
    assert door.enter(word, "alice", {"word": "open"}).limit is Limit.RECOVERY


def test_a_mailed_link_cancels_before_it_is_due(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """Looking at it changes nothing; it works once; nothing is removed."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    link = token(outbox, GRANTED)
    for _ in range(2):
        found = regaining(door).linked(link)
        assert found is not None
        assert found[1] == user
    assert regaining(door).cancel(door.visitor(), link) is None
    assert reason(regaining(door).cancel(door.visitor(), link)) == "nothing-to-cancel"
    assert regaining(door).linked(link) is None
    # The earlier link went with it.
    assert reason(regaining(door).cancel(door.visitor(), token(outbox, ASKED))) == (
        "nothing-to-cancel"
    )
    door.clock.advance(WAIT)
    assert regaining(door).carry_out() == 0
    assert names(door, user) == ["counter", "word"]
    (event,) = door.events.of("regain.cancelled")
    assert (event.subject, event.actor.kind) == (user.id, "anonymous")


def test_a_sign_in_with_both_kinds_cancels_it(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    assert door.enter_both(word, counter).limit is None
    assert state(door, user) is RegainState.CANCELLED
    (event,) = door.events.of("regain.cancelled")
    assert event.reason == "sign-in"
    assert any("stays" in m.subject for m in outbox.to(TO))


def test_the_race_of_owner_and_clock_has_one_winner(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """Cancelled, and the factors are there; or carried out, and then the account is shut."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    link = token(outbox, GRANTED)
    door.clock.advance(WAIT)
    acts: list[Any] = [regaining(door).carry_out] * 3
    at_once([*acts, lambda: regaining(door).cancel(door.visitor(), link)])
    found = state(door, user)
    assert found in (RegainState.CANCELLED, RegainState.STOPPED)
    kept = names(door, user) == ["counter", "word"]
    assert kept == (found is RegainState.CANCELLED)
    assert len(door.events.of("regain.done")) == (0 if kept else 1)


def test_too_late_the_link_shuts_the_account(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """Whoever knows the word is thrown out and stays out, until an operator acts."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    carried_out(door, user, word)
    door.enter(word, "alice", {"word": "open"})
    assert regaining(door).cancel(door.visitor(), token(outbox, REMOVED)) is None
    assert (state(door, user), door.sessions) == (RegainState.STOPPED, 0)
    assert reason(door.first(door.visitor(), word, "alice", {"word": "open"})) == "stopped"
    assert Commanding(door.runtime.signin.parts).reset_factors(user, "spoke to her") == ()
    assert door.enter(word, "alice", {"word": "open"}).limit is Limit.RECOVERY


def test_nobody_asks_without_a_proof(open_door: Open, word: Word, counter: Counter) -> None:
    """Neither a stranger, nor one who typed a name, nor one who takes along another's flow."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    assert regaining(door).claimant(door.visitor(), None) is None
    typed = door.visitor()
    door.first(typed, word, "alice", {"word": "wrong"})
    assert regaining(door).claimant(typed, None) is None
    begun = door.begun(door.visitor(), word)
    thief = replace(door.visitor(), flow=begun.flow)
    assert regaining(door).claimant(thief, None) is None
    member = door.enter_both(word, counter)
    assert regaining(door).claimant(door.visitor(), member) == user


def test_there_is_one_open_request(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """Also of many at once; a refused one makes room for the next."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    made = at_once([lambda: regaining(door).ask(visitor, user, "lost")] * 6)
    assert {reason(m) for m in made if isinstance(m, Denied)} == {"regain-open"}
    (regain,) = (m for m in made if not isinstance(m, Denied))
    assert regaining(door).open_requests() == (regain,)
    assert regaining(door).latest(user) == regain
    assert regaining(door).refuse(regain.id, COMMAND, "nobody knows you")
    assert not regaining(door).grant(regain.id, COMMAND, "after all")
    assert any("refused" in m.subject for m in outbox.to(TO))
    assert regaining(door).latest(user) is None
    assert not isinstance(regaining(door).ask(visitor, user, "again"), Denied)


@pytest.mark.parametrize(
    ("note", "found"), [("", "empty"), (" \t\n", "empty"), ("x" * 1001, "too-long")]
)
def test_a_note_is_asked_for(
    note: str, found: str, open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    assert reason(regaining(door).ask(door.visitor(), user, note)) == found


def test_requests_have_a_budget(open_door: Open, word: Word, counter: Counter) -> None:
    """That of the mail that they cause; and an address that the mail can go to."""
    door = open_door(word, counter, budgets__mail="1/hour")
    user = door.alice(word, counter)
    regain = asked(door, user, word)
    assert regaining(door).refuse(regain, COMMAND, "no")
    assert reason(regaining(door).ask(door.visitor(), user, "again")) == "budget"
    assert [e.reason for e in door.events.of("regain.asked")] == [None, "budget"]


def test_who_cannot_be_told_or_has_nothing_to_lose_is_refused(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    bare = door.user("Bob", "bob@example.org")
    mute = door.user("Eve")
    gone = door.user("Gone", "gone@example.org", active=False)
    for user in (bare, mute, gone):
        door.give(user, word, secret=b"open")
    door.give(mute, counter)
    door.give(gone, counter)

    def ask(user: User) -> str:
        return reason(regaining(door).ask(door.visitor(), user, "lost"))

    assert ask(bare) == "nothing-to-regain"
    assert ask(mute) == "no-address"
    assert ask(gone) == "inactive"


def test_a_user_who_left_meanwhile_is_left_alone(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """The host's directory knows them no more: nothing is removed, nobody is told."""
    directory, host = host_of("alice")
    directory.users["alice"] = replace(directory.users["alice"], address=TO)
    door = open_door(host, word, counter)
    user = directory.users["alice"]
    door.give(user, word, secret=b"open")
    door.give(user, counter)
    regain = granted(door, user, word)
    del directory.users["alice"]
    door.clock.advance(WAIT)
    assert regaining(door).carry_out() == 1
    assert names(door, user) == ["counter", "word"]
    assert state(door, user) is RegainState.CANCELLED
    assert not regaining(door).refuse(regain, COMMAND, "no")
