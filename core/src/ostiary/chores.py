"""What falls due without anybody asking: looked for every minute, by a thread of its own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping

from typing_extensions import override

from ostiary.background import Background

log = logging.getLogger(__name__)

PERIOD = 60.0
"""Seconds between two rounds."""


class Chores(Background):
    """Does what is due. Every process does; each chore sees to it that one of them does it.

    Args:
        chores: what to do in each round, by a name for the log. None reaches the next if one
            fails: each is tried in every round.
    """

    def __init__(self, chores: Mapping[str, Callable[[], object]]) -> None:
        super().__init__("ostiary-chores", PERIOD)
        self._chores = dict(chores)
        self._others: list[Background] = []

    def beside(self, work: Background) -> None:
        """Have other work, of a plugin, begun and ended together with this."""
        if work not in self._others:
            self._others.append(work)
            if self._thread is not None and self._process == os.getpid():
                work.start()

    @override
    def start(self) -> None:
        super().start()
        for work in self._others:
            work.start()

    @override
    def stop(self, timeout: float = 15.0) -> None:
        for work in self._others:
            work.stop(timeout)
        super().stop(timeout)

    @override
    def finish(self) -> None:
        """Before the process ends: what others have left to do. Chores can wait."""
        self.stop()
        for work in self._others:
            work.finish()

    def add(self, name: str, chore: Callable[[], object]) -> None:
        """Have one more done, from the next round on; one of the same name gives way."""
        self._chores = {**self._chores, name: chore}

    def do(self) -> None:
        """One round, now. A chore that fails is named in the log, and tried in the next one."""
        for name, chore in self._chores.items():
            try:
                chore()
            except Exception as error:  # noqa: BLE001 - the others are due as well.
                log.error("chore %s: %s", name, type(error).__name__)  # noqa: TRY400 - secrets

    def _round(self) -> float:
        self.do()
        return PERIOD
