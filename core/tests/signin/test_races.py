"""Many at once: of answers that only one may give, one is accepted; no burst beats a budget."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from dataclasses import replace

import pytest

from ostiary.contracts import Assurance, Challenge, Client, First, Purpose, Refused, Step, Verified
from ostiary.signin import Further, SignedIn
from ostiary.signin.charging import MAX_TYPED, spelled
from ostiary.signin.values import Outcome

from .conftest import (
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
    reason,
    words,
)
from .test_kinds import mailing

CROWD = 32


class Meeting:
    """Holds every step after its yes until all of the crowd have theirs.

    So all of them have seen the same row before any of them commits; what is asked again
    after that passes.
    """

    def __init__(self, size: int) -> None:
        self._left = size
        self._all = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                self._all.set()
        assert self._all.wait(60)


def accepted(outcomes: list[Outcome]) -> list[SignedIn]:
    return [outcome for outcome in outcomes if isinstance(outcome, SignedIn)]


def test_one_right_code_answered_by_a_crowd_opens_one_session(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """All within the one challenge, which has five tries, all with the yes of the factor."""
    door = open_door(word, counter, step_timeout="60s")
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    counter.after_yes = Meeting(5)
    outcomes = at_once([lambda: door.answer(visitor, asked, {"number": "7"})] * CROWD)
    assert len(accepted(outcomes)) == door.sessions == 1
    refused = Tally(reason(o) for o in outcomes if not isinstance(o, SignedIn))
    assert set(refused) <= {"expired", "no-tries-left"}
    assert len(door.events.of("sign-in.done")) == 1


def test_one_sealed_form_sent_by_a_crowd_opens_one_session(open_door: Open, word: Word) -> None:
    door = open_door(word, step_timeout="60s")
    door.alice(word)
    visitor = door.visitor()
    token = door.token(visitor, word)
    word.after_yes = Meeting(CROWD)
    first = door.runtime.signin.answering.first
    outcomes = at_once([lambda: first(visitor, token, "alice", {"word": "open"}, "")] * CROWD)
    assert len(accepted(outcomes)) == door.sessions == 1
    assert {reason(o) for o in outcomes if not isinstance(o, SignedIn)} == {"expired"}


def test_one_sealed_ceremony_sent_by_a_crowd_is_judged_once(open_door: Open, key: Key) -> None:
    door = open_door(key)
    user = door.user("Alice")
    door.give(user, key, lookup="k")
    visitor = door.visitor()
    token = door.token(visitor, key)
    first = door.runtime.signin.answering.first
    outcomes = at_once([lambda: first(visitor, token, "", {"answer": "k+pin"}, "")] * CROWD)
    assert len(accepted(outcomes)) == door.sessions == 1
    assert key.calls == ["answer"]


@pytest.mark.parametrize("factor", [Counter, Scratch])
def test_one_code_in_many_browsers_at_the_same_moment_is_accepted_once(
    open_door: Open, word: Word, counter: Counter, factor: type[Told]
) -> None:
    """A mark that grows, and a secret from which a code is taken: in flows of their own."""
    scratch = Scratch()
    door = open_door(word, counter, scratch, step_timeout="60s")
    user = door.alice(word, counter)
    door.give(user, scratch, secret=b'["r1", "r2"]')
    tried = counter if factor is Counter else scratch
    browsers = [door.begun(door.visitor(), word) for _ in range(8)]
    asked = [door.asked(browser, tried) for browser in browsers]
    answer = {"number": "7"} if factor is Counter else {"code": "r1"}
    tried.after_yes = Meeting(len(browsers))
    outcomes = at_once(
        [
            lambda b=b, a=a: door.answer(b, a, answer)  # type: ignore[misc]
            for b, a in zip(browsers, asked, strict=True)
        ]
    )
    assert len(accepted(outcomes)) == door.sessions == 1
    rest = [reason(o) for o in outcomes if not isinstance(o, SignedIn)]
    assert set(rest) == {"wrong-answer"}
    assert len(door.refusals()) == len(rest)


def test_two_codes_at_once_are_both_used_up(
    open_door: Open, word: Word, counter: Counter, scratch: Scratch
) -> None:
    """Of two that were both right against the same row, each is accepted, and none stays."""
    door = open_door(word, counter, scratch)
    user = door.alice(word, counter)
    credential = door.give(user, scratch, secret=b'["r1", "r2", "r3"]')
    browsers = [door.begun(door.visitor(), word) for _ in range(2)]
    asked = [door.asked(browser, scratch) for browser in browsers]
    scratch.after_yes = Meeting(2)
    outcomes = at_once(
        [
            lambda b=b, a=a, c=c: door.answer(b, a, {"code": c})  # type: ignore[misc]
            for b, a, c in zip(browsers, asked, ("r1", "r2"), strict=True)
        ]
    )
    assert len(accepted(outcomes)) == 2
    with door.runtime.store.read() as connection:
        left = door.runtime.rows.get(connection, credential.credential.id)
    assert left is not None
    assert left.credential.secret == b'["r3"]'


def test_a_mark_that_never_grows_is_refused_and_recorded(open_door: Open, word: Word) -> None:
    """A factor that says yes to an old step, again and again: the row decides."""
    stuck = Scripted(
        "stuck", answer=lambda step, _a: Verified(credential=step.credentials[0], mark=5)
    )
    door = open_door(word, stuck)
    user = door.alice(word)
    door.give(user, stuck, mark=5)
    visitor = door.begun(door.visitor(), word)
    outcome = door.further(visitor, stuck, {"code": "1"})
    assert reason(outcome) == "expired"
    assert stuck.calls.count("answer") == 3
    assert (door.sessions, door.refusals()) == (0, [(user.id, "expired")])


GUESSES = 200


def _judged(outcomes: list[Outcome]) -> Tally[str]:
    return Tally(reason(o) for o in outcomes)


def _guess_first(door: Door, word: Word, name: str) -> Tally[str]:
    visitors = [door.visitor() for _ in range(GUESSES)]
    tokens = [door.token(visitor, word) for visitor in visitors]
    word.calls.clear()
    first = door.runtime.signin.answering.first
    return _judged(
        at_once(
            [
                lambda v=v, t=t: first(v, t, name, {"word": "guess"}, "")  # type: ignore[misc]
                for v, t in zip(visitors, tokens, strict=True)
            ]
        )
    )


@pytest.mark.parametrize("name", ["alice", "nobody"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_burst_of_first_guesses_never_exceeds_the_account_budget(
    open_door: Open, word: Word, redis: str, name: str, shared: bool
) -> None:
    more = {"redis": redis} if shared else {}
    door = open_door(
        word, generous=False, budgets__stranger="10/hour", budgets__client="1000/hour", **more
    )
    door.alice(word)
    _flush(redis)
    assert _guess_first(door, word, name) == {"wrong": 10, "budget": GUESSES - 10}
    assert word.calls.count("answer") == 10


def test_a_burst_of_codes_never_exceeds_the_second_budget_over_many_flows(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter, budgets__second_factor="5/hour")
    user = door.alice(word, counter)
    browsers = [door.begun(door.visitor(), word) for _ in range(40)]
    asked = [door.asked(browser) for browser in browsers]
    outcomes = at_once(
        [
            lambda b=b, a=a: door.answer(b, a, {"number": "no"})  # type: ignore[misc]
            for b, a in zip(browsers, asked, strict=True)
            for _ in range(5)
        ]
    )
    assert _judged(outcomes) == {"wrong-answer": 5, "budget": GUESSES - 5}
    assert counter.calls.count("answer") == 5
    assert set(door.refusals()) == {(user.id, "wrong-answer"), (user.id, "budget")}


def test_a_burst_within_one_challenge_never_exceeds_its_tries(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    outcomes = at_once([lambda: door.answer(visitor, asked, {"number": "no"})] * GUESSES)
    assert _judged(outcomes) == {"wrong-answer": 5, "no-tries-left": GUESSES - 5}
    assert counter.calls.count("answer") == 5
    assert (user.id, "no-tries-left") in door.refusals()


def test_a_stranger_locks_no_owner_out_of_a_known_device(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Neither at the first proof nor, with the first one stolen, at the second."""
    door = open_door(
        word,
        counter,
        generous=False,
        budgets__stranger="3/hour",
        budgets__known_device="10/hour",
        budgets__second_factor="2/hour",
    )
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    signed_in = door.further(visitor, counter, {"number": "1"})
    assert isinstance(signed_in, SignedIn)
    thief = door.begun(door.visitor(), word)
    asked = door.asked(thief)
    guesses = [reason(door.answer(thief, asked, {"number": "no"})) for _ in range(3)]
    assert guesses == ["wrong-answer", "budget", "budget"]
    assert reason(door.first(door.visitor(), word, "alice", {"word": "x"})) == "wrong"
    assert reason(door.first(door.visitor(), word, "alice", {"word": "open"})) == "budget"
    at_home = replace(door.visitor(), device=signed_in.device)
    again = door.further(door.begun(at_home, word), counter, {"number": "2"})
    assert isinstance(again, SignedIn)
    # A token that no account knows makes no device known.
    made_up = replace(door.visitor(), device="A" * 43)
    assert reason(door.first(made_up, word, "alice", {"word": "open"})) == "budget"


