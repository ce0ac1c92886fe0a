"""Budgets: moving windows in this process and in Redis, and what is left when Redis is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItem, parse, parse_many

from ostiary.signin import budgets as module
from ostiary.signin.budgets import (
    MAX_WINDOWS,
    SWEEP_STEP,
    TELL_EVERY,
    Budgets,
    LocalStorage,
)
from ostiary.testing.services import free_port, redis_server

from .conftest import at_once

LIMITS: dict[str, list[RateLimitItem]] = {"x": [parse("3/minute")]}


class Seconds:
    """A clock of seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


ACTS = st.lists(
    st.tuples(
        st.sampled_from("ab"), st.sampled_from([0.0, 0.5, 1.0, 9.5, 10.0, 30.0]), st.integers(1, 2)
    ),
    max_size=60,
)


@given(ACTS, st.integers(1, 5))
def test_local_windows_agree_with_a_naive_list(acts: list[Any], limit: int) -> None:
    """The oracle keeps every attempt, and counts those of the last ten seconds."""
    seconds = Seconds()
    storage = LocalStorage(seconds)
    kept: dict[str, list[float]] = {"a": [], "b": []}
    for key, passes, amount in acts:
        seconds.now += passes
        within = [at for at in kept[key] if at > seconds.now - 10]
        expected = len(within) + amount <= limit
        assert storage.acquire_entry(key, limit, 10, amount) is expected
        kept[key] = within + [seconds.now] * amount if expected else within
        begin, count = storage.get_moving_window(key, limit, 10)
        assert count == len(kept[key])
        assert begin == (kept[key][0] if kept[key] else seconds.now)


def test_a_window_moves(seconds: Seconds) -> None:
    budgets = Budgets(LIMITS, clock=seconds)
    found = []
    for _ in range(5):  # At 0, 15, 30 and 45 seconds; at 60 the first one is out.
        found.append(budgets.charge("x", "k"))
        seconds.now += 15
    assert found == [True, True, True, False, True]
    seconds.now += 60
    assert [budgets.charge("x", "k") for _ in range(4)] == [True, True, True, False]


def test_keys_and_budgets_do_not_share(seconds: Seconds) -> None:
    budgets = Budgets({"x": LIMITS["x"], "y": LIMITS["x"]}, clock=seconds)
    for key in ("a", "b"):
        assert [budgets.charge("x", key) for _ in range(4)] == [True, True, True, False]
    assert budgets.charge("y", "a")
    assert budgets.charge("x", "a", "b")
    with pytest.raises(KeyError):
        budgets.charge("unknown", "a")


def test_every_limit_of_a_budget_holds_and_is_charged(seconds: Seconds) -> None:
    budgets = Budgets({"x": parse_many("2/minute; 3/hour")}, clock=seconds)
    assert [budgets.charge("x", "k") for _ in range(3)] == [True, True, False]
    # The refused attempt was counted by the hour, so that it is used up now.
    seconds.now += 61
    assert not budgets.charge("x", "k")


