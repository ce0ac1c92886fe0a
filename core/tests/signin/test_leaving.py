"""Ending sessions, one's own and nobody else's; and going on with one that would end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from ostiary.accounts import Limit, Session
from ostiary.contracts import Client, User
from ostiary.signin import Denied, Leaving, Member
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Open, Word, at_once, reason

HOUR = timedelta(hours=1)
MAILBOX = "alice@example.org"


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter) -> Door:
    return open_door(word, counter)


@pytest.fixture
def alice(door: Door, word: Word) -> User:
    return door.alice(word)


@pytest.fixture
def leaving(door: Door) -> Leaving:
    return door.runtime.signin.leaving


def enter(door: Door, word: Word, name: str = "alice") -> Member:
    return door.enter(word, name, {"word": "open"})


def live(door: Door, member: Member) -> Session | None:
    with door.runtime.store.read() as connection:
        return door.runtime.sessions.by_hash(connection, member.session_hash, door.clock())


def named(member: Member) -> str:
    assert member.session_id is not None
    return member.session_id


def test_this_one_is_first_then_the_last_used(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    one = enter(door, word)
    door.clock.advance(HOUR / 60)
    two = enter(door, word)
    door.clock.advance(HOUR / 60)
    three = enter(door, word)
    assert [each.id for each in leaving.sessions(one)] == [named(m) for m in (one, three, two)]
    assert [each.id for each in leaving.sessions(two)] == [named(m) for m in (two, three, one)]


def test_one_is_ended_and_its_owner_is_told(
    door: Door, alice: User, word: Word, leaving: Leaving, outbox: Outbox
) -> None:
    """The trail calls it by the id that it always had, and says by which session it was ended."""
    other, mine = enter(door, word), enter(door, word)
    before = len(outbox.to(MAILBOX))
    assert leaving.end(mine, named(other)) is None
    assert live(door, other) is None
    assert live(door, mine) is not None
    (event,) = door.events.of("session.ended")
    assert (event.subject, event.actor.session) == (alice.id, mine.session_id)
    assert event.details == {"session": other.session_id}
    mails = outbox.to(MAILBOX)[before:]
    assert [mail.subject for mail in mails] == ["Sessions of your account were ended"]
    assert (mine.visitor.client.address or "none") in mails[0].text
    assert reason(leaving.end(mine, named(other))) == "gone"


def test_one_that_is_rotated_is_still_called_the_same(
    door: Door, word: Word, counter: Counter, leaving: Leaving
) -> None:
    """Its hash changes with each proof; an address of the page leads to it all the same."""
    door.alice(word)
    other, mine = enter(door, word), enter(door, word)
    session = live(door, other)
    assert session is not None
    with door.runtime.store.write() as unit:
        door.runtime.sessions.add_proofs(unit, session, [])
    assert live(door, other) is None
    assert leaving.end(mine, named(other)) is None
    assert [each.id for each in leaving.sessions(mine)] == [named(mine)]


def test_nobody_sees_or_ends_anothers(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    """Not by its id, not by its hash; a refusal says the same as for none at all."""
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    victim, mallory = enter(door, word), enter(door, word, "bob")
    assert [each.id for each in leaving.sessions(mallory)] == [named(mallory)]
    for tried in (named(victim), victim.session_hash, "", "no-such"):
        assert leaving.end(mallory, tried) == leaving.end(mallory, "no-such")
    assert leaving.end_others(mallory) == 0
    assert live(door, victim) is not None
    assert not door.events.of("session.ended") + door.events.of("session.others-ended")


def test_ones_own_is_ended_by_signing_out_alone(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    mine = enter(door, word)
    assert reason(leaving.end(mine, named(mine))) == "gone"
    assert live(door, mine) is not None


def test_all_others_are_ended(
    door: Door, alice: User, word: Word, leaving: Leaving, outbox: Outbox
) -> None:
    """Those that are over already are not counted, and where there is none, nothing happened."""
    enter(door, word)
    door.clock.advance(3 * HOUR)
    others, mine = [enter(door, word) for _ in range(12)], enter(door, word)
    before = len(outbox.to(MAILBOX))
    assert leaving.end_others(mine) == 12
    assert not any(live(door, other) for other in others)
    assert live(door, mine) is not None
    assert leaving.end_others(mine) == 0
    (event,) = door.events.of("session.others-ended")
    assert event.details == {"count": 12}
    (mail,) = outbox.to(MAILBOX)[before:]
    assert "12 sessions of your account were ended" in mail.text
    assert mail.text.count("Unknown browser") < 12, "a mail names some of many"


def test_whoever_was_thrown_out_throws_nobody_out(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    """A request may be on its way while its session is ended."""
    thief, mine = enter(door, word), enter(door, word)
    assert leaving.end(mine, named(thief)) is None
    assert reason(leaving.end(thief, named(mine))) == "expired"
    assert reason(leaving.end_others(thief)) == "expired"
    assert reason(leaving.extend(thief)) == "expired"
    assert reason(leaving.renew(thief)) == "expired"
    assert live(door, mine) is not None


def test_many_who_end_one_at_once_end_it_once(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    doomed = enter(door, word)
    members = [enter(door, word) for _ in range(6)]
    outcomes = at_once([partial(leaving.end, member, named(doomed)) for member in members])
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {reason(outcome) for outcome in outcomes if outcome is not None} == {"gone"}
    assert len(door.events.of("session.ended")) == 1


def test_two_who_end_each_other_at_once_do_no_more_than_that(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    """One of them stays, or neither; nothing hangs, and each that ended is one event."""
    one, two = enter(door, word), enter(door, word)
    outcomes = at_once(
        [partial(leaving.end, one, named(two)), partial(leaving.end, two, named(one))]
    )
    ended = sum(outcome is None for outcome in outcomes)
    assert ended == len(door.events.of("session.ended"))
    assert door.sessions == 2 - ended
    assert ended >= 1


@pytest.mark.parametrize("limit", Limit)
def test_a_limited_session_ends_and_renews_none(
    door: Door, alice: User, word: Word, leaving: Leaving, limit: Limit
) -> None:
    """Whoever came by recovery may add factors, and cannot throw the owner out."""
    owner = enter(door, word)
    limited = replace(enter(door, word), limit=limit)
    assert reason(leaving.end(limited, named(owner))) == "limited"
    assert reason(leaving.end_others(limited)) == "limited"
    assert reason(leaving.renew(limited)) == "limited"
    assert live(door, owner) is not None


def test_somebody_whose_account_is_gone_is_not_mailed(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """A host's directory may know them no more; their sessions end all the same."""
    from .conftest import host_of

    directory, host = host_of("alice")
    door = open_door(word, host)
    door.give(User("alice", "alice"), word, secret=b"open")
    other, mine = enter(door, word), enter(door, word)
    directory.users.clear()
    assert door.runtime.signin.leaving.end(mine, named(other)) is None
    assert live(door, other) is None