def test_a_stranger_behind_the_same_address_locks_no_owner_out(open_door: Open, word: Word) -> None:
    """With the budget of the address spent, a browser that the account knows goes on."""
    door = open_door(
        word,
        mailing(first=First.AFTER_NAME, second=False),
        generous=False,
        budgets__client="3/hour",
    )
    alice = door.alice(word)
    door.give(alice, door.runtime.plugins.factors["letter"])
    signed_in = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert isinstance(signed_in, SignedIn)
    home = replace(door.visitor(), device=signed_in.device)
    names = [f"n{number}" for number in range(4)]
    strangers = [replace(door.visitor(), client=home.client) for _ in names]
    found = [
        reason(door.first(visitor, word, name, {"word": "x"}))
        for visitor, name in zip(strangers, names, strict=True)
    ]
    assert found[-1] == "budget"
    signed_in = door.first(home, word, "alice", {"word": "open"})
    assert isinstance(signed_in, SignedIn)
    # Nor by a code that is sent to whoever typed the name.
    home = replace(home, device=signed_in.device)
    begun = door.runtime.signin.answering.begin(home, "letter", "alice", "")
    assert isinstance(begun, Further)
    flowing = replace(home, flow=begun.flow)
    assert reason(door.answer(flowing, door.asked(flowing), {"code": "x"})) == "wrong"


