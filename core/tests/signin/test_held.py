"""A plugin's users and its language: for how long one that fails is left in peace."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ostiary.contracts import Text, User
from ostiary.signin import held as module
from ostiary.signin.held import HeldDirectory, HeldLocalization
from ostiary.signin.runner import Fault, Runner


class Tongue:
    """Says ``de``, or fails."""

    locales: tuple[str, ...] = ("de", "en")

    def __init__(self) -> None:
        self.calls = 0
        self.fails = True

    def negotiate(self, _accepted: str, _preferred: str | None, /) -> Any:
        self.calls += 1
        return None if self.fails else "de"

    def say(self, _text: Any, _locale: str, /) -> Any:
        return self.negotiate("", None)

    def direction(self, _locale: str, /) -> Any:
        return self.negotiate("", None)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that the module sees, soon after the machine began to count it."""
    seconds = SimpleNamespace(now=0.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: seconds.now))
    return seconds


def asked(held: HeldLocalization, times: int) -> list[str]:
    return [held.negotiate("de", None) for _ in range(times)]


def test_after_ten_faults_in_a_row_a_language_is_silent_for_half_a_minute(
    seconds: SimpleNamespace,
) -> None:
    tongue = Tongue()
    held = HeldLocalization("words", tongue, Runner(5, 1))
    for round_ in (1, 2):
        assert asked(held, 9) == ["en"] * 9
        assert tongue.calls == round_ * 10 - 1
        assert asked(held, 5) == ["en"] * 5
        assert tongue.calls == round_ * 10
        seconds.now += 29.75
        assert asked(held, 1) == ["en"]
        assert tongue.calls == round_ * 10
        seconds.now += 0.25
    tongue.fails = False
    assert asked(held, 1) == ["de"]


def test_only_faults_in_a_row_count(seconds: SimpleNamespace) -> None:
    tongue = Tongue()
    held = HeldLocalization("words", tongue, Runner(5, 1))
    for _ in range(3):
        tongue.fails = True
        assert asked(held, 9) == ["en"] * 9
        tongue.fails = False
        assert asked(held, 1) == ["de"]
    assert tongue.calls == 30


class Lookup(Tongue):
    """One whose ``say`` only looks a text up."""

    direct = True
    answer: Any = "gesagt"

    def say(self, _text: Any, _locale: str, /) -> Any:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Stuck(Runner):
    """One whose slots are all taken."""

    def call(self, plugin: str, *_given: Any, **_more: Any) -> Any:
        raise Fault(plugin, "plugin-stuck")


class Markup(str):
    """A subclass, as that of markupsafe."""

    __slots__ = ()


def test_what_is_looked_up_is_said_without_a_slot(seconds: SimpleNamespace) -> None:
    """Everything else is refused where no slot is left."""
    tongue = Lookup()
    held = HeldLocalization("words", tongue, Stuck(5, 1))
    assert held.say(Text("d", "said"), "de") == "gesagt"
    assert held.negotiate("de", None) == "en"
    tongue.fails = False
    assert held.locales == ("en",)


@pytest.mark.parametrize("answer", [RuntimeError("secret"), None, Markup("<b>"), b"x"])
def test_a_lookup_that_fails_is_english_and_left_in_peace_in_the_end(
    seconds: SimpleNamespace, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    tongue = Lookup()
    tongue.answer = answer
    held = HeldLocalization("words", tongue, Runner(5, 1))
    assert [held.say(Text("d", "said"), "de") for _ in range(30)] == ["said"] * 30
    assert tongue.calls < 30
    assert "secret" not in caplog.text
    assert "is not asked for 30 seconds" in caplog.text


class Writer(Tongue):
    """One that knows how to write times, or fails."""

    answer: Any = "gestern"

    def show(self, _value: Any, _locale: str, _zone: str | None, /) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("answer", [RuntimeError("secret"), None, Markup("<b>")])
def test_a_time_that_cannot_be_written_is_as_without_a_localization(
    seconds: SimpleNamespace, answer: Any
) -> None:
    tongue = Writer()
    held = HeldLocalization("words", tongue, Runner(5, 1))
    at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    assert held.show(at, "de", None) == "gestern"
    tongue.answer = answer
    assert held.show(at, "de", None) == "2026-05-04 12:30 UTC"
    assert HeldLocalization("words", Tongue(), Runner(5, 1)).show(at, "de", None).endswith("UTC")


@pytest.mark.parametrize("given", ["alic", "alicf", "ALICE", "zoe"])
def test_a_user_of_another_id_is_never_the_answer(given: str) -> None:
    """Whether it sorts before or after the one that was asked for."""

    class Directory:
        def get(self, _user_id: str, /) -> Any:
            return User(given, "Alice")

        named = get

    with pytest.raises(Fault):
        HeldDirectory("host", Directory(), Runner(5, 1)).get("alice")


class Told(Lookup):
    """One that knows which language its words are in, or fails."""

    known: Any = ("gesagt", "en")

    def tell(self, _text: Any, _locale: str, /) -> Any:
        if isinstance(self.known, Exception):
            raise self.known
        return self.known

    show = Writer.show


@pytest.mark.parametrize("known", [RuntimeError("x"), None, ("a",), (1, "en"), (Markup("b"), "en")])
def test_words_without_a_sound_language_are_in_that_of_the_page(known: Any) -> None:
    tongue = Told()
    held = HeldLocalization("words", tongue, Stuck(5, 1))
    assert held.tell(Text("d", "said"), "de") == ("gesagt", "en")
    tongue.known = known
    assert held.tell(Text("d", "said"), "de") == ("gesagt", "de")
    assert HeldLocalization("words", Lookup(), Stuck(5, 1)).tell(Text("d", "x"), "de")[1] == "de"


@pytest.mark.parametrize("answer", [RuntimeError("secret"), Markup("<b>")])
def test_a_time_that_is_looked_up_and_fails_is_plain(answer: Any) -> None:
    tongue = Told()
    held = HeldLocalization("words", tongue, Stuck(5, 1))
    at = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
    tongue.answer = "gestern"
    assert held.show(at, "de", None) == "gestern"
    tongue.answer = answer
    assert held.show(at, "de", None) == "2026-05-04 12:30 UTC"
