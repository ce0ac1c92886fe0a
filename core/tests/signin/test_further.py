"""Further proofs: what policy asks for, step-up, recovery, and what each proof is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from ostiary.accounts import CredentialRows, SessionEnded, Sessions
from ostiary.contracts import Assurance, Attempt, First, Purpose, Refused, SignInGuard, Step
from ostiary.signin import Asked, Further, Member, SignedIn
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import (
    NO,
    Counter,
    Door,
    Key,
    Open,
    Scratch,
    Scripted,
    Word,
    at_once,
    host_of,
    reason,
    words,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key, scratch: Scratch) -> Door:
    """A house with one factor of each nature."""
    return open_door(word, counter, key, scratch)


def test_a_second_factor_asks_for_another_kind_and_offers_only_what_helps(
    door: Door, word: Word, counter: Counter, key: Key, scratch: Scratch
) -> None:
    pin = Word("pin")
    assert pin.properties.strength == word.properties.strength
    user = door.alice(word, counter, key)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    question = door.question(visitor)
    assert isinstance(question.asked, Asked)
    assert question.asked.factor == "key"
    assert [(o.factor, o.recovery) for o in question.others] == [
        ("counter", False),
        ("scratch", True),
    ]
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)
    # The last used one is asked first the next time.
    assert door.asked(door.begun(door.visitor(), word)).factor == "counter"


def test_two_answers_of_one_kind_are_not_enough(open_door: Open, word: Word) -> None:
    pin = Word("pin", second=True)
    counter = Counter()
    door = open_door(word, pin, counter)
    user = door.alice(word, counter)
    door.give(user, pin, secret=b"1234")
    visitor = door.begun(door.visitor(), word)
    assert [o.factor for o in door.question(visitor).others] == []
    # Nor is the other one accepted where it was not offered.
    assert door.asked(visitor, pin).factor == "counter"
    # The account with both and nothing else is not asked for what they could never give.
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    door.give(bob, pin, secret=b"1234")
    assert door.enter(word, "bob", {"word": "open"}).user_id == bob.id


def test_a_verified_passkey_signs_in_alone_and_an_unverified_one_does_not(
    door: Door, word: Word, key: Key, counter: Counter
) -> None:
    user = door.alice(word, key)
    outcome = door.first(door.visitor(), key, "", {"answer": "key-alice+pin"})
    assert isinstance(outcome, SignedIn)
    assert outcome.user_id == user.id
    visitor = door.visitor()
    outcome = door.first(visitor, key, "", {"answer": "key-alice"})
    assert isinstance(outcome, Further)
    visitor = replace(visitor, flow=outcome.flow)
    question = door.question(visitor)
    assert isinstance(question.asked, Asked)
    assert (question.asked.factor, [o.factor for o in question.others]) == ("word", ["key"])
    # And another touch without PIN brings it no nearer.
    again = door.further(visitor, key, {"answer": "key-alice"})
    assert isinstance(again, Further)
    assert isinstance(door.further(visitor, word, {"word": "open"}), SignedIn)


def test_somebody_elses_passkey_does_not_go_on_with_this_flow(
    door: Door, word: Word, key: Key
) -> None:
    door.alice(word, key)
    mallory = door.user("Mallory")
    door.give(mallory, key, lookup="mallorys")
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, key, {"answer": "mallorys+pin"})) == "wrong-answer"
    assert door.sessions == 0


def test_recovery_leads_to_a_limited_session(
    door: Door, word: Word, counter: Counter, scratch: Scratch
) -> None:
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1", "r2"]')
    visitor = door.begun(door.visitor(), word)
    member = door.member(door.further(visitor, scratch, {"code": "r1"}))
    assert member.limit
    assert [p.recovery for p in member.proofs] == [False, True]
    # A code is used up, for the same browser and any other.
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, scratch, {"code": "r1"})) == "wrong-answer"
    ordinary = door.member(door.further(visitor, counter, {"number": "1"}))
    assert not ordinary.limit


def test_the_use_of_a_recovery_factor_is_told_to_its_owner(
    door: Door, word: Word, counter: Counter, scratch: Scratch, outbox: Outbox
) -> None:
    """By mail and in the record, once for each use; a wrong code is told to nobody."""
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1", "r2"]')
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, scratch, {"code": "wrong"})) == "wrong-answer"
    subject = "A way back into your account was used"
    assert subject not in [mail.subject for mail in outbox.mails]
    assert not door.events.of("recovery.used")
    assert isinstance(door.further(visitor, scratch, {"code": "r1"}), SignedIn)
    (mail,) = [mail for mail in outbox.mails if mail.subject == subject]
    assert "Recovery codes" in mail.text
    assert "r1" not in mail.text
    (event,) = door.events.of("recovery.used")
    assert (event.subject, event.details) == (user.id, {"factor": "scratch"})


def test_a_recovery_code_that_opens_nothing_is_told_all_the_same(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch, outbox: Outbox
) -> None:
    """A guard refused it, and it is used up: its owner must know that somebody has the sheet."""
    door = open_door(word, counter, scratch, plugin_of(sign_in_guards=[Shut()]))
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, scratch, {"code": "r1"})) == "shut"
    assert door.sessions == 0
    assert len(door.events.of("recovery.used")) == 1
    assert outbox.last.subject == "A way back into your account was used"


class Shut(SignInGuard):
    """Lets nobody in."""

    name = "shut"

    def check_attempt(self, attempt: Attempt, /) -> Refused:
        return Refused("shut", words("Not now."))


def test_a_factor_whose_plugin_is_away_still_counts(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    """The account that has it is not let in with the rest (fail closed)."""
    door = open_door(word, counter, key)
    user = door.alice(word, counter)
    alone = open_door(word, key)
    outcome = alone.first(alone.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == "factor-unavailable"
    assert (alone.sessions, alone.refusals()) == (0, [(user.id, "factor-unavailable")])
    # With another factor that is there, it is asked.
    alone.give(user, key, lookup="k")
    visitor = alone.begun(alone.visitor(), word)
    assert alone.question(visitor).others == ()
    assert isinstance(alone.further(visitor, key, {"answer": "k"}), SignedIn)


def test_a_challenge_of_a_factor_that_is_gone_is_expired(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    door = open_door(word, counter, key)
    door.alice(word, counter, key)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor, counter)
    token = door.token(visitor, key)
    alone = open_door(word)
    assert reason(alone.answer(visitor, asked, {"number": "1"})) == "expired"
    first = alone.runtime.signin.answering.first
    assert reason(first(visitor, token, "", {"answer": "key-alice+pin"}, "")) == "expired"
    question = alone.runtime.signin.ways.question(visitor, Purpose.SIGN_IN, None)
    assert reason(question) == "factor-unavailable"


def test_tries_are_counted_and_a_new_challenge_is_asked_after_the_last(
    door: Door, word: Word, counter: Counter
) -> None:
    user = door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    for expected in (False, False, False, False, True):
        denied = door.answer(visitor, door.asked(visitor), {"number": "no"})
        assert (reason(denied), denied.over) == ("wrong-answer", expected)  # type: ignore[union-attr]
    assert reason(door.answer(visitor, asked, {"number": "1"})) == "no-tries-left"
    assert door.refusals()[-1] == (user.id, "no-tries-left")
    fresh = door.asked(visitor)
    assert fresh.handle != asked.handle
    # An empty answer costs nothing.
    assert reason(door.answer(visitor, fresh, {})) == "empty"
    assert door.asked(visitor).tries_left == 5
    assert isinstance(door.answer(visitor, fresh, {"number": "1"}), SignedIn)


def test_an_alarm_is_mailed_to_the_owner(
    door: Door, word: Word, counter: Counter, outbox: object
) -> None:
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    assert isinstance(door.further(visitor, counter, {"number": "5"}), SignedIn)
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, counter, {"number": "5"})) == "wrong-answer"
    mails = outbox.to("alice@example.org")  # type: ignore[attr-defined]
    (mail,) = [m for m in mails if "suspicious" in m.subject]
    assert "That is wrong." in mail.text


def test_an_alarm_finds_the_owner_of_what_the_factor_found_by_itself(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """A copied key is shown before anybody is known: its owner is told, and has it on record.

    A factor that found several, or none, has nobody to tell.
    """

    def answer(step: Step, given: Mapping[str, str]) -> Refused:
        for lookup in given["code"]:
            step.find(lookup)
        return replace(NO, alarm=True)

    finder = Scripted("finder", first=First.FINDS_USER, answer=answer)
    door = open_door(word, finder)
    alice, bob = door.alice(word), door.user("Bob", "bob@example.org")
    for user, lookup in ((alice, "a"), (bob, "b")):
        door.give(user, finder, lookup=lookup)
    for code, owner in (("a", alice.id), ("ab", None), ("c", None)):
        assert reason(door.first(door.visitor(), finder, "", {"code": code})) == "wrong-answer"
        assert door.refusals()[-1] == (owner, "wrong-answer")
    mails = [*outbox.to("alice@example.org"), *outbox.to("bob@example.org")]
    assert [("suspicious" in mail.subject) for mail in mails].count(True) == 1


def test_an_alarm_about_a_typed_name_concerns_nobody_else(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """Whatever a factor that comes after a name finds, it is asked about the name."""

    def answer(step: Step, given: Mapping[str, str]) -> Refused:
        step.find("a")
        return replace(NO, alarm=True)

    typed = Scripted("typed", first=First.AFTER_NAME, answer=answer)
    door = open_door(word, typed)
    door.give(door.alice(word), typed, lookup="a")
    assert reason(door.first(door.visitor(), typed, "nobody", {"code": "x"})) == "wrong"
    assert not [mail for mail in outbox.to("alice@example.org") if "suspicious" in mail.subject]


# What an answer is bound to.


def test_a_challenge_answers_only_to_its_own_flow_browser_and_purpose(
    door: Door, word: Word, counter: Counter
) -> None:
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    other = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    right = {"number": "1"}
    assert reason(door.answer(other, asked, right)) == "expired"
    assert reason(door.answer(replace(visitor, flow=None), asked, right)) == "expired"
    assert reason(door.answer(replace(visitor, flow="x"), asked, right)) == "expired"
    assert reason(door.answer(visitor, asked, right, Purpose.STEP_UP)) == "expired"
    assert counter.calls == []
    for handle in ("", "x", "a\0b", asked.handle + "x", "é" * 43):
        assert reason(door.answer(visitor, replace(asked, handle=handle), right)) == "expired"
    assert isinstance(door.answer(visitor, asked, right), SignedIn)
    assert reason(door.answer(visitor, asked, right)) == "expired"


def test_a_challenge_is_answered_in_time_or_not_at_all(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter, challenge_lifetime="2m", flow_lifetime="1h")
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    door.clock.advance(2 * MINUTE)
    assert reason(door.answer(visitor, asked, {"number": "1"})) == "expired"
    assert counter.calls == []
    fresh = door.asked(visitor)
    assert fresh.handle != asked.handle
    door.clock.advance(2 * MINUTE - timedelta(microseconds=1))
    assert isinstance(door.answer(visitor, fresh, {"number": "1"}), SignedIn)


def test_the_same_challenge_is_shown_again_until_another_is_asked_for(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    door.alice(word, counter, key)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor, counter)
    assert door.asked(visitor, counter) == asked
    # Without a wish it stays with the factor that was asked last.
    assert door.asked(visitor) == asked
    again = door.runtime.signin.ways.again
    again(visitor, Purpose.STEP_UP, "counter")
    again(replace(visitor, flow=None), Purpose.SIGN_IN, "counter")
    again(visitor, Purpose.SIGN_IN, "key")
    assert door.asked(visitor, counter) == asked
    again(visitor, Purpose.SIGN_IN, "counter")
    fresh = door.asked(visitor, counter)
    assert fresh.handle != asked.handle
    assert reason(door.answer(visitor, asked, {"number": "1"})) == "expired"
    assert isinstance(door.answer(visitor, fresh, {"number": "1"}), SignedIn)


def test_an_enrolments_challenge_signs_nobody_in_and_the_other_way_round(
    door: Door, word: Word, counter: Counter
) -> None:
    user = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    enrolment = door.runtime.signin.enrolling.begin(member, counter)
    assert isinstance(enrolment, Asked)
    door.give(user, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert reason(door.answer(visitor, enrolment, {"number": "1"})) == "expired"
    finish = door.runtime.signin.enrolling.finish
    assert reason(finish(member, asked.handle, {"number": "1"}, "")) == "expired"
    # Not even by who holds the token that the enrolment is bound to.
    for purpose in (Purpose.SIGN_IN, Purpose.STEP_UP):
        odd = replace(visitor, flow=member.visitor.browser)
        assert reason(door.answer(odd, enrolment, {"number": "1"}, purpose)) == "expired"


# Step-up.


def _both(door: Door, word: Word, counter: Counter, number: str = "1") -> Member:
    visitor = door.begun(door.visitor(), word)
    return door.member(door.further(visitor, counter, {"number": number}), visitor)


def test_a_step_up_asks_for_what_is_missing_and_rotates_the_session(
    door: Door, word: Word, counter: Counter
) -> None:
    user = door.alice(word, counter)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(proofs=2), Assurance(within=15 * MINUTE))
    question = door.question(visitor, purpose=Purpose.STEP_UP)
    assert isinstance(question.asked, Asked)
    offered = [question.asked.factor, *(other.factor for other in question.others)]
    assert sorted(offered) == ["counter", "word"]
    outcome = door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert isinstance(outcome, SignedIn)
    assert (outcome.next, outcome.device) == ("/back", None)
    after = door.member(outcome)
    assert after.session_hash != member.session_hash
    assert door.sessions == 1
    assert Assurance(proofs=2).met_by(after.proofs, door.clock())
    assert Assurance(within=15 * MINUTE).met_by(after.proofs, door.clock())
    (event,) = door.events.of("step-up.done")
    assert (event.subject, event.actor.session) == (user.id, after.session_id)
    # The flow is over.
    answered = door.runtime.signin.ways.question(visitor, Purpose.STEP_UP, None)
    assert reason(answered) == "expired"


def test_everything_again_where_two_fresh_proofs_are_asked_for(
    door: Door, word: Word, counter: Counter
) -> None:
    door.alice(word, counter)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(proofs=2, within=15 * MINUTE))
    first = door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert isinstance(first, Further)
    assert first.flow == visitor.flow
    assert door.question(visitor, purpose=Purpose.STEP_UP).others == ()
    outcome = door.further(visitor, counter, {"number": "2"}, Purpose.STEP_UP)
    assert isinstance(outcome, SignedIn)


def test_phishing_resistance_is_asked_for_by_property(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    user = door.alice(word, counter)
    member = _both(door, word, counter)
    need = Assurance(phishing_resistant=True)
    outcome = door.runtime.signin.answering.step_up(member, [need], "")
    assert reason(outcome) == "out-of-reach"
    door.give(user, key, lookup="k")
    visitor = door.stepping_up(member, need)
    assert door.question(visitor, purpose=Purpose.STEP_UP).others == ()
    outcome = door.further(visitor, key, {"answer": "k"}, Purpose.STEP_UP)  # type: ignore[assignment]
    assert need.met_by(door.member(outcome).proofs, door.clock())


def test_a_refused_step_up_is_recorded_as_one_and_leaves_the_session(
    door: Door, word: Word, counter: Counter
) -> None:
    user = door.alice(word, counter)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(within=MINUTE))
    answered = door.further(visitor, counter, {"number": "no"}, Purpose.STEP_UP)
    assert reason(answered) == "wrong-answer"
    assert door.refusals("step-up.refused") == [(user.id, "wrong-answer")]
    assert door.refusals() == []
    assert door.sessions == 1


def test_a_step_up_belongs_to_its_session(door: Door, word: Word, counter: Counter) -> None:
    door.alice(word, counter)
    member = _both(door, word, counter)
    other = _both(door, word, counter, "2")
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(within=MINUTE))
    asked = door.asked(visitor, counter, Purpose.STEP_UP)
    right = {"number": "3"}
    for session in (None, other.visitor.session, "x"):
        stranger = replace(visitor, session=session)
        assert reason(door.answer(stranger, asked, right, Purpose.STEP_UP)) == "expired"
    assert isinstance(door.answer(visitor, asked, right, Purpose.STEP_UP), SignedIn)


def test_a_step_up_ends_with_its_session(door: Door, word: Word, counter: Counter) -> None:
    door.alice(word, counter)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(within=MINUTE))
    asked = door.asked(visitor, counter, Purpose.STEP_UP)
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end(unit, member.session_hash, member.user_id)
    outcome = door.answer(visitor, asked, {"number": "3"}, Purpose.STEP_UP)
    assert reason(outcome) == "expired"
    assert (door.sessions, door.events.of("step-up.done")) == (0, [])


def test_who_was_disabled_meanwhile_is_refused(door: Door, word: Word, counter: Counter) -> None:
    user = door.alice(word, counter)
    member = _both(door, word, counter)
    visitor = door.begun(door.visitor(), word)
    accounts = door.runtime.accounts
    assert accounts is not None
    with door.runtime.store.write() as unit:
        accounts.set_disabled(unit, user.id, disabled=True)
    assert reason(door.further(visitor, counter, {"number": "2"})) == "inactive"
    assert (user.id, "inactive") in door.refusals()
    assert reason(door.runtime.signin.answering.step_up(member, [], "")) == "inactive"
    assert door.sessions == 1


def test_a_guard_is_heard_at_a_step_up_too(
    open_door: Open, word: Word, counter: Counter, key: Key
) -> None:
    """What it asks for on top is then asked; a refusal stops the step-up."""
    from .test_adversaries import Guard

    said: list[Assurance | Refused | None] = [None]
    guard = Guard(lambda attempt: said[0] if attempt.purpose is Purpose.STEP_UP else None)
    door = open_door(word, counter, key, plugin_of(sign_in_guards=[guard]))
    user = door.alice(word, counter, key)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    said[0] = Assurance(phishing_resistant=True)
    visitor = door.stepping_up(member, Assurance(within=MINUTE))
    outcome = door.further(visitor, word, {"word": "open"}, Purpose.STEP_UP)
    assert isinstance(outcome, Further)
    assert door.asked(visitor, purpose=Purpose.STEP_UP).factor == "key"
    said[0] = Refused("at-night", words("Not at night."))
    outcome = door.further(visitor, key, {"answer": "key-alice"}, Purpose.STEP_UP)
    assert reason(outcome) == "at-night"
    assert door.refusals("step-up.refused") == [(user.id, "at-night")]
    # Asked before anything is begun, where what is asked for is there already.
    begun = door.runtime.signin.answering.step_up(member, [Assurance()], "")
    assert reason(begun) == "at-night"


def test_an_account_that_goes_away_takes_its_proofs_along(
    open_door: Open, word: Word, key: Key
) -> None:
    """Else the next proof, which may find any user, would be added to somebody else's."""
    directory, host = host_of("alice", "bob")
    door = open_door(word, key, host)
    for name in ("alice", "bob"):
        user = directory.users[name]
        door.give(user, word, secret=b"open")
        door.give(user, key, lookup=f"key-{name}")
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor, key)
    del directory.users["alice"]
    assert reason(door.answer(visitor, asked, {"answer": "key-bob"})) == "expired"
    question = door.runtime.signin.ways.question(visitor, Purpose.SIGN_IN, None)
    assert reason(question) == "expired"
    assert door.sessions == 0
    # A credential whose user is not there opens nothing either.
    outcome = door.first(door.visitor(), key, "", {"answer": "key-alice+pin"})
    assert reason(outcome) == "wrong"
    assert door.refusals()[-1] == (None, "wrong")


