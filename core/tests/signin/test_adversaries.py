"""Factors and guards that do whatever they should not: no way in, an event, a line in the log."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ostiary.contracts import (
    Assurance,
    Attempt,
    Credential,
    Enrolled,
    First,
    Form,
    Pending,
    Refused,
    SignInGuard,
    Step,
    Strength,
    Text,
    User,
    Verified,
)
from ostiary.signin import Denied, Further, Question, SignedIn
from ostiary.testing.houses import plugin_of

from .conftest import (
    BOTH,
    HAVE,
    KNOW,
    Counter,
    Door,
    Key,
    Open,
    Scripted,
    Word,
    form,
    reason,
    words,
)

SECRET = "hunter2"


class Mine(BaseException):
    """A plugin's own, beyond Exception."""


class Yes(Verified):
    """A plugin's own idea of a yes."""


def _raise(error: BaseException) -> Callable[..., Any]:
    def step(*_told: object) -> Any:
        raise error

    return step


async def _coroutine(*_told: object) -> Any:
    return True


def _generator(*_told: object) -> Any:
    yield True


def _mutating(step: Step, answer: Any) -> Any:
    """Rewrite all that was given, then answer as if it were so."""
    object.__setattr__(step.credentials[0], "id", "made-up")
    object.__setattr__(step.credentials[0], "mark", 10**6)
    object.__setattr__(step, "user", User("mallory", "mallory"))
    if isinstance(step.state, dict):
        step.state["admin"] = True
    answer["code"] = "right"
    return Verified(credential=step.credentials[0])


def _swallowing(step: Step, _answer: object) -> Any:
    """Hide one's own error, and let everybody in."""
    try:
        _raise(PermissionError(SECRET))()
    except PermissionError:
        return True


