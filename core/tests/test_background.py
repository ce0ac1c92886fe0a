"""Threads that work beside the requests: they begin once a process, and end when told to."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from ostiary.background import Background


class Rounds(Background):
    """Counts its rounds; the test sees each."""

    def __init__(self, pause: float, until_next: float) -> None:
        super().__init__("ostiary-rounds", pause)
        self.until_next = until_next
        self.done = threading.Semaphore(0)

    def _round(self) -> float:
        self.done.release()
        return self.until_next

    def wake(self) -> None:
        self._wake.set()


def threads() -> int:
    return [each.name for each in threading.enumerate()].count("ostiary-rounds")


@pytest.fixture
def patient() -> Iterator[Rounds]:
    """One that waits for longer than any test."""
    rounds = Rounds(pause=3600, until_next=3600)
    yield rounds
    rounds.stop()


def test_it_ends_at_once_though_its_pause_is_long(patient: Rounds) -> None:
    patient.start()
    assert threads() == 1
    patient.stop(timeout=10)
    assert threads() == 0
    assert not patient.done.acquire(blocking=False)


def test_it_waits_before_the_first_round_and_is_woken(patient: Rounds) -> None:
    patient.start()
    for _ in range(2):
        assert not patient.done.acquire(blocking=False)
        patient.wake()
        assert patient.done.acquire(timeout=10)


def test_one_thread_whoever_starts_it(patient: Rounds) -> None:
    starting = [threading.Thread(target=patient.start) for _ in range(8)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    assert threads() == 1


def test_it_begins_again_after_its_end() -> None:
    """What woke it for its end is forgotten, and so is the end."""
    rounds = Rounds(pause=0, until_next=0)
    for _ in range(2):
        rounds.start()
        assert rounds.done.acquire(timeout=10)
        assert rounds.done.acquire(timeout=10)
        rounds.stop(timeout=10)
        assert threads() == 0


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_worker_begins_anew_after_its_fork(patient: Rounds) -> None:
    """The thread stays behind with the parent, whatever the copy of the object says."""
    patient.start()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child is not measured.
        try:
            before = threads()
            patient.start()
            os.write(writing, f"{before}{threads()}".encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 10) == b"01"
    os.close(reading)
    os.close(writing)
