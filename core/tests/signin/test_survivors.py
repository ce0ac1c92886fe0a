"""What must not outlive a change of the account: answers under way, sessions, budgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update

from ostiary.accounts import Limit, RegainState
from ostiary.contracts import Purpose
from ostiary.signin import Added, Further, Member, SignedIn
from ostiary.signin.administering import Administering
from ostiary.signin.values import Asked, Visitor
from ostiary.store.tables import credentials
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Key, Open, Scratch, Word, reason
from .test_regaining import GRANTED, carried_out, regaining, token
from .test_remembering import Asking
from .test_resetting import last_page, link, replacing, used


def during(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[], object],
    act: Callable[[], object],
    on: object = None,
    name: str = "end",
) -> object:
    """Act while an answer has used its flow up and has not committed; what the answer came to.

    Or, with another method ``on`` another room, when it has done that.

    The answer goes on once the act waits for it, which on SQLite it does from its beginning.
    """
    place = on or door.runtime.signin.parts.flows
    begin = getattr(place, name)
    came: list[object] = []

    def slowly(*given: object, **named: object) -> object:
        done = begin(*given, **named)
        if threading.current_thread() is thread:
            acting.start()
            acting.join(1)
        return done

    monkeypatch.setattr(place, name, slowly)
    thread = threading.Thread(target=lambda: came.append(answer()))
    acting = threading.Thread(target=act)
    thread.start()
    thread.join(30)
    acting.join(30)
    return came[0]


def key_proved(door: Door, key: Key) -> Visitor:
    """A browser that has answered with the key, and is asked for more."""
    visitor = door.visitor()
    outcome = door.first(visitor, key, "", {"answer": "key-alice"})
    assert isinstance(outcome, Further), outcome
    return replace(visitor, flow=outcome.flow)


def test_a_session_that_opens_while_factors_are_taken_away_ends_with_them(
    open_door: Open, word: Word, counter: Counter, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last answer is by a factor that stays, and an earlier one by one that goes."""
    door = open_door(word, counter, key)
    alice = door.alice(word, counter, key)
    thief = key_proved(door, key)
    asked = door.asked(thief, word)
    admin = Administering(door.runtime.signin.parts)
    came = during(
        door,
        monkeypatch,
        lambda: door.answer(thief, asked, {"word": "open"}),
        lambda: admin.reset_factors(alice, "lost"),
    )
    assert isinstance(came, SignedIn)
    assert door.sessions == 0