def test_an_address_whose_budget_is_spent_uses_up_no_other(open_door: Open, word: Word) -> None:
    """Neither that of an account, at its first proof, nor at a code that was sent."""
    limits = {"budgets__client": "2/hour", "budgets__stranger": "4/hour"}
    door = open_door(word, mailing(first=First.AFTER_NAME, second=False), generous=False, **limits)
    door.alice(word)
    one = door.visitor()
    found = [reason(door.first(one, word, "alice", {"word": "x"})) for _ in range(9)]
    assert found == ["wrong"] * 2 + ["budget"] * 7
    other = door.visitor()
    begun = door.runtime.signin.answering.begin(other, "letter", "alice", "")
    assert isinstance(begun, Further)
    flowing = replace(other, flow=begun.flow)
    asked = door.asked(flowing)
    spent = replace(flowing, client=one.client)
    assert [reason(door.answer(spent, asked, {"code": "x"})) for _ in range(4)] == ["budget"] * 4
    assert isinstance(door.first(door.visitor(), word, "alice", {"word": "open"}), SignedIn)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        (None, "", True),
        ("one socket", "another socket", False),
    ],
)
def test_a_network_of_one_subscriber_is_one_client(
    open_door: Open, word: Word, first: str | None, second: str | None, *, shared: bool
) -> None:
    """IPv6 by /64, IPv4 by address: at the first proof, and at registrations."""
    limits = {"budgets__client": "1/hour", "budgets__registration": "1/hour"}
    door = open_door(word, generous=False, **limits)
    found, made = [], []
    for number, address in enumerate((first, second)):
        visitor = replace(door.visitor(), client=Client(address, "Test"))
        found.append(reason(door.first(visitor, word, "nobody", {"word": "x"})))
        registering = door.runtime.registering
        assert registering is not None
        option = registering.option(visitor)
        assert option is not None
        typed = {"name": f"n{number}", "address": f"n{number}@example.org", "word": "w"}
        outcome = registering.register(visitor, option.token, typed, "")
        made.append(isinstance(outcome, SignedIn))
    assert found == ["wrong", "budget" if shared else "wrong"]
    assert made == [True, not shared]