# Going on.


def test_to_extend_puts_the_idle_end_off_and_not_the_absolute_one(
    door: Door, alice: User, word: Word, leaving: Leaving
) -> None:
    mine = enter(door, word)
    began = door.clock()
    sessions = door.runtime.sessions
    for _ in range(7):
        door.clock.advance(HOUR * 1.5)
        extended = leaving.extend(mine)
        assert isinstance(extended, Session)
        end = sessions.end_of(extended, door.clock())
        assert end.at == min(door.clock() + 2 * HOUR, began + 12 * HOUR)
        assert end.absolute is (end.at == began + 12 * HOUR)
    door.clock.advance(HOUR * 1.5)
    assert live(door, mine) is None
    assert reason(leaving.extend(mine)) == "expired"


def test_the_end_that_a_page_tells_is_never_later_than_the_real_one(
    door: Door, alice: User, word: Word
) -> None:
    """A session is noted as used once a minute at most."""
    mine = enter(door, word)
    sessions = door.runtime.sessions
    for seconds in (30, 29, 31, 120):
        door.clock.advance(timedelta(seconds=seconds))
        session = live(door, mine)
        assert session is not None
        told = sessions.end_of(session, door.clock())
        sessions.touch(session, door.clock())
        stored = live(door, mine)
        assert stored is not None
        assert told.at == stored.seen_at + 2 * HOUR


def test_to_renew_everything_must_be_proved_again(
    door: Door, word: Word, counter: Counter, leaving: Leaving
) -> None:
    """Then the time begins anew, under another cookie; the old one is worth nothing."""
    door.alice(word, counter)
    mine = door.enter_both(word, counter)
    door.clock.advance(HOUR)
    assert reason(leaving.renew(mine)) == "expired"
    needs = leaving.renewal_needs(mine)
    assert [(need.proofs, need.within) for need in needs] == [(2, door.runtime.signin.parts.fresh)]
    session = live(door, mine)
    assert session is not None
    fresh = [replace(proof, at=door.clock()) for proof in mine.proofs]
    with door.runtime.store.write() as unit:
        cookie = door.runtime.sessions.add_proofs(unit, session, fresh)
    with door.runtime.store.read() as connection:
        session = door.runtime.sessions.load(connection, cookie, door.clock())
    assert session is not None
    mine = replace(mine, session_hash=session.id_hash)
    renewed = leaving.renew(mine)
    assert isinstance(renewed, str)
    assert live(door, mine) is None
    with door.runtime.store.read() as connection:
        after = door.runtime.sessions.load(connection, renewed, door.clock())
    assert after is not None
    assert (after.id, after.expires_at) == (session.id, door.clock() + 12 * HOUR)
    (event,) = door.events.of("session.renewed")
    assert event.actor.session == mine.session_id
    assert isinstance(leaving.renew(mine), Denied), "of two renewals at once one is lost"


def test_a_remembered_browser_does_not_renew(
    door: Door, word: Word, counter: Counter, leaving: Leaving
) -> None:
    """It stands in at a sign-in; what is proved since then is the word alone."""
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    first = door.further(replace(visitor, remember=True), counter, {"number": "1"})
    known = door.member(first, visitor).visitor
    mine = door.member(door.first(known, word, "alice", {"word": "open"}), known)
    assert reason(leaving.renew(mine)) == "expired"


def test_agents_are_kept_as_they_came_and_shown_as_we_say(
    door: Door, alice: User, word: Word, leaving: Leaving, outbox: Outbox
) -> None:
    """A browser that calls itself a link gets neither onto a page nor into a mail."""
    evil = "Mozilla/5.0 <b>https://evil.example</b> Firefox/1 (X11; Linux)"
    visitor = replace(door.visitor(), client=Client("192.0.2.66", evil))
    door.member(door.first(visitor, word, "alice", {"word": "open"}), visitor)
    mine = enter(door, word)
    assert leaving.end_others(mine) == 1
    last = outbox.to(MAILBOX)[-1]
    assert "Firefox on Linux" in last.text
    assert "evil" not in last.text + last.html
