"""What falls due without anybody asking: looked for every minute, by a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

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
