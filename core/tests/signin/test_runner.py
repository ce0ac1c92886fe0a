"""Asking plugins: each in slots of its own, for so long, and whatever it raises stays inside."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ostiary.contracts import (
    CodeFactor,
    CredentialRefused,
    Field,
    House,
    Kind,
    Properties,
    SignInGuard,
    Strength,
    Text,
    User,
    Verified,
)
from ostiary.signin.held import HeldDirectory, HeldLocalization
from ostiary.signin.runner import Fault, Runner

from .conftest import NO, at_once, in_steps_of, until_done, words


def fails(error: BaseException) -> Any:
    def step(*_told: object) -> Any:
        raise error

    return step


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


def test_a_step_is_told_what_it_is_told_and_answers() -> None:
    assert Runner(5, 1).ask("p", lambda a, b: a + b, 1, 2) == 3
    assert Runner(5, 1).call("p", lambda a, b: a + b, 1, 2) == 3


@pytest.mark.parametrize("how", ["ask", "call"])
@pytest.mark.parametrize("error", [ValueError("hunter2"), SystemExit("hunter2"), GeneratorExit()])
def test_what_it_raises_is_a_fault_named_by_type(
    how: str, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    runner = Runner(5, 1)
    for _ in range(3):  # The slot is given back each time.
        with pytest.raises(Fault) as caught:
            getattr(runner, how)("p", fails(error))
        assert (caught.value.plugin, caught.value.reason) == ("p", "plugin-error")
        assert caught.value.__cause__ is None
    assert [r.getMessage() for r in caplog.records] == [
        f"plugin p.step: raised {type(error).__name__}"
    ] * 3
    assert not any(r.exc_info for r in caplog.records)


def test_one_that_hangs_in_the_callers_thread_is_named_once_by_the_watchdog(
    gate: threading.Event,
) -> None:
    """A handler of the test's own: another may see the line only after this one did."""
    named = threading.Event()
    lines = []

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "stuck.wait: no answer" in record.getMessage():
                lines.append(record.getMessage())
                named.set()

    seen = Seen()
    logging.getLogger("ostiary.signin").addHandler(seen)
    try:
        runner = Runner(0.05, 1)
        thread = threading.Thread(target=runner.call, args=("stuck", gate.wait))
        thread.start()
        assert named.wait(30)
        gate.set()
        thread.join(30)
    finally:
        logging.getLogger("ostiary.signin").removeHandler(seen)
    assert len(lines) == 1


def test_what_contracts_leave_open_objects_to_nothing() -> None:
    nothing: Any = None
    guard = SignInGuard()
    assert guard.check_attempt(nothing) is guard.check_chosen(nothing, "f", "s") is None
    refused = CredentialRefused(words("No."), NO, credential="c")
    assert (str(refused), refused.private, refused.credential) == (NO.reason, NO, "c")
    stubs: Any = (House.site, House.users)
    assert [stub.fget(nothing) for stub in stubs] == [None, None]


def test_an_interrupt_of_the_operator_is_no_fault_of_a_plugin() -> None:
    with pytest.raises(KeyboardInterrupt):
        Runner(5, 1).call("p", fails(KeyboardInterrupt()))


def test_an_exception_that_is_an_answer_passes() -> None:
    with pytest.raises(LookupError):
        Runner(5, 1).call("p", fails(KeyError()), passing=LookupError)
    with pytest.raises(Fault):
        Runner(5, 1).call("p", fails(ValueError()), passing=LookupError)


def test_one_that_hangs_uses_up_its_own_slots_and_no_others(gate: threading.Event) -> None:
    runner = Runner(0.2, 2)
    for expected in ("plugin-timeout", "plugin-timeout", "plugin-stuck"):
        with pytest.raises(Fault) as caught:
            runner.ask("stuck", gate.wait)
        assert caught.value.reason == expected
    assert runner.ask("other", lambda: "fine") == "fine"
    assert len(in_steps_of("stuck")) == 2
    gate.set()
    until_done("stuck")
    assert runner.ask("stuck", lambda: "again") == "again"
    until_done("stuck")
    assert in_steps_of("stuck") == []


def test_a_busy_plugin_is_waited_for() -> None:
    """More requests than slots are no fault while each of them is quick."""
    runner = Runner(30, 2)
    assert at_once([lambda: runner.ask("busy", lambda: 1)] * 32) == [1] * 32


