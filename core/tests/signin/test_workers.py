"""Threads that take one step after another, and what one step leaves to the next: nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from ostiary.signin.workers import Workers, _Worker

LEFT: ContextVar[str] = ContextVar("LEFT", default="nothing")


def done(workers: Workers, job: Callable[[], object], name: str = "x") -> threading.Thread:
    """Run it to its end; the thread that did."""
    over = threading.Event()
    by: list[threading.Thread] = []

    def noted() -> None:
        by.append(threading.current_thread())
        job()
        over.set()

    workers.run(noted, name)
    assert over.wait(10)
    return by[0]


def rested(workers: Workers) -> None:
    """Until the thread waits for another step."""
    for _ in range(1000):
        if workers._idle:
            return
        threading.Event().wait(0.005)
    pytest.fail("no thread came back")


def test_the_next_step_is_taken_by_the_same_thread() -> None:
    workers = Workers()
    first = done(workers, lambda: None)
    rested(workers)
    names: list[str] = []
    again = done(workers, lambda: names.append(threading.current_thread().name), "other")
    assert again is first
    assert names == ["other"]
    assert first.daemon


def test_nothing_that_a_step_sets_is_there_for_the_next() -> None:
    workers, seen = Workers(), list[str]()
    done(workers, lambda: LEFT.set("something"))
    rested(workers)
    done(workers, lambda: seen.append(LEFT.get()))
    assert seen == ["nothing"]


def test_a_thread_that_is_stuck_holds_up_nobody() -> None:
    workers, go, stuck = Workers(), threading.Event(), threading.Event()

    def wait() -> None:
        stuck.set()
        go.wait(10)

    workers.run(wait, "stuck")
    assert stuck.wait(10)
    assert done(workers, lambda: None).is_alive()
    go.set()


def test_threads_that_nobody_needs_end() -> None:
    workers = Workers(idle=0.01)
    thread = done(workers, lambda: None)
    thread.join(10)
    assert not thread.is_alive()
    assert workers._idle == []


def test_a_step_that_comes_as_its_thread_gives_up_is_taken() -> None:
    """It was handed out just when it had waited long enough."""
    workers = Workers(idle=0.01)
    for _ in range(300):
        done(workers, lambda: None)


def test_after_a_fork_there_are_threads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers()
    first = done(workers, lambda: None)
    rested(workers)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert done(workers, lambda: None) is not first


def test_one_that_is_taken_as_its_patience_ends_does_the_job() -> None:
    """Whoever took it from the list has a job for it already, or will in a moment."""
    seen: list[str] = []

    class Taken(list[_Worker]):
        """A list from which the worker was taken just now."""

        def remove(self, value: _Worker, /) -> None:
            value.jobs.put((lambda: seen.append("done"), "late"))
            super().remove(value)

    thread = threading.Thread(target=_Worker(Taken(), 0.001).work)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert seen == ["done"]
