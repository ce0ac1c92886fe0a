"""Work that a process does beside its requests, in a thread of its own."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod


class Background(ABC):
    """Rounds of work with pauses between them, from ``start`` to ``stop``.

    Args:
        name: of the thread.
        pause: seconds before the first round.
    """

    def __init__(self, name: str, pause: float = 0.0) -> None:
        self._name = name
        self._pause = pause
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._opening = threading.Lock()
        self._process: int | None = None

    @abstractmethod
    def _round(self) -> float:
        """Do what is to be done now, without raising anything; seconds until the next time."""

    def start(self) -> None:
        """Begin, unless this process has begun already, as a worker has not after its fork."""
        with self._opening:
            if self._process == os.getpid() and self._thread is not None:
                return
            self._process = os.getpid()
            self._stopping.clear()
            self._wake.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 15.0) -> None:
        """Finish what is at hand and end the thread; wait for it so many seconds at most."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            self._wake.set()
            thread.join(timeout)

    def wake(self) -> None:
        """Begin the next round now, if there is a thread."""
        self._wake.set()

    def finish(self) -> None:
        """End the thread, and do one more round in this one: before the process ends."""
        self.stop()
        self._round()

    def _run(self) -> None:
        pause = self._pause
        while True:
            self._wake.wait(pause)
            # Cleared before looking, so that what comes meanwhile wakes us again.
            self._wake.clear()
            if self._stopping.is_set():
                return
            pause = self._round()