class _EqualToAll:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANSWERS: dict[str, tuple[Callable[..., Any], str]] = {
    "Exception": (_raise(ValueError(SECRET)), "plugin-error"),
    "BaseException": (_raise(Mine(SECRET)), "plugin-error"),
    "SystemExit": (_raise(SystemExit(SECRET)), "plugin-error"),
    "KeyboardInterrupt": (_raise(KeyboardInterrupt(SECRET)), "plugin-error"),
    "StopIteration": (_raise(StopIteration(SECRET)), "plugin-error"),
    "True": (lambda *_: True, "plugin-answer"),
    "None": (lambda *_: None, "plugin-answer"),
    "1": (lambda *_: 1, "plugin-answer"),
    "coroutine": (_coroutine, "plugin-answer"),
    "generator": (_generator, "plugin-answer"),
    "subclass": (lambda step, _: Yes(credential=step.credentials[0]), "plugin-answer"),
    "class": (lambda *_: Verified, "plugin-answer"),
    "equal to all": (lambda *_: _EqualToAll(), "plugin-answer"),
    "made up": (
        lambda *_: Verified(credential=Credential("made-up", "u", SECRET)),
        "plugin-answer",
    ),
    "Enrolled": (lambda *_: Enrolled(label=words(SECRET)), "plugin-answer"),
    "Pending": (lambda *_: Pending(), "plugin-answer"),
    "more than it can": (
        lambda step, _: Verified(credential=step.credentials[0], strength=KNOW),
        "plugin-answer",
    ),
    "nothing proved": (
        lambda step, _: Verified(credential=step.credentials[0], strength=Strength(frozenset())),
        "plugin-answer",
    ),
    "mutating": (_mutating, "plugin-answer"),
    "swallowing": (_swallowing, "plugin-answer"),
    "huge": (lambda *_: form("code", state={"a": "x" * 10**6}), "plugin-answer"),
    "not JSON": (lambda *_: form("code", state={"a": {1}}), "plugin-answer"),
    "reserved field": (lambda *_: form("csrf_token"), "plugin-answer"),
    "odd refusal": (lambda *_: Refused(SECRET, None), "plugin-answer"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("adversary", ANSWERS)
def test_a_factor_that_breaks_its_contract_lets_nobody_in(
    open_door: Open, word: Word, adversary: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, expected = ANSWERS[adversary]
    broken = Scripted("broken", HAVE, answer=answer)
    door = open_door(word, broken)
    user = door.alice(word)
    stored = door.give(user, broken)
    visitor = door.begun(door.visitor(), word)
    outcome = door.further(visitor, broken, {"code": "x"})
    assert isinstance(outcome, Denied)
    assert (outcome.reason, outcome.status, outcome.over) == (expected, 503, True)
    assert (door.sessions, door.refusals()) == (0, [(user.id, expected)])
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert lines
    assert all("broken" in line and SECRET not in line for line in lines)
    assert all(r.exc_info is None for r in caplog.records)
    if expected == "plugin-error":
        assert lines[0].endswith(f"raised {adversary}".replace("BaseException", "Mine")) or (
            adversary == "Exception" and lines[0].endswith("raised ValueError")
        )
    # The row is as it was: nothing of what the plugin did to its copy came through.
    with door.runtime.store.read() as connection:
        assert door.runtime.rows.get(connection, stored.credential.id) == stored


@pytest.mark.parametrize("adversary", ["Exception", "SystemExit", "True", "None", "coroutine"])
def test_a_factor_that_fails_to_begin_leaves_an_event_and_the_other_ways(
    open_door: Open, word: Word, counter: Counter, adversary: str
) -> None:
    answer, expected = ANSWERS[adversary]
    broken = Scripted("broken", HAVE, begin=answer)
    door = open_door(word, broken, counter)
    user = door.alice(word, counter)
    door.give(user, broken)
    visitor = door.begun(door.visitor(), word)
    question = door.question(visitor, broken)
    assert reason(question.asked) in {"fault", expected}
    assert [other.factor for other in question.others] == ["counter"]
    assert door.refusals() == [(user.id, expected)]
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)


def test_another_users_credential_opens_nothing(open_door: Open, word: Word) -> None:
    """A step knows one user's credentials; ``find`` knows no other's once somebody is known."""
    found: list[Credential | None] = []

    def answer(step: Step, _answer: object) -> Any:
        found.append(step.find("bobs"))
        return Verified(credential=Credential(bobs.credential.id, bobs.credential.user_id, "x"))

    thief = Scripted("thief", answer=answer)
    door = open_door(word, thief)
    alice, bob = door.alice(word), door.user("Bob")
    door.give(alice, thief, lookup="alices")
    bobs = door.give(bob, thief, lookup="bobs")
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, thief, {"code": "x"})) == "plugin-answer"
    assert (found, door.sessions) == ([None], 0)


def test_what_one_run_was_handed_is_not_good_for_the_next_user(open_door: Open, key: Key) -> None:
    kept: list[Credential] = []

    def answer(step: Step, given: Any) -> Any:
        credential = step.find(given["code"]) or kept[0]
        kept.append(credential)
        return Verified(credential=credential)

    hoarder = Scripted("hoarder", first=First.FINDS_USER, second=False, answer=answer)
    door = open_door(hoarder)
    door.give(door.user("Alice"), hoarder, lookup="a")
    assert isinstance(door.first(door.visitor(), hoarder, "", {"code": "a"}), SignedIn)
    assert reason(door.first(door.visitor(), hoarder, "", {"code": "?"})) == "plugin-answer"
    assert door.sessions == 1


def test_a_claim_beyond_the_factors_properties_is_cut(open_door: Open, word: Word) -> None:
    """Two kinds claimed by a factor that proves one are one: the second factor is asked for."""
    boastful = Scripted(
        "boastful",
        HAVE,
        first=First.FINDS_USER,
        answer=lambda step, _: Verified(credential=step.find("a"), strength=BOTH),
    )
    door = open_door(word, boastful)
    user = door.alice(word)
    door.give(user, boastful, lookup="a")
    visitor = door.visitor()
    outcome = door.first(visitor, boastful, "", {"code": "x"})
    assert isinstance(outcome, Further)
    assert door.sessions == 0


def test_a_factor_for_two_kinds_that_does_not_say_which_is_refused(
    open_door: Open, word: Word
) -> None:
    vague = Scripted("vague", BOTH, answer=lambda s, _: Verified(credential=s.credentials[0]))
    door = open_door(word, vague)
    door.give(door.alice(word), vague)
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, vague, {"code": "x"})) == "plugin-answer"


