"""Threads that wait for the next step: to start one for each costs more than most steps do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import Context
from queue import Empty, SimpleQueue
from typing import TypeAlias

Job: TypeAlias = Callable[[], object]

IDLE = 10.0
"""Seconds that a thread waits for another step before it ends."""

RESTING = "ostiary-resting"
"""What a thread is called meanwhile."""


class Workers:
    """As many threads as steps run at once. One that is stuck in a step is no longer counted on."""

    def __init__(self, idle: float = IDLE) -> None:
        self._limit = idle
        self._idle: list[_Worker] = []
        self._process = os.getpid()

    def run(self, job: Job, name: str) -> None:
        """Have a job done in a thread of this name, in a context of its own; it must not raise."""
        if self._process != os.getpid():
            # After a fork the threads are the parent's.
            self._idle, self._process = [], os.getpid()
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self._idle, self._limit)
            threading.Thread(target=worker.work, name=name, daemon=True).start()
        worker.jobs.put((job, name))


class _Worker:
    def __init__(self, idle: list[_Worker], limit: float) -> None:
        self.jobs: SimpleQueue[tuple[Job, str]] = SimpleQueue()
        self._idle = idle
        self._limit = limit

    def work(self) -> None:
        while (given := self._next()) is not None:
            job, threading.current_thread().name = given
            Context().run(job)
            # What the step was told may be secret, and it may be long until the next one.
            del given, job
            threading.current_thread().name = RESTING
            self._idle.append(self)

    def _next(self) -> tuple[Job, str] | None:
        try:
            return self.jobs.get(timeout=self._limit)
        except Empty:
            pass
        try:
            self._idle.remove(self)
        except ValueError:
            # Somebody took this one just now, and has a job for it.
            return self.jobs.get()
        return None