def test_a_coroutine_is_no_answer_and_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    async def late() -> bool:
        return True

    runner = Runner(5, 1)
    value: Any = late()
    fault = runner.refuse("p", value, "an answer")
    assert fault.reason == "plugin-answer"
    assert value.cr_frame is None
    assert caplog.records[-1].getMessage() == (
        "plugin p: answered with coroutine, allowed: an answer"
    )


class Directory:
    def __init__(self, said: Any) -> None:
        self.said = said

    def get(self, _user_id: str, /) -> Any:
        return self.said() if callable(self.said) else self.said

    def named(self, name: str, /) -> Any:
        return self.get(name)


ALICE = User("alice", "Alice")


@pytest.mark.parametrize("said", [True, "alice", User("alice", 1), fails(OSError())])  # type: ignore[arg-type]
def test_a_directory_that_says_what_is_no_user_is_a_fault(said: Any) -> None:
    held = HeldDirectory("host", Directory(said), Runner(5, 1))
    for ask in (held.get, held.named):
        with pytest.raises(Fault):
            ask("alice")


def test_a_directory_cannot_give_another_user_than_was_asked_for() -> None:
    held = HeldDirectory("host", Directory(ALICE), Runner(5, 1))
    assert held.get("alice") == held.named("whoever") == ALICE
    with pytest.raises(Fault):
        held.get("bob")
    assert HeldDirectory("host", Directory(None), Runner(5, 1)).get("bob") is None


class Tongue:
    locales: tuple[str, ...] = ("de", "en")

    def __init__(self, said: Any) -> None:
        self.said = said
        self.calls = 0

    def negotiate(self, _accepted: str, _preferred: str | None, /) -> Any:
        self.calls += 1
        return self.said() if callable(self.said) else self.said

    def say(self, _text: Text, locale: str, /) -> Any:
        return self.negotiate(locale, None)

    def direction(self, locale: str, /) -> Any:
        return self.negotiate(locale, None)


def test_a_language_that_fails_is_english() -> None:
    for said in (None, 1, "xx", fails(OSError())):
        held = HeldLocalization("words", Tongue(said), Runner(5, 1))
        assert held.negotiate("de", None) == "en"
        assert held.direction("de") == "ltr"
        assert held.say(words("Hello"), "de") == ("xx" if said == "xx" else "Hello")
    held = HeldLocalization("words", Tongue("de"), Runner(5, 1))
    assert held.negotiate("de", None) == "de"
    assert HeldLocalization("words", Tongue("rtl"), Runner(5, 1)).direction("ar") == "rtl"


def test_a_language_that_goes_on_failing_is_left_in_peace_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tongue = Tongue(fails(OSError()))
    held = HeldLocalization("words", tongue, Runner(5, 1))
    for _ in range(50):
        held.negotiate("de", None)
    assert tongue.calls < 50
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert sum("is not asked" in line for line in lines) == 1


class Codes(CodeFactor):
    """The shortest factor there is."""

    name = "codes"
    title = words("Codes")
    properties = Properties(Strength(frozenset({Kind.HAVE})))
    code_text = words("Type the code")
    code_field = Field("code", words("Code"), "code")

    def begin_enrolment(self, step: Any, /) -> Any:
        return self.begin_challenge(step)

    def finish_enrolment(self, step: Any, answer: Any, /) -> Any:
        return NO

    def match(self, step: Any, credential: Any, code: str, /) -> Any:
        return Verified(credential=credential) if credential == code else NO


class TestCodeFactor:
    """The first credential that matches; else the refusal of the last."""

    def answer(self, credentials: tuple[Any, ...], code: str) -> Any:
        class Step:
            pass

        step: Any = Step()
        step.credentials = credentials
        return Codes().answer_challenge(step, {"code": code})

    def test_it_asks_for_its_field(self) -> None:
        step: Any = None
        challenge: Any = Codes().begin_challenge(step)
        assert (challenge.text, challenge.fields) == (Codes.code_text, (Codes.code_field,))

    def test_it_tries_every_credential(self) -> None:
        assert self.answer(("a", "b"), "b").credential == "b"
        assert self.answer(("a", "b"), "c") is NO
        with pytest.raises(LookupError):
            self.answer((), "a")

    def test_what_is_optional_does_nothing(self) -> None:
        nothing: Any = None
        codes = Codes()
        assert (codes.describe(nothing), codes.changed(nothing), codes.decoy()) == ((), None, None)