class Hangs:
    """A step that ends when the test does."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.entered = threading.Semaphore(0)

    def __call__(self, *_told: object) -> Any:
        self.entered.release()
        assert self.release.wait(60)
        return words("late")


@pytest.fixture
def hang() -> Any:
    hang = Hangs()
    yield hang
    hang.release.set()


def test_a_factor_that_hangs_is_named_and_others_go_on(
    open_door: Open,
    word: Word,
    counter: Counter,
    hang: Hangs,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stuck = Scripted("stuck", HAVE, answer=hang)
    door = open_door(word, counter, stuck, step_timeout="1s", factor_slots=2)
    user = door.alice(word, counter)
    door.give(user, stuck)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor, stuck)
    for expected in ("plugin-timeout", "plugin-timeout", "plugin-stuck"):
        assert reason(door.answer(visitor, asked, {"code": "x"})) == expected
    assert [why for _, why in door.refusals()] == ["plugin-timeout"] * 2 + ["plugin-stuck"]
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(lines) == 3
    assert all("stuck.answer_challenge" in line for line in lines)
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)
    hang.release.set()


# Decoys.


@pytest.mark.parametrize(
    "decoy", [None, True, "made", _coroutine], ids=["None", "True", "str", "a"]
)
def test_a_decoy_that_is_none_is_a_fault(open_door: Open, decoy: Any) -> None:
    """Checked at the start; a factor that changes its mind later opens nothing either."""
    makes: list[Any] = [Credential("decoy", "", "Decoy")]
    odd = Scripted(
        "odd",
        first=First.AFTER_NAME,
        second=False,
        make_decoy=lambda: makes[0]() if callable(makes[0]) else makes[0],
        answer=lambda step, _: Verified(credential=step.credentials[0]),
    )
    door = open_door(odd)
    door.give(door.user("Alice"), odd)
    makes[0] = decoy
    for name in ("alice", "nobody"):
        assert reason(door.first(door.visitor(), odd, name, {"code": "x"})) == "plugin-answer"
        begun = door.runtime.signin.answering.begin(door.visitor(), "odd", name, "")
        assert reason(begun) == "plugin-answer"
    assert len(door.refusals()) == 4
    assert door.sessions == 0


# Guards.


class Guard(SignInGuard):
    """A guard that does what the test says."""

    name = "guard"

    def __init__(self, attempt: Any = None, chosen: Any = None) -> None:
        self.attempt, self.chosen = attempt, chosen
        self.seen: list[Any] = []

    def check_attempt(self, attempt: Attempt, /) -> Any:
        self.seen.append(attempt)
        return None if self.attempt is None else self.attempt(attempt)

    def check_chosen(self, user: User, factor: str, secret: str, /) -> Any:
        self.seen.append((user, factor, secret))
        return None if self.chosen is None else self.chosen(user, factor, secret)


def guarded(open_door: Open, guard: Guard, *plugins: Any, **settings: Any) -> Door:
    return open_door(*plugins, plugin_of(sign_in_guards=[guard]), **settings)


GUARDS = {
    name: ANSWERS[name]
    for name in ("Exception", "BaseException", "SystemExit", "True", "1", "coroutine", "generator")
}


@pytest.mark.parametrize("adversary", GUARDS)
def test_a_guard_that_fails_refuses(
    open_door: Open, word: Word, adversary: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, expected = GUARDS[adversary]
    door = guarded(open_door, Guard(answer), word)
    user = door.alice(word)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == expected
    assert (door.sessions, door.refusals()) == (0, [(user.id, expected)])
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert "guard" in line
    assert SECRET not in caplog.text


def test_a_guard_may_refuse_in_its_own_words_and_ends_the_flow(
    open_door: Open, word: Word, counter: Counter
) -> None:
    no = Refused("at-night", words("Not at night."))
    guard = Guard(lambda _attempt: no)
    door = guarded(open_door, guard, word, counter)
    user = door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    assert guard.seen == []  # Asked only once the proofs are in.
    outcome = door.further(visitor, counter, {"number": "1"})
    assert isinstance(outcome, Denied)
    assert (outcome.reason, outcome.text, outcome.over) == ("at-night", no.text, True)
    assert door.refusals() == [(user.id, "at-night")]
    question = door.runtime.signin.ways.question(visitor, guard.seen[0].purpose, None)
    assert reason(question) == "expired"
    # The code is used up all the same.
    assert reason(door.further(door.begun(visitor, word), counter, {"number": "1"})) != "at-night"


def test_a_guard_is_told_who_whence_and_whether_the_browser_is_known(
    open_door: Open, word: Word
) -> None:
    guard = Guard()
    door = guarded(open_door, guard, word)
    user = door.alice(word)
    visitor = door.visitor()
    signed_in = door.first(visitor, word, "alice", {"word": "open"})
    assert isinstance(signed_in, SignedIn)
    door.first(replace(visitor, device=signed_in.device), word, "alice", {"word": "open"})
    first, second = guard.seen
    assert (first.user, first.means, first.client) == (user, "session", visitor.client)
    assert (first.known_device, second.known_device) == (False, True)


def test_a_guard_may_demand_more_and_gets_it(open_door: Open, word: Word, counter: Counter) -> None:
    """Two kinds where the account's own policy would be content with one."""
    guard = Guard(lambda _attempt: Assurance(proofs=2))
    door = guarded(open_door, guard, word, counter)
    user = door.user("Alice")
    door.give(user, word, secret=b"open")
    door.give(user, replace_second(counter))
    visitor = door.begun(door.visitor(), word)
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)