def test_a_session_that_opens_while_the_owner_stops_a_reset_ends_with_it(
    open_door: Open,
    word: Word,
    counter: Counter,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An answer that has no flow to wait for."""
    door = open_door(word, counter)
    alice = door.alice(word, counter)
    carried_out(door, alice, word)
    stop, stopped = token(outbox, GRANTED), []
    came = during(
        door,
        monkeypatch,
        lambda: door.first(door.visitor(), word, "alice", {"word": "open"}),
        lambda: stopped.append(regaining(door).cancel(door.visitor(), stop)),
        on=door.runtime.sessions,
        name="open",
    )
    assert isinstance(came, SignedIn)
    assert (stopped, door.sessions) == ([None], 0)


def test_a_session_that_opens_while_a_reset_is_finished_ends_with_the_old_factor(
    open_door: Open, counter: Counter, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of who knows the lost word, and answers the second factor at that moment."""
    lost = Word(reset_by_mail=True, ends_sessions=True)
    door = open_door(lost, counter)
    door.alice(lost, counter)
    owner, _outcome = used(door, link(door, outbox))
    assert isinstance(door.further(owner, counter, {"number": "1"}), Further)
    asked_new = last_page(door, owner)
    thief = door.begun(door.visitor(), lost)
    asked = door.asked(thief, counter)
    done: list[object] = []
    came = during(
        door,
        monkeypatch,
        lambda: door.answer(thief, asked, {"number": "2"}),
        lambda: done.append(replacing(door).finish(owner, asked_new.handle, {"word": "sesame"})),
    )
    assert isinstance(came, SignedIn)
    assert isinstance(done[0], SignedIn)
    assert door.sessions == 1


def test_a_browsers_budgets_stay_as_its_token_changes(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Who owns another account would else sign in to it for a new budget each time."""
    door = open_door(word, counter, budgets__known_device="3/hour", budgets__second_factor="3/hour")
    alice = door.alice(word, counter)
    mallory = door.user("Mallory", "m@example.org")
    door.give(mallory, word, secret=b"open")
    browser = door.enter_both(word, counter).visitor
    charge = door.runtime.signin.parts.charge_second
    said, charged = [], []
    for _ in range(2):
        said += [reason(door.first(browser, word, "alice", {"word": "guess"})) for _ in range(2)]
        charged += [charge(browser, alice.id) for _ in range(2)]
        own = door.first(browser, word, "mallory", {"word": "open"})
        assert isinstance(own, SignedIn)
        browser = replace(browser, device=own.device)
    assert said == ["wrong"] * 3 + ["budget"]
    assert charged == [True] * 3 + [False]


def changed(door: Door, owner: Member, word: Word) -> Added:
    """The owner's new word."""
    enrolling = door.runtime.signin.enrolling
    asked = enrolling.begin(owner, word)
    assert isinstance(asked, Asked)
    added = enrolling.finish(owner, asked.handle, {"word": "new"}, "")
    assert isinstance(added, Added), added
    return added


@pytest.mark.parametrize("ends", [False, True])
def test_a_sign_in_under_way_ends_when_a_word_is_changed(
    open_door: Open, counter: Counter, ends: bool
) -> None:
    """Whoever proved the old one has proved nothing."""
    word = Word(ends_sessions=ends)
    door = open_door(word, counter)
    door.alice(word, counter)
    owner = door.enter_both(word, counter)
    thief = door.begun(door.visitor(), word)
    asked = door.asked(thief, counter)
    changed(door, owner, word)
    assert reason(door.answer(thief, asked, {"number": "2"})) == "expired"
    assert door.sessions == 1


def test_a_sign_in_under_way_ends_when_a_factor_is_removed(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    """The key was stolen, and its thief is asked for the word at that moment."""
    door = open_door(word, counter, key)
    door.alice(word, counter, key)
    owner = door.enter_both(word, counter)
    thief = key_proved(door, key)
    asked = door.asked(thief, word)
    assert door.runtime.signin.changing.remove(owner, stored(door, owner.user_id, "key")) is None
    assert reason(door.answer(thief, asked, {"word": "open"})) == "expired"
    assert door.sessions == 1


def test_no_session_opens_by_a_credential_that_went_meanwhile(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    """However it went: before the answer, or when the guards had been asked. The flow ends."""
    guard = Asking()
    door = open_door(word, counter, key, plugin_of(sign_in_guards=[guard]))
    alice = door.alice(word, counter, key)

    def gone() -> None:
        with door.runtime.store.write() as unit:
            door.runtime.rows.remove(unit, doomed, alice.id)

    doomed = stored(door, alice.id, "key")
    thief = key_proved(door, key)
    asked = door.asked(thief, word)
    guard.says = gone
    assert reason(door.answer(thief, asked, {"word": "open"})) == "expired"
    assert door.sessions == 0
    assert reason(door.answer(thief, asked, {"word": "open"})) == "expired"
    with door.runtime.store.read() as connection:
        flow = door.runtime.signin.parts.flows.load(connection, thief, Purpose.SIGN_IN)
    assert flow is None


def test_an_account_that_is_disabled_meanwhile_opens_nothing(open_door: Open, word: Word) -> None:
    """Not even for when it is enabled again."""
    guard = Asking()
    door = open_door(word, plugin_of(sign_in_guards=[guard]))
    alice = door.alice(word)
    admin, accounts = Administering(door.runtime.signin.parts), door.runtime.accounts
    assert accounts is not None

    def disable() -> None:
        admin.set_disabled(accounts, alice, "why", disabled=True)

    guard.says = disable
    assert reason(door.first(door.visitor(), word, "alice", {"word": "open"})) == "inactive"
    assert door.sessions == 0
    assert door.events.of("sign-in.done") == []


def test_an_account_that_is_disabled_meanwhile_is_not_reset(
    open_door: Open, outbox: Outbox
) -> None:
    """The word stays as it was."""
    guard, lost = Asking(), Word(reset_by_mail=True)
    door = open_door(lost, plugin_of(sign_in_guards=[guard]))
    alice = door.alice(lost)
    visitor, _outcome = used(door, link(door, outbox))
    asked = last_page(door, visitor)
    old = stored(door, alice.id, "word")
    admin, accounts = Administering(door.runtime.signin.parts), door.runtime.accounts
    assert accounts is not None

    def disable() -> None:
        admin.set_disabled(accounts, alice, "why", disabled=True)

    guard.says = disable
    outcome = replacing(door).finish(visitor, asked.handle, {"word": "sesame"})
    assert not isinstance(outcome, SignedIn)
    assert stored(door, alice.id, "word") == old
    assert (door.sessions, door.events.of("reset.done")) == (0, [])


def test_an_account_that_is_stopped_meanwhile_opens_nothing(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """By the mailed link, after the guards were asked."""
    guard = Asking()
    door = open_door(word, counter, plugin_of(sign_in_guards=[guard]))
    alice = door.alice(word, counter)
    parts = door.runtime.signin.parts
    Administering(parts).reset_factors(alice, "lost")

    def stop() -> None:
        with parts.store.write() as unit:
            for each in parts.regains.of_user(unit, alice.id):
                parts.regains.move(unit, each.id, (RegainState.RESET,), RegainState.STOPPED)

    guard.says = stop
    assert reason(door.first(door.visitor(), word, "alice", {"word": "open"})) == "stopped"
    assert door.sessions == 0


def test_a_limit_that_came_meanwhile_holds(open_door: Open, word: Word, counter: Counter) -> None:
    """Between the look at the cookie and the act its owner was made an admin."""
    phrase = Word("phrase")
    door = open_door(word, phrase, counter)
    alice = door.alice(word)
    door.give(alice, phrase, secret=b"x")
    member = door.enter(word, "alice", {"word": "open"})
    assert member.limit is None
    runtime = door.runtime
    assert runtime.accounts is not None
    assert runtime.addressing is not None
    assert runtime.closing is not None
    Administering(runtime.signin.parts).set_admin(runtime.accounts, alice, "why", granted=True)
    enrolling, leaving = door.runtime.signin.enrolling, door.runtime.signin.leaving
    changing = door.runtime.signin.changing
    credential = stored(door, alice.id, "phrase")
    said: list[object] = [
        changing.rename(member, credential, "New"),
        changing.remove(member, credential),
        leaving.end(member, "other"),
        leaving.end_others(member),
        leaving.renew(member),
        runtime.addressing.add(member, "new@example.org"),
        runtime.closing.ask(member, "alice"),
    ]
    asked = enrolling.begin(member, phrase)
    assert isinstance(asked, Asked)
    said.append(enrolling.finish(member, asked.handle, {"word": "new"}, ""))
    assert [reason(each) for each in said] == ["limited"] * 8
    assert stored(door, alice.id, "phrase") == credential


def test_new_codes_end_what_the_old_ones_opened(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """Somebody came in by one of them, which is why there are new ones."""
    door = open_door(word, counter, scratch)
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    thief = door.further(visitor, scratch, {"code": "r1"})
    assert isinstance(thief, SignedIn)
    door.enter_both(word, counter, "1")
    owner = door.enter_both(word, counter, "2")
    assert isinstance(door.runtime.signin.enrolling.at_once(owner, scratch, ""), Added)
    assert door.sessions == 2
    assert door.runtime.callers.of(thief.cookie, door.clock()) is None
    (event,) = door.events.of("session.others-ended")
    assert dict(event.details) == {"count": 1}


def test_to_replace_what_is_broken_is_to_replace(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """A limited session does neither, also where the broken one came after the question."""
    phrase = Word("phrase")
    door = open_door(word, phrase, counter, scratch)
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    owner = door.enter_both(word, counter)
    visitor = door.begun(door.visitor(), word)
    limited = door.member(door.further(visitor, scratch, {"code": "r1"}), visitor)
    assert limited.limit is Limit.RECOVERY
    enrolling = door.runtime.signin.enrolling
    asked = enrolling.begin(limited, phrase)
    assert isinstance(asked, Asked)
    door.give(user, phrase, secret=b"x")
    with door.runtime.store.write() as unit:
        unit.execute(update(credentials).where(credentials.c.first).values(secret=b"junk"))
    assert reason(enrolling.finish(limited, asked.handle, {"word": "mine"}, "")) == "limited"
    assert reason(enrolling.begin(limited, word)) == "limited"
    changed(door, owner, word)
    assert len(door.events.of("factor.changed")) == 1
    assert door.events.of("factor.added") == []


def test_a_sign_in_ends_the_session_that_the_browser_had(open_door: Open, word: Word) -> None:
    """Its own of this account (ASVS 5.0, 7.2.4), and nobody else's."""
    door = open_door(word)
    door.alice(word)
    bob = door.user("Bob", "bob@example.org")
    door.give(bob, word, secret=b"open")
    first = door.enter(word, "alice", {"word": "open"})
    assert isinstance(door.first(first.visitor, word, "alice", {"word": "open"}), SignedIn)
    assert door.sessions == 1
    other = door.enter(word, "bob", {"word": "open"})
    assert isinstance(door.first(other.visitor, word, "alice", {"word": "open"}), SignedIn)
    assert door.sessions == 3


def stored(door: Door, user_id: str, name: str) -> str:
    """The id of somebody's credential."""
    (found,) = [
        each.credential.id
        for each in door.runtime.signin.parts.credentials(user_id)
        if each.name == name
    ]
    return found
