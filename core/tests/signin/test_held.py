"""A plugin's users and its language: for how long one that fails is left in peace."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ostiary.contracts import User
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


@pytest.mark.parametrize("given", ["alic", "alicf", "ALICE", "zoe"])
def test_a_user_of_another_id_is_never_the_answer(given: str) -> None:
    """Whether it sorts before or after the one that was asked for."""

    class Directory:
        def get(self, _user_id: str, /) -> Any:
            return User(given, "Alice")

        named = get

    with pytest.raises(Fault):
        HeldDirectory("host", Directory(), Runner(5, 1)).get("alice")
