"""How long a plugin is waited for, and when one that hangs is named."""

from __future__ import annotations

import logging
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ostiary.signin import slots as module
from ostiary.signin.runner import Fault, Runner
from ostiary.signin.slots import Slots, Stay, Watchdog


class Monotonic:
    """The time that the module sees: it passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = time.monotonic()
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Monotonic:
    passing = Monotonic()
    seen = SimpleNamespace(monotonic=passing.monotonic, sleep=passing.sleep)
    monkeypatch.setattr(module, "time", seen)
    return passing


class Turns(threading.Condition):
    """A condition whose waits are turns of the test: each says what happens meanwhile."""

    def __init__(self, passing: Monotonic, *turns: Any) -> None:
        super().__init__()
        self.passing = passing
        self.turns = list(turns)
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        self.turns.pop(0)()
        return True


def full(passing: Monotonic, *began: float) -> Slots:
    """As many slots as there are steps, which began so long ago; a step may take ten seconds."""
    slots = Slots(len(began), 10.0)
    slots._stays = {Stay("p.step", passing.now - ago) for ago in began}
    return slots


def test_a_step_is_over_once_it_took_as_long_as_it_may(passing: Monotonic) -> None:
    stay = Stay("p.step", passing.now)
    for passed, over in ((9.5, False), (0.5, True), (0.5, True)):
        passing.now += passed
        assert stay.is_over(10.0) is over


def test_nobody_waits_for_slots_once_one_of_their_steps_is_over_the_limit(
    passing: Monotonic,
) -> None:
    """The others of the plugin are not likely to end either."""
    for began in ((10.0,), (1.0, 10.0, 2.0), (25.0,)):
        slots = full(passing, *began)
        slots._changed = turns = Turns(passing)
        assert slots.enter("p.step") is None
        assert turns.waits == []


def test_a_slot_is_waited_for_until_the_oldest_step_would_be_over(passing: Monotonic) -> None:
    """Even if that is only a moment."""
    slots = full(passing, 9.5, 3.0)
    slots._changed = turns = Turns(passing, lambda: passing.sleep(0.5))
    assert slots.enter("p.step") is None
    assert turns.waits == pytest.approx([0.5])


def test_a_slot_that_gets_free_is_taken(passing: Monotonic) -> None:
    slots = full(passing, 3.0)
    slots._changed = turns = Turns(passing, slots._stays.clear)
    stay = slots.enter("p.mine")
    assert stay is not None
    assert stay.what == "p.mine"
    assert turns.waits == pytest.approx([7.0])
    assert slots._stays == {stay}


def test_whoever_is_always_overtaken_gives_up_after_the_limit(passing: Monotonic) -> None:
    """Others take each slot that gets free; none of their steps is over the limit."""
    slots = full(passing, 0.0)

    def overtaken() -> None:
        passing.sleep(6.0)
        slots._stays = {Stay("p.other", passing.now)}

    slots._changed = turns = Turns(passing, overtaken, lambda: passing.sleep(4.0))
    assert slots.enter("p.step") is None
    assert turns.waits == pytest.approx([10.0, 4.0])


def test_a_step_that_hangs_is_named_at_the_second_look_once(
    passing: Monotonic, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are two looks in the time that a step may take, and no more without a step."""
    watchdog, stay = Watchdog(10.0), Stay("p.step", passing.now)
    lines: list[int] = []

    def sleep(seconds: float) -> None:
        passing.sleep(seconds)
        lines.append(len(caplog.records))
        if len(passing.slept) == 4:
            watchdog.forget(stay)

    seen = SimpleNamespace(monotonic=passing.monotonic, sleep=sleep)
    monkeypatch.setattr(module, "time", seen)
    with caplog.at_level(logging.ERROR):
        watchdog.watch(stay)
        thread = watchdog._thread
        if thread is not None:  # It may have seen all of it already.
            thread.join(30)
    assert passing.slept == [5.0] * 4
    assert lines == [0, 0, 1, 1]
    assert [r.getMessage() for r in caplog.records] == [
        "plugin p.step: no answer within 10 seconds"
    ]
    assert watchdog._thread is None


def test_the_watchdog_has_one_thread_for_all_steps_and_a_new_one_after_it_ended() -> None:
    """Nor does it keep the program from ending."""
    watchdog, stays = Watchdog(0.01), [Stay("p.a"), Stay("p.b")]
    for _ in range(2):
        watchdog.watch(stays[0])
        thread = watchdog._thread
        assert thread is not None
        assert (thread.name, thread.daemon) == ("ostiary-watchdog", True)
        watchdog.watch(stays[1])
        assert watchdog._thread is thread
        for stay in stays:
            watchdog.forget(stay)
        thread.join(30)
        assert watchdog._thread is None


def test_a_step_that_hangs_does_not_keep_the_program_from_ending() -> None:
    assert Runner(5, 1).ask("p", lambda: threading.current_thread().daemon) is True


def test_two_may_hang_in_their_callers_threads_and_no_third() -> None:
    """Each takes a thread of the server with it."""
    gate, inside = threading.Event(), threading.Barrier(3)

    def step() -> None:
        inside.wait(30)
        gate.wait(30)

    runner = Runner(0.05, 1)
    threads = [threading.Thread(target=runner.call, args=("p", step)) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait(30)
    with pytest.raises(Fault) as caught:
        runner.call("p", gate.wait, 30)
    assert caught.value.reason == "plugin-stuck"
    gate.set()
    for thread in threads:
        thread.join(30)