def test_the_compare_and_set_is_what_holds(
    door: Door, word: Word, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken on purpose, the race is lost: so the tests of races would see it."""
    from .test_races import Meeting

    door.alice(word, counter)
    browsers = [door.begun(door.visitor(), word) for _ in range(4)]
    asked = [door.asked(browser, counter) for browser in browsers]
    monkeypatch.setattr(CredentialRows, "accept", lambda *_told: True)
    counter.after_yes = Meeting(len(browsers))
    outcomes = at_once(
        [
            lambda b=b, a=a: door.answer(b, a, {"number": "7"})  # type: ignore[misc]
            for b, a in zip(browsers, asked, strict=True)
        ]
    )
    assert sum(isinstance(o, SignedIn) for o in outcomes) == 4


def test_two_right_answers_to_two_challenges_of_one_flow_open_one_session(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    """Each uses up its own challenge and its own credential; the flow is what both want."""
    from .test_races import Meeting

    door.alice(word, counter, key)
    visitor = door.begun(door.visitor(), word)
    first, second = door.asked(visitor, counter), door.asked(visitor, key)
    counter.after_yes = key.after_yes = Meeting(2)
    outcomes = at_once(
        [
            lambda: door.answer(visitor, first, {"number": "1"}),
            lambda: door.answer(visitor, second, {"answer": "key-alice"}),
        ]
    )
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == door.sessions == 1
    assert [reason(o) for o in outcomes if not isinstance(o, SignedIn)] == ["expired"]


def test_of_two_proofs_that_go_on_at_once_one_is_kept(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    """The list of proofs is written by whoever saw it as it is; nothing is lost unnoticed."""
    from .test_races import Meeting

    door.alice(word, counter, key)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    needs = (
        Assurance(proofs=2, within=15 * MINUTE),
        Assurance(phishing_resistant=True, within=15 * MINUTE),
    )
    visitor = door.stepping_up(member, *needs)
    first = door.asked(visitor, word, Purpose.STEP_UP)
    second = door.asked(visitor, counter, Purpose.STEP_UP)
    word.after_yes = counter.after_yes = Meeting(2)
    outcomes = at_once(
        [
            lambda: door.answer(visitor, first, {"word": "open"}, Purpose.STEP_UP),
            lambda: door.answer(visitor, second, {"number": "9"}, Purpose.STEP_UP),
        ]
    )
    assert sum(isinstance(outcome, Further) for outcome in outcomes) == 1
    assert [reason(o) for o in outcomes if not isinstance(o, Further)] == ["expired"]


def test_a_session_that_is_rotated_in_the_last_moment_loses_the_step_up(
    door: Door, word: Word, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at it and its change, as only PostgreSQL lets it happen."""
    door.alice(word, counter)
    member = _both(door, word, counter)
    door.clock.advance(20 * MINUTE)
    visitor = door.stepping_up(member, Assurance(within=MINUTE))
    asked = door.asked(visitor, counter, Purpose.STEP_UP)

    def rotated(*_told: object) -> str:
        raise SessionEnded("rotated meanwhile")

    monkeypatch.setattr(Sessions, "add_proofs", rotated)
    assert reason(door.answer(visitor, asked, {"number": "3"}, Purpose.STEP_UP)) == "expired"
    assert door.events.of("step-up.done") == []


def test_a_directory_that_fails_is_a_refusal(
    open_door: Open, word: Word, caplog: pytest.LogCaptureFixture
) -> None:
    directory, host = host_of("alice")
    door = open_door(word, host)
    visitor = door.visitor()
    token = door.token(visitor, word)
    directory.fault = OSError("hunter2")
    answering = door.runtime.signin.answering
    for outcome in (
        answering.first(visitor, token, "alice", {"word": "x"}, ""),
        answering.begin(visitor, "word", "alice", ""),
    ):
        assert reason(outcome) == "plugin-error"
    assert door.refusals() == [(None, "plugin-error")] * 2
    assert "hunter2" not in caplog.text
