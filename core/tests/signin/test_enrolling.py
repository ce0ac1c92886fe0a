"""Adding, renaming and removing factors: proof, mail and record in one act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ostiary.contracts import (
    Assurance,
    Ceremony,
    Enrolled,
    Mail,
    Pending,
    Purpose,
    Refused,
    Step,
    Wait,
)
from ostiary.signin import Added, Asked, AtOnce, Denied, Member, SignedIn, Waiting
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import (
    HAVE,
    NO,
    Counter,
    Door,
    Key,
    Open,
    Scratch,
    Scripted,
    Told,
    Word,
    at_once,
    form,
    host_of,
    reason,
    words,
)
from .test_adversaries import ANSWERS, SECRET, Guard


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key, scratch: Scratch) -> Door:
    return open_door(word, counter, key, scratch)


@pytest.fixture
def member(door: Door, word: Word) -> Member:
    door.alice(word)
    return door.enter(word, "alice", {"word": "open"})


def begun(door: Door, member: Member, factor: Told) -> Asked:
    asked = door.runtime.signin.enrolling.begin(member, factor)
    assert isinstance(asked, Asked), asked
    return asked


def add(door: Door, member: Member, factor: Told, label: str = "", **answer: str) -> Any:
    asked = begun(door, member, factor)
    return door.runtime.signin.enrolling.finish(member, asked.handle, answer, label)


def after(door: Door, member: Member, added: Any) -> Member:
    assert isinstance(added, Added), added
    return door.member(SignedIn(added.cookie, member.user_id, ""), member.visitor)


def test_what_was_enrolled_is_stored_told_recorded_and_a_proof(
    door: Door, member: Member, counter: Counter, outbox: Outbox
) -> None:
    added = add(door, member, counter, " My phone ", number="3")
    assert added.credential.credential.label == "My phone"
    now = after(door, member, added)
    assert now.session_hash != member.session_hash
    assert Assurance(proofs=2).met_by(now.proofs, door.clock())
    (event,) = door.events.of("factor.added")
    assert event.details == {"factor": "counter", "label": "My phone"}
    assert event.actor.session == member.session_id
    assert "My phone" in outbox.to("alice@example.org")[-1].text
    # The number of the enrolment is used up.
    visitor = door.begun(door.visitor(), Word())
    assert reason(door.further(visitor, counter, {"number": "3"})) == "wrong-answer"


def test_without_a_label_the_suggestion_is_taken(
    door: Door, member: Member, counter: Counter
) -> None:
    assert add(door, member, counter, "  ", number="1").credential.credential.label == "Counter"


def test_a_label_that_cannot_be_is_refused_at_its_field_and_nothing_is_used_up(
    door: Door, member: Member, counter: Counter
) -> None:
    asked = begun(door, member, counter)
    finish = door.runtime.signin.enrolling.finish
    denied = finish(member, asked.handle, {"number": "1"}, "a\nb")
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field, denied.status) == ("label", "label", 400)
    assert isinstance(finish(member, asked.handle, {"number": "1"}, "ab"), Added)


def test_an_enrolment_has_tries_and_ends_with_success(
    door: Door, member: Member, counter: Counter
) -> None:
    asked = begun(door, member, counter)
    assert begun(door, member, counter) == asked
    finish = door.runtime.signin.enrolling.finish
    assert reason(finish(member, asked.handle, {}, "")) == "empty"
    for over in (False, False, False, False, True):
        denied = finish(member, begun(door, member, counter).handle, {"number": "x"}, "")
        assert isinstance(denied, Denied)
        assert (denied.reason, denied.over) == ("wrong-answer", over)
    assert reason(finish(member, asked.handle, {"number": "1"}, "")) == "no-tries-left"
    fresh = begun(door, member, counter)
    assert fresh.handle != asked.handle
    newer = door.runtime.signin.enrolling.begin(member, counter, again=True)
    assert isinstance(newer, Asked)
    assert newer.handle != fresh.handle
    assert reason(finish(member, fresh.handle, {"number": "1"}, "")) == "expired"
    added = finish(member, newer.handle, {"number": "1"}, "")
    assert reason(finish(after(door, member, added), newer.handle, {"number": "2"}, "")) == (
        "expired"
    )
    assert door.refusals("factor.refused")[-1] == (member.user_id, "no-tries-left")


def test_an_enrolment_belongs_to_its_session(
    door: Door, member: Member, counter: Counter, word: Word
) -> None:
    asked = begun(door, member, counter)
    other = door.enter(word, "alice", {"word": "open"})
    finish = door.runtime.signin.enrolling.finish
    assert reason(finish(other, asked.handle, {"number": "1"}, "")) == "expired"
    assert reason(finish(member, "a\0", {"number": "1"}, "")) == "expired"


def test_of_many_answers_to_one_enrolment_one_is_stored(
    door: Door, member: Member, counter: Counter
) -> None:
    asked = begun(door, member, counter)
    finish = door.runtime.signin.enrolling.finish
    outcomes = at_once([lambda: finish(member, asked.handle, {"number": "1"}, "")] * 8)
    assert sum(isinstance(outcome, Added) for outcome in outcomes) == 1
    assert len(door.events.of("factor.added")) == 1
    assert len(door.runtime.signin.parts.credentials(member.user_id)) == 2


def test_a_session_that_ended_meanwhile_adds_nothing(
    door: Door, member: Member, counter: Counter
) -> None:
    asked = begun(door, member, counter)
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end(unit, member.session_hash, member.user_id)
    finish = door.runtime.signin.enrolling.finish
    assert reason(finish(member, asked.handle, {"number": "1"}, "")) == "expired"
    assert len(door.runtime.signin.parts.credentials(member.user_id)) == 1
    assert door.events.of("factor.added") == []


def test_as_many_as_the_factor_allows(open_door: Open, word: Word) -> None:
    counter = Counter(most=1)
    few = Counter("few", most=2)
    door = open_door(word, counter, few)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    for number in ("1", "2"):
        member = after(door, member, add(door, member, few, number=number))
    assert reason(add(door, member, few, number="3")) == "too-many-credentials"
    # Where one is all there may be, the new one takes its place.
    for number in ("1", "2"):
        member = after(door, member, add(door, member, counter, number=number))
    rows = door.runtime.signin.parts.credentials(member.user_id)
    assert {(c.name, c.credential.mark) for c in rows} == {
        ("word", None),
        ("few", 1),
        ("few", 2),
        ("counter", 2),
    }


def test_a_key_that_is_registered_already_is_refused(door: Door, member: Member, key: Key) -> None:
    door.give(door.user("Bob"), key, lookup="taken")
    assert reason(add(door, member, key, answer="taken")) == "enrolled"
    assert door.refusals("factor.refused") == [(member.user_id, "enrolled")]
    after(door, member, add(door, member, key, answer="mine"))


@pytest.mark.parametrize(
    "adversary", ["SystemExit", "True", "None", "coroutine", "Pending", "class"]
)
@pytest.mark.parametrize("at", ["enrol", "finish"])
def test_a_factor_that_fails_adds_nothing(
    open_door: Open, word: Word, adversary: str, at: str
) -> None:
    answer, expected = ANSWERS[adversary]
    steps: dict[str, Any] = {"enrol": lambda _s: form("code"), at: answer}
    broken = Scripted("broken", **steps)
    door = open_door(word, broken)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    enrolling = door.runtime.signin.enrolling
    if at == "enrol":
        outcome: Any = enrolling.begin(member, broken)
    else:
        outcome = add(door, member, broken, code="x")
    assert reason(outcome) == expected
    assert door.refusals("factor.refused") == [(member.user_id, expected)]
    if at == "enrol":
        assert reason(enrolling.at_once(member, broken, "")) == expected


def test_a_factor_that_asks_nothing_is_added_by_a_button(
    door: Door, member: Member, scratch: Scratch, counter: Counter
) -> None:
    enrolling = door.runtime.signin.enrolling
    assert enrolling.begin(member, scratch) == AtOnce()
    assert reason(enrolling.at_once(member, counter, "")) == "expired"
    after(door, member, enrolling.at_once(member, scratch, ""))


def test_a_factor_may_refuse_to_begin(open_door: Open, word: Word) -> None:
    shut = Scripted("shut", enrol=lambda _s: NO)
    door = open_door(word, shut)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    enrolling = door.runtime.signin.enrolling
    no = Denied(NO.reason, NO.text, NO.field, over=True)  # There is nothing to answer.
    assert enrolling.begin(member, shut) == enrolling.at_once(member, shut, "") == no


def test_a_further_question_and_a_wait_belong_to_enrolments_too(
    open_door: Open, word: Word
) -> None:
    def finish(step: Step, given: Any) -> Any:
        if "code" in given:
            return Wait(text=words("Wait"))
        if step.delivered is None:
            return Pending()
        return Enrolled(label=words("Phone"), public=dict(step.delivered))

    phone = Scripted("phone", enrol=lambda _s: form("code"), finish=finish)
    door = open_door(word, phone)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    asked = add(door, member, phone, code="x")
    assert isinstance(asked, Asked)
    finishing = door.runtime.signin.enrolling.finish
    assert finishing(member, asked.handle, {}, "") == Waiting()
    assert door.runtime.house.deliver(asked.handle, {"device": "d"})
    added = finishing(member, asked.handle, {}, "")
    assert isinstance(added, Added)
    assert added.credential.credential.public == {"device": "d"}


def test_of_two_further_questions_at_once_one_is_asked(open_door: Open, word: Word) -> None:
    from .test_races import Meeting

    meeting = Meeting(2)

    def finish(_step: Step, _given: Any) -> Any:
        meeting()
        return form("more")

    twice = Scripted("twice", enrol=lambda _s: form("code"), finish=finish)
    door = open_door(word, twice, step_timeout="60s")
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    asked = begun(door, member, twice)
    finishing = door.runtime.signin.enrolling.finish
    outcomes = at_once([lambda: finishing(member, asked.handle, {"code": "x"}, "")] * 2)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Asked", "Denied"]


def test_a_mail_of_an_enrolment_goes_to_the_verified_address_or_is_refused(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    mail = Mail(words("Your code"), (words("Here it is."),), code="123456")
    letter = Scripted("letter", enrol=lambda _s: form("code", mail=mail))
    door = open_door(word, letter)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    begun(door, member, letter)
    assert outbox.to("alice@example.org")[-1].code == "123456"
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    member = door.enter(word, "bob", {"word": "open"})
    assert reason(door.runtime.signin.enrolling.begin(member, letter)) == "no-address"


def test_a_change_that_ends_sessions_ends_the_others(open_door: Open, counter: Counter) -> None:
    word = Word(ends_sessions=True)
    door = open_door(word, counter)
    door.alice(word)
    other = door.enter(word, "alice", {"word": "open"})
    member = door.enter(word, "alice", {"word": "open"})
    member = after(door, member, add(door, member, counter, number="1"))
    assert door.sessions == 2
    member = after(door, member, add(door, member, word, word="new"))
    assert door.sessions == 1
    (event,) = door.events.of("session.others-ended")
    assert event.details == {"count": 1}
    assert reason(add_with(door, other, counter)) == "expired"
    # A factor that is gone says nothing about sessions.
    assert isinstance(member, Member)


def add_with(door: Door, member: Member, counter: Counter) -> Any:
    asked = begun(door, member, counter)
    return door.runtime.signin.enrolling.finish(member, asked.handle, {"number": "9"}, "")


# Secrets that a person thought up.


@pytest.mark.parametrize("adversary", ["Exception", "SystemExit", "True", "coroutine"])
def test_a_guard_that_fails_at_a_chosen_secret_refuses(
    open_door: Open, adversary: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, expected = ANSWERS[adversary]
    word, guard = Word(), Guard(chosen=answer)
    door = open_door(word, plugin_of(sign_in_guards=[guard]))
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    assert reason(add(door, member, word, word="new")) == expected
    assert door.refusals("factor.refused") == [(member.user_id, expected)]
    assert SECRET not in caplog.text
    assert isinstance(door.enter(word, "alice", {"word": "open"}), Member)


def test_a_guard_sees_what_was_chosen_and_may_refuse_it_at_its_field(
    open_door: Open, counter: Counter
) -> None:
    said: list[Refused | None] = [Refused("breached", words("Known to thieves."))]
    word, guard = Word(), Guard(chosen=lambda *_: said[0])
    door = open_door(word, counter, plugin_of(sign_in_guards=[guard]))
    user = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    guard.seen.clear()
    denied = add(door, member, word, word="letmein")
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field) == ("breached", "word")
    assert guard.seen == [(user, "word", "letmein")]
    said[0] = Refused("breached", words("Known to thieves."), "other")
    assert add(door, member, word, word="letmein").field == "other"
    said[0] = None
    member = after(door, member, add(door, member, word, word="fine"))
    # Nothing was chosen: the guard is not asked.
    guard.seen.clear()
    after(door, member, add(door, member, counter, number="1"))
    assert guard.seen == []


def test_a_secret_chosen_without_a_form_has_no_field_to_blame(open_door: Open) -> None:
    word = Word()
    guard = Guard(chosen=lambda *_: Refused("breached", words("Known.")))
    made = Scripted("made", enrol=lambda _s: Enrolled(label=words("Made"), chosen="x"))
    door = open_door(word, made, plugin_of(sign_in_guards=[guard]))
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    denied = door.runtime.signin.enrolling.at_once(member, made, "")
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field) == ("breached", None)


# Renaming and removing.


def test_a_credential_is_renamed_told_and_recorded(
    door: Door, member: Member, counter: Counter, outbox: Outbox
) -> None:
    added = add(door, member, counter, "Old", number="1")
    member = after(door, member, added)
    changing, credential = door.runtime.signin.changing, added.credential.credential
    assert changing.rename(member, credential.id, "New") is None
    (event,) = door.events.of("factor.renamed")
    assert (event.before, event.after) == ({"label": "Old"}, {"label": "New"})
    (mail,) = [m for m in outbox.to("alice@example.org") if "renamed" in m.subject]
    assert "New" in mail.text
    denied = changing.rename(member, credential.id, "")
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field, denied.status) == ("label", "label", 400)
    assert reason(changing.rename(member, "gone", "New")) == "gone"


def test_a_credential_is_removed_told_and_recorded_but_not_the_last_way_in(
    door: Door, member: Member, counter: Counter, outbox: Outbox
) -> None:
    added = add(door, member, counter, "Phone", number="1")
    member = after(door, member, added)
    changing, credential = door.runtime.signin.changing, added.credential.credential
    assert changing.remove(member, credential.id) is None
    (event,) = door.events.of("factor.removed")
    assert event.details == {"factor": "counter", "label": "Phone"}
    assert [m for m in outbox.to("alice@example.org") if "removed" in m.subject]
    assert reason(changing.remove(member, credential.id)) == "gone"
    (first,) = door.runtime.signin.parts.credentials(member.user_id)
    assert reason(changing.remove(member, first.credential.id)) == "last-first-proof"
    assert len(door.events.of("factor.removed")) == 1


def test_nobody_touches_anothers_credential(door: Door, member: Member, counter: Counter) -> None:
    bobs = door.give(door.user("Bob"), counter)
    changing = door.runtime.signin.changing
    assert reason(changing.rename(member, bobs.credential.id, "Mine")) == "gone"
    assert reason(changing.remove(member, bobs.credential.id)) == "gone"
    assert len(door.runtime.signin.parts.credentials(bobs.credential.user_id)) == 1


def test_of_two_who_remove_or_rename_at_once_none_is_told_what_is_not_so(
    door: Door, member: Member, counter: Counter
) -> None:
    user = door.runtime.directory.get(member.user_id)
    assert user is not None
    stored = door.give(user, counter)
    changing = door.runtime.signin.changing
    outcomes = at_once([lambda: changing.remove(member, stored.credential.id)] * 4)
    assert outcomes.count(None) == 1
    assert {reason(outcome) for outcome in outcomes if outcome is not None} == {"gone"}


def test_what_vanishes_between_the_look_and_the_act_is_gone(
    door: Door, member: Member, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = door.runtime.directory.get(member.user_id)
    assert user is not None
    stored = door.give(user, counter)
    changing, rows = door.runtime.signin.changing, door.runtime.rows
    found = changing._mine

    def found_and_taken(self: Any, member: Member, credential_id: str) -> Any:
        seen = found(member, credential_id)
        with door.runtime.store.write() as unit:
            rows.remove(unit, credential_id, member.user_id)
        return seen

    monkeypatch.setattr(type(changing), "_mine", found_and_taken)
    assert reason(changing.rename(member, stored.credential.id, "New")) == "gone"
    stored = door.give(user, counter)
    assert reason(changing.remove(member, stored.credential.id)) == "gone"
    assert door.events.of("factor.renamed") == door.events.of("factor.removed") == []


def test_an_absent_factor_can_be_renamed_and_removed(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    user = door.alice(word)
    stored = door.give(user, counter)
    member = door.enter_both(word, counter)
    alone = open_door(word)
    enrolling = alone.runtime.signin.enrolling
    changing = alone.runtime.signin.changing
    assert changing.rename(member, stored.credential.id, "Lost phone") is None
    assert enrolling.changed(member, "counter", {}) is None
    assert changing.remove(member, stored.credential.id) is None


def test_a_change_asks_for_two_kinds_once_there_is_a_second_factor(
    door: Door, member: Member, counter: Counter
) -> None:
    fresh = Assurance(proofs=1, within=door.runtime.settings.fresh_proof)
    needs = door.runtime.signin.enrolling.needs
    assert needs(member) == (Assurance(proofs=1), fresh)
    member = after(door, member, add(door, member, counter, number="1"))
    assert needs(member) == (Assurance(proofs=2), fresh)


# Recovery.


def test_a_session_by_recovery_adds_and_does_nothing_else(
    door: Door, word: Word, counter: Counter, scratch: Scratch, key: Key
) -> None:
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1"]')
    visitor = door.begun(door.visitor(), word)
    member = door.member(door.further(visitor, scratch, {"code": "r1"}), visitor)
    assert member.limit
    changing = door.runtime.signin.changing
    (stored,) = [c for c in door.runtime.signin.parts.credentials(user.id) if c.name == "counter"]
    assert reason(changing.rename(member, stored.credential.id, "x")) == "limited"
    assert reason(changing.remove(member, stored.credential.id)) == "limited"
    # There is one word and one sheet at most: to add another would be to replace it.
    for own in (word, scratch):
        assert reason(door.runtime.signin.enrolling.begin(member, own)) == "limited"
    member = after(door, member, add(door, member, key, answer="k"))
    assert member.limit
    assert member.proofs[-1].recovery


# What the browser is told afterwards.


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _s: Ceremony(text=words("Tell"), script="tests:tell.js"), "tests:tell.js"),
        (lambda _s: None, None),
        (lambda _s: form("code"), None),
        (lambda _s: 1 / 0, None),
    ],
)
def test_a_factor_may_speak_to_the_browser_and_nothing_depends_on_it(
    open_door: Open, word: Word, change: Any, expected: str | None
) -> None:
    factor = Scripted("factor", HAVE, change=change)
    door = open_door(word, factor)
    door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    ceremony = door.runtime.signin.enrolling.changed(member, "factor", {})
    assert (None if ceremony is None else ceremony.script) == expected


def test_a_factor_is_told_what_was_open_of_the_credential_that_was_changed(
    open_door: Open, word: Word
) -> None:
    """Its row may be gone by then; what the factor does with the copy changes nothing."""
    told: list[Any] = []

    def change(step: Step) -> None:
        told.append(step.state)
        step.state["public"].clear()  # type: ignore[union-attr] # it is a copy

    door = open_door(word, Scripted("factor", HAVE, change=change))
    door.alice(word)
    member, public = door.enter(word, "alice", {"word": "open"}), {"handle": "abc"}
    assert door.runtime.signin.enrolling.changed(member, "factor", public) is None
    assert public == {"handle": "abc"}
    assert len(told) == 1


def test_an_account_that_is_gone_changes_nothing(
    door: Door, member: Member, counter: Counter
) -> None:
    asked = begun(door, member, counter)
    nobody = replace(member, user_id="gone")
    enrolling = door.runtime.signin.enrolling
    assert reason(enrolling.begin(nobody, counter, again=True)) == "no-user"
    assert reason(enrolling.finish(nobody, asked.handle, {"number": "1"}, "")) == "no-user"
    assert enrolling.changed(nobody, "counter", {}) is None
    assert asked.purpose is Purpose.ENROL


def test_a_question_that_is_asked_anew_meanwhile_takes_no_answer_to_the_old_one(
    open_door: Open, word: Word
) -> None:
    """Another tab of the same session begins again while the factor judges."""
    meanwhile: list[Any] = []

    def finish(_step: Step, _given: Any) -> Any:
        meanwhile.pop()()
        return Enrolled(label=words("Late"))

    late = Scripted("late", enrol=lambda _s: form("code"), finish=finish)
    door = open_door(word, late)
    alice = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    enrolling, asked = door.runtime.signin.enrolling, begun(door, member, late)
    meanwhile.append(lambda: enrolling.begin(member, late, again=True))
    assert reason(enrolling.finish(member, asked.handle, {"code": "1"}, "")) == "expired"
    assert [stored.name for stored in door.runtime.signin.parts.credentials(alice.id)] == ["word"]


def test_an_account_that_goes_away_during_an_enrolment_gets_nothing(
    open_door: Open, word: Word
) -> None:
    directory, host = host_of("alice")

    def finish(_step: Step, _given: Any) -> Any:
        del directory.users["alice"]
        return Enrolled(label=words("Late"))

    late = Scripted("late", enrol=lambda _s: form("code"), finish=finish)
    door = open_door(word, late, host)
    door.give(directory.users["alice"], word, secret=b"open")
    member = door.enter(word, "alice", {"word": "open"})
    assert reason(add(door, member, late, code="x")) == "inactive"
    assert len(door.runtime.signin.parts.credentials("alice")) == 1


def test_a_removal_that_ends_sessions_ends_the_others(open_door: Open, word: Word) -> None:
    counter = Counter(ends_sessions=True, second=False)
    door = open_door(word, counter)
    stored = door.give(door.alice(word), counter)
    door.enter(word, "alice", {"word": "open"})
    member = door.enter(word, "alice", {"word": "open"})
    assert door.runtime.signin.changing.remove(member, stored.credential.id) is None
    assert door.sessions == 1
    (event,) = door.events.of("session.others-ended")
    assert event.details == {"count": 1}
