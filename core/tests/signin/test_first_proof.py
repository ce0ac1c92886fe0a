"""The first proof: what opens a session, and what nobody can tell apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ostiary.contracts import First, Purpose, Refused, Verified
from ostiary.signin import Denied, Further, SignedIn

from .conftest import Counter, Door, Key, Open, Scripted, Word, form, reason, words


def test_a_right_answer_opens_a_session_and_leads_on(open_door: Open, word: Word) -> None:
    door = open_door(word)
    user = door.alice(word)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"}, "/next")
    assert isinstance(outcome, SignedIn)
    assert (outcome.user_id, outcome.next, door.sessions) == (user.id, "/next", 1)
    (event,) = door.events.of("sign-in.done")
    assert (event.subject, event.actor.user, event.proofs[0].factor) == (user.id, user.id, "word")


@pytest.mark.parametrize("name", ["ALICE", " alice ", "alice@example.org", "Alice@Example.ORG"])
def test_login_name_and_verified_address_both_name_the_account(
    open_door: Open, word: Word, name: str
) -> None:
    door = open_door(word)
    door.alice(word)
    assert isinstance(door.first(door.visitor(), word, name, {"word": "open"}), SignedIn)


def test_an_empty_name_or_answer_is_asked_for_and_costs_no_try(open_door: Open, word: Word) -> None:
    door = open_door(word)
    visitor = door.visitor()
    assert reason(door.first(visitor, word, "  ", {"word": "open"})) == "empty"
    assert reason(door.first(visitor, word, "alice", {})) == "empty"
    assert reason(door.first(visitor, word, "alice", {"word": "x" * 257})) == "too-long"
    assert word.calls == [] or set(word.calls) == {"decoy"}
    assert door.refusals() == []


CAUSES = ["unknown", "wrong answer", "no such factor", "disabled", "unverified address"]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_of_a_failed_first_proof_looks_and_costs_the_same(
    open_door: Open, word: Word, cause: str
) -> None:
    """One outcome, one text, the same calls to the plugin; and what was typed is nowhere."""
    door = open_door(word, Counter())
    door.alice(word)
    bob = door.user("Bob")
    eve = door.user("Eve", active=False)
    door.give(eve, word, secret=b"eve")
    name, subject = {
        "unknown": ("nobody", None),
        "wrong answer": ("alice", door.runtime.directory.named("alice").id),  # type: ignore[union-attr]
        "no such factor": ("bob", bob.id),
        "disabled": ("eve", eve.id),
        "unverified address": ("bob@example.org", None),
    }[cause]
    word.calls.clear()
    visitor = door.visitor()
    token = door.token(visitor, word)
    outcome = door.runtime.signin.answering.first(visitor, token, name, {"word": "hunter2"}, "")
    expected = Denied("wrong", outcome.text if isinstance(outcome, Denied) else words(""))
    assert outcome == expected
    assert word.calls == ["decoy", "answer"]
    assert door.sessions == 0
    (event,) = door.events.of("sign-in.refused")
    assert (event.subject, event.reason, dict(event.details)) == (
        subject,
        "wrong-answer",
        {"factor": "word"},
    )
    assert "hunter2" not in repr(event)
    assert name not in repr(replace(event, sentence="", subject=None))


def test_who_proves_to_own_a_disabled_account_is_told_so_and_stays_out(
    open_door: Open, word: Word
) -> None:
    door = open_door(word)
    eve = door.user("Eve", active=False)
    door.give(eve, word, secret=b"open")
    assert reason(door.first(door.visitor(), word, "eve", {"word": "open"})) == "inactive"
    assert (door.sessions, door.refusals()) == (0, [(eve.id, "inactive")])


def test_the_decoy_opens_nothing_even_if_a_factor_says_yes_to_it(open_door: Open) -> None:
    gullible = Scripted(
        "gullible",
        first=First.AFTER_NAME,
        answer=lambda step, _answer: Verified(credential=step.credentials[0]),
    )
    door = open_door(gullible)
    outcome = door.first(door.visitor(), gullible, "nobody", {"code": "x"})
    assert reason(outcome) == "wrong"
    assert (door.sessions, door.refusals()) == (0, [(None, "plugin-answer")])


def test_a_form_of_another_browser_is_worth_nothing(open_door: Open, word: Word) -> None:
    door = open_door(word)
    door.alice(word)
    mine, other = door.visitor(), door.visitor()
    token = door.token(mine, word)
    first = door.runtime.signin.answering.first
    assert reason(first(other, token, "alice", {"word": "open"}, "")) == "expired"
    assert isinstance(first(mine, token, "alice", {"word": "open"}, ""), SignedIn)


@pytest.mark.parametrize("spoilt", ["", "x", "é", "A" * 200, "tampered", "cut"])
def test_a_form_that_is_not_as_it_was_sealed_is_refused(
    open_door: Open, word: Word, spoilt: str
) -> None:
    door = open_door(word)
    door.alice(word)
    visitor = door.visitor()
    token = door.token(visitor, word)
    middle = len(token) // 2
    tampered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    spoilt = {"tampered": tampered, "cut": token[:-4]}.get(spoilt, spoilt)
    outcome = door.runtime.signin.answering.first(visitor, spoilt, "alice", {"word": "open"}, "")
    assert reason(outcome) == "expired"


def test_a_form_that_succeeded_or_grew_old_is_refused(open_door: Open, word: Word) -> None:
    door = open_door(word)
    door.alice(word)
    visitor = door.visitor()
    first = door.runtime.signin.answering.first
    token = door.token(visitor, word)
    assert reason(first(visitor, token, "alice", {"word": "no"}, "")) == "wrong"
    assert isinstance(first(visitor, token, "alice", {"word": "open"}, ""), SignedIn)
    assert reason(first(visitor, token, "alice", {"word": "open"}, "")) == "expired"
    token = door.token(visitor, word)
    door.clock.advance(door.runtime.settings.challenge_lifetime)
    assert reason(first(visitor, token, "alice", {"word": "open"}, "")) == "expired"
    assert door.sessions == 1


def test_a_ceremony_has_one_try_and_is_used_up_before_anybody_is_asked(
    open_door: Open, key: Key
) -> None:
    door = open_door(key)
    user = door.user("Alice")
    door.give(user, key, lookup="k")
    visitor = door.visitor()
    token = door.token(visitor, key)
    first = door.runtime.signin.answering.first
    assert reason(first(visitor, token, "", {"answer": "other"}, "")) == "wrong-answer"
    assert reason(first(visitor, token, "", {"answer": "k+pin"}, "")) == "expired"
    assert key.calls == ["answer"]
    outcome = door.first(visitor, key, "", {"answer": "k+pin"})
    assert isinstance(outcome, SignedIn)
    assert outcome.user_id == user.id


def test_a_form_of_an_enrolment_signs_nobody_in(open_door: Open, word: Word) -> None:
    door = open_door(word)
    door.alice(word)
    visitor = door.visitor()
    registering = door.runtime.registering
    assert registering is not None
    option = registering.option(visitor)
    assert option is not None
    outcome = door.runtime.signin.answering.first(
        visitor, option.token, "alice", {"word": "open"}, ""
    )
    assert reason(outcome) == "expired"
    token = door.token(visitor, word)
    answers = {"name": "New", "address": "new@example.org", "word": "w"}
    (denied,) = registering.register(visitor, token, answers, "")  # type: ignore[misc]
    assert reason(denied) == "expired"


def test_what_cannot_be_asked_with_the_name_has_a_button(open_door: Open, word: Word) -> None:
    sending = Scripted("sending", first=First.AFTER_NAME, begin=lambda _s: form("code", send=print))
    shy = Scripted(
        "shy", first=First.AFTER_NAME, begin=lambda _s: Refused("name-first", words("Name first."))
    )
    broken = Scripted("broken", first=First.AFTER_NAME, begin=lambda _s: None)
    door = open_door(word, sending, shy, broken, Counter())
    options = {o.factor: o for o in door.runtime.signin.ways.options(door.visitor())}
    assert list(options) == ["word", "sending", "shy"]
    assert options["word"].token
    assert options["sending"].challenge is None
    assert options["shy"].token == ""


def test_the_flow_is_good_for_as_long_as_it_says(open_door: Open, word: Word) -> None:
    counter = Counter()
    door = open_door(word, counter, flow_lifetime="5m")
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    door.clock.advance(timedelta(minutes=5) - timedelta(microseconds=1))
    assert door.asked(visitor).factor == counter.name
    door.clock.advance(timedelta(microseconds=1))
    question = door.runtime.signin.ways.question(visitor, Purpose.SIGN_IN, None)
    assert reason(question) == "expired"


def test_names_that_differ_only_in_spelling_share_a_budget(open_door: Open, word: Word) -> None:
    door = open_door(word, generous=False, budgets__stranger="2/hour")
    for name, expected in [("nobody", "wrong"), ("NOBODY", "wrong"), ("ｎｏｂｏｄｙ", "budget")]:
        assert reason(door.first(door.visitor(), word, name, {"word": "x"})) == expected


def _probe(door: Door, word: Word, names: list[str]) -> list[str]:
    return [reason(door.first(door.visitor(), word, name, {"word": "x"})) for name in names]


def test_a_used_up_budget_does_not_tell_whose_an_address_is(open_door: Open, word: Word) -> None:
    """Use up the budget of a login name, which is no secret; then an address must not show
    by its refusal that it belongs to that account (ASVS 5.0, 6.3.8).
    """
    door = open_door(word, generous=False, budgets__stranger="3/hour")
    door.alice(word)
    assert _probe(door, word, ["alice"] * 4)[-1] == "budget"
    hers = _probe(door, word, ["alice@example.org"] * 4)
    nobodys = _probe(door, word, ["nobody@example.org"] * 4)
    assert hers == nobodys == ["wrong"] * 3 + ["budget"]
    # And the account's own budget holds: the right answer is not even looked at.
    assert reason(door.first(door.visitor(), word, "Alice", {"word": "open"})) == "budget"
    assert door.sessions == 0


def test_a_wait_for_two_proofs_says_so(open_door: Open, word: Word, counter: Counter) -> None:
    door = open_door(word, counter)
    door.alice(word, counter)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert isinstance(outcome, Further)
    assert door.sessions == 0