def test_made_up_names_do_not_pile_up(seconds: Seconds) -> None:
    """And no attempt waits until all of them are gone: each forgets a few."""
    storage = LocalStorage(seconds)
    for number in range(1000):
        storage.acquire_entry(f"k{number}", 1, 10)
        storage.acquire_entry(f"long{number}", 1, 1000)
    seconds.now += 10
    for _ in range(1000 // SWEEP_STEP):
        assert storage.acquire_entry("fresh", 1000, 10)
    assert storage.reset() == 1000 + 1
    for number in range(1000):
        storage.acquire_entry(f"k{number}", 1, 10)
    seconds.now += 10
    storage.acquire_entry("fresh", 1, 10)
    assert storage.reset() == 1000 + 1 - SWEEP_STEP


def test_there_are_never_more_windows_than_there_may_be(
    seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    """The one goes that was used longest ago, whichever its length; the log says so at times."""
    storage = LocalStorage(seconds, most=4)
    for key, expiry in (("a", 1000), ("b", 500), ("c", 1000), ("d", 500)):
        assert storage.acquire_entry(key, 1, expiry)
        seconds.now += 1
    assert not storage.acquire_entry("a", 1, 1000)  # A refused attempt is a use.
    assert not caplog.records
    seconds.now += 1
    for key in "xyz":  # B, c and d go.
        assert storage.acquire_entry(key, 1, 1000)
    assert len(caplog.records) == 1
    assert not storage.acquire_entry("a", 1, 1000)
    assert storage.acquire_entry("b", 1, 500)
    assert storage.get_moving_window("c", 1, 1000)[1] == 0
    assert len(caplog.records) == 1
    seconds.now += TELL_EVERY
    assert storage.acquire_entry("c", 1, 1000)
    assert len(caplog.records) == 2
    assert storage.reset() == 4
    assert MAX_WINDOWS > 1000


def test_what_still_counts_survives_the_sweep(seconds: Seconds) -> None:
    storage = LocalStorage(seconds)
    storage.acquire_entry("kept", 1, 100)
    for number in range(1000):
        storage.acquire_entry(f"k{number}", 1, 10)
        seconds.now += 0.001
    assert not storage.acquire_entry("kept", 1, 100)
    storage.acquire_entry("empty", 0, 10)
    storage.clear("kept")
    storage.clear("never")
    assert storage.acquire_entry("kept", 1, 100)


def test_the_local_storage_is_what_the_library_asks_for(seconds: Seconds) -> None:
    storage = LocalStorage(seconds)
    assert storage.check()
    assert issubclass(storage.base_exceptions, Exception)
    fixed: list[Callable[[], object]] = [
        lambda: storage.incr("k", 1),
        lambda: storage.get("k"),
        lambda: storage.get_expiry("k"),
    ]
    for call in fixed:
        with pytest.raises(NotImplementedError):
            call()
    assert LocalStorage().acquire_entry("k", 1, 10)


def test_a_burst_never_exceeds_a_budget() -> None:
    budgets = Budgets(LIMITS)
    assert at_once([lambda: budgets.charge("x", "k")] * 64).count(True) == 3


@pytest.fixture
def flushed(redis: str) -> str:
    import redis as library

    with library.Redis.from_url(redis) as connection:
        connection.flushdb()
    return redis


def test_workers_that_share_a_redis_share_their_budgets(flushed: str) -> None:
    first, second = Budgets(LIMITS, flushed), Budgets(LIMITS, flushed)
    found = at_once([lambda b=b: b.charge("x", "k") for b in (first, second) * 32])  # type: ignore[misc]
    assert found.count(True) == 3


def test_keys_in_a_shared_redis_do_not_show_what_was_typed(flushed: str) -> None:
    import redis as library

    Budgets(LIMITS, flushed).charge("x", "alice@example.org")
    with library.Redis.from_url(flushed) as connection:
        keys = connection.keys()
    assert keys
    assert not any(b"alice" in key for key in keys)


def test_without_redis_limits_count_here_and_with_it_there_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Away from the start, then there, then gone in the middle: never no limit at all."""
    with redis_server() as url:
        budgets, other = Budgets(LIMITS, url), Budgets(LIMITS, url)
        assert budgets.charge("x", "a")
        assert budgets.charge("x", "b")
    # It is gone. What was counted here so far still counts.
    assert [budgets.charge("x", "a") for _ in range(3)] == [True, True, False]
    assert [other.charge("x", "a") for _ in range(4)] == [True, True, True, False]
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(lines) == 2  # One from each: nobody waits for it again before the pause is over.
    assert all("Redis does not answer" in line for line in lines)
    # Back at another port: what counted there counts at once.
    with redis_server() as url:
        budgets, other = Budgets(LIMITS, url), Budgets(LIMITS, url)
        budgets._retry_at = float("inf")
        assert budgets.charge("x", "c")
        budgets._retry_at = 0.0
        assert budgets.charge("x", "c")
        assert [other.charge("x", "c") for _ in range(3)] == [True, True, False]
    assert module.REDIS_PAUSE > 0


def test_a_redis_that_is_away_at_the_start_stops_nobody(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REDIS_PAUSE", 0)
    budgets = Budgets(LIMITS, f"redis://:hunter2@127.0.0.1:{free_port()}/0")
    assert [budgets.charge("x", "k") for _ in range(4)] == [True, True, True, False]
    assert len(caplog.records) == 3
    assert "hunter2" not in caplog.text


def test_a_redis_that_is_away_is_asked_again_after_the_pause(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before: else every attempt would wait for it."""
    passed = SimpleNamespace(now=0.0)  # The machine has just begun to count.
    seen = SimpleNamespace(monotonic=lambda: passed.now, time=time.time)
    monkeypatch.setattr(module, "time", seen)
    budgets = Budgets({"x": [parse("99/minute")]}, f"redis://127.0.0.1:{free_port()}/0")
    found = []
    for now in (0.0, 4.75, 5.0, 5.0, 9.75, 10.0):
        passed.now = now
        assert budgets.charge("x", "k")
        found.append(len(caplog.records))
    assert found == [1, 1, 2, 2, 2, 3]


def test_a_process_that_has_just_begun_says_so_too(caplog: pytest.LogCaptureFixture) -> None:
    """There is no minute in which too many budgets go unnoticed."""
    seconds = Seconds()
    seconds.now = 0.0
    storage = LocalStorage(seconds, most=1)
    for key in "abc":
        assert storage.acquire_entry(key, 1, 10)
    assert len(caplog.records) == 1
    assert storage.reset() == 1