def test_a_name_that_is_too_long_to_be_one_is_not_folded() -> None:
    """A megabyte of ligatures would fold for seconds."""
    assert spelled("ﷺ" * 100_000) == "ﷺ" * MAX_TYPED
    assert spelled(" " + "A" * MAX_TYPED) == "a" * MAX_TYPED


def test_a_known_device_has_a_budget_and_not_none(open_door: Open, word: Word) -> None:
    door = open_door(word, generous=False, budgets__known_device="2/hour")
    door.alice(word)
    signed_in = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert isinstance(signed_in, SignedIn)
    home = replace(door.visitor(), device=signed_in.device)
    guesses = [reason(door.first(home, word, "alice", {"word": "x"})) for _ in range(3)]
    assert guesses == ["wrong", "wrong", "budget"]


def test_one_address_cannot_try_name_after_name(open_door: Open, word: Word) -> None:
    door = open_door(word, generous=False, budgets__client="3/hour")
    visitor = door.visitor()
    names = ["a", "b", "c", "d"]
    found = [reason(door.first(visitor, word, name, {"word": "x"})) for name in names]
    assert found == ["wrong", "wrong", "wrong", "budget"]
    nowhere = replace(visitor, client=replace(visitor.client, address=None))
    found = [reason(door.first(nowhere, word, name, {"word": "x"})) for name in names]
    assert found == ["wrong", "wrong", "wrong", "budget"]


def test_what_finds_its_user_is_limited_by_client(open_door: Open, key: Key) -> None:
    door = open_door(key, generous=False, budgets__client="2/hour")
    visitor = door.visitor()
    found = [reason(door.first(visitor, key, "", {"answer": "x"})) for _ in range(3)]
    assert found == ["wrong-answer", "wrong-answer", "budget"]
    assert key.calls == ["answer", "answer"]


def test_a_step_up_answered_by_a_crowd_rotates_the_session_once(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter, step_timeout="60s")
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    member = door.member(door.further(visitor, counter, {"number": "1"}))
    door.clock.advance(door.runtime.settings.fresh_proof * 2)
    fresh = Assurance(within=door.runtime.settings.fresh_proof)
    up = door.stepping_up(member, fresh)
    asked = door.asked(up, counter, Purpose.STEP_UP)
    counter.after_yes = Meeting(5)
    outcomes = at_once([lambda: door.answer(up, asked, {"number": "9"}, Purpose.STEP_UP)] * CROWD)
    assert len(accepted(outcomes)) == 1
    assert door.sessions == 1
    assert len(door.events.of("step-up.done")) == 1


def test_two_first_proofs_in_one_flow_go_on_once(open_door: Open, counter: Counter) -> None:
    """Name first: the flow is there before anything is proved, and moves on once."""
    shy = Word("shy")
    shy.begin_challenge = _name_first  # type: ignore[method-assign]
    door = open_door(shy, counter, step_timeout="60s")
    door.alice(shy, counter)
    visitor = door.visitor()
    begun = door.runtime.signin.answering.begin(visitor, "shy", "alice", "")
    assert isinstance(begun, Further)
    visitor = replace(visitor, flow=begun.flow)
    asked = door.asked(visitor)
    shy.after_yes = Meeting(5)
    outcomes = at_once([lambda: door.answer(visitor, asked, {"word": "open"})] * 5)
    assert sum(isinstance(o, Further) for o in outcomes) == 1
    assert isinstance(door.further(visitor, counter, {"number": "3"}), SignedIn)


def _name_first(step: Step, /) -> Challenge | Refused:
    if not step.credentials:
        return Refused("name-first", words("Name first."))
    return form("word")


def _flush(redis: str) -> None:
    import redis as library

    with library.Redis.from_url(redis) as connection:
        connection.flushdb()