def replace_second(factor: Counter) -> Counter:
    """The same factor, whose credentials do not ask for a second proof by themselves."""
    other = Counter(factor.name, second=False)
    assert other.name == factor.name
    return other


def test_a_guard_that_demands_what_nobody_can_prove_keeps_the_door_shut(
    open_door: Open, word: Word
) -> None:
    guard = Guard(lambda _attempt: Assurance(phishing_resistant=True))
    door = guarded(open_door, guard, word)
    user = door.alice(word)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == "factor-unavailable"
    assert (door.sessions, door.refusals()) == (0, [(user.id, "factor-unavailable")])


def test_guards_cannot_take_each_others_word_back(open_door: Open, word: Word) -> None:
    """One wants more and the other has no objection: more it is."""

    class Lenient(Guard):
        name = "lenient"

    strict, lenient = Guard(lambda _a: Assurance(proofs=2)), Lenient()
    door = open_door(word, plugin_of(sign_in_guards=[strict, lenient]))
    door.alice(word)
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == "factor-unavailable"


def test_what_a_factor_made_of_its_challenge_comes_back_as_it_was(
    open_door: Open, word: Word
) -> None:
    """State is a copy each time: what one answer did to it, the next one does not see."""
    seen: list[Any] = []

    def answer(step: Step, _answer: object) -> Any:
        seen.append(list(step.state["list"]))  # type: ignore[arg-type]
        step.state["list"].append(2)  # type: ignore[union-attr]
        return Refused("no", Text("tests", "No."))

    door = open_door(
        word,
        factor := Scripted(
            "factor", begin=lambda _s: form("code", state={"list": [1]}), answer=answer
        ),
    )
    door.give(door.alice(word), factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert isinstance(asked.challenge, Form)
    for _ in range(2):
        door.answer(visitor, asked, {"code": "x"})
    assert seen == [[1], [1]]
    with door.runtime.store.read() as connection:
        row = door.runtime.signin.parts.challenges.load(
            connection, asked.handle, asked.bound_to, asked.purpose
        )
    assert row is not None
    assert row.challenge.state == {"list": [1]}


def test_the_verify_page_is_a_question_even_then(open_door: Open, word: Word) -> None:
    broken = Scripted("broken", begin=_raise(ValueError()))
    door = open_door(word, broken)
    door.give(door.alice(word), broken)
    visitor = door.begun(door.visitor(), word)
    assert isinstance(door.question(visitor), Question)
