"""What falls due without anybody asking: looked for every minute, by a thread of its own."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

PERIOD = 60.0
"""Seconds between two rounds."""


class Chores:
    """Does what is due. Every process does; each chore sees to it that one of them does it.

    Args:
        chores: what to do in each round, by a name for the log. None reaches the next if one
            fails: each is tried in every round.
    """

    def __init__(self, chores: Mapping[str, Callable[[], object]]) -> None:
        self._chores = dict(chores)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._opening = threading.Lock()
        self._process: int | None = None

    def do(self) -> None:
        """One round, now. A chore that fails is named in the log, and tried in the next one."""
        for name, chore in self._chores.items():
            try:
                chore()
            except Exception as error:  # noqa: BLE001 - the others are due as well.
                log.error("chore %s: %s", name, type(error).__name__)  # noqa: TRY400 - secrets

    def start(self) -> None:
        """Do them in a thread of this process, from now on; call it after a fork, not before."""
        with self._opening:
            if self._process == os.getpid() and self._thread is not None:
                return
            self._process = os.getpid()
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="ostiary-chores", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 15.0) -> None:
        """Finish the chore at hand and end the thread; wait for it so many seconds at most."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping.set()
            thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(PERIOD):
            self.do()
