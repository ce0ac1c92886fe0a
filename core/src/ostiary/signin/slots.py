"""How much of a plugin may run at once, and who notices that some of it does not end."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Stay:
    """One step of a plugin, from its beginning to its end."""

    what: str
    began: float = field(default_factory=time.monotonic)
    named: bool = False

    def is_over(self, limit: float) -> bool:
        """Whether it takes longer than a step may."""
        return time.monotonic() - self.began >= limit


class Slots:
    """The steps of one plugin that run at once.

    Args:
        count: how many there may be.
        limit: seconds that one may take.
    """

    def __init__(self, count: int, limit: float) -> None:
        self.count = count
        self._limit = limit
        self._changed = threading.Condition()
        self._stays: set[Stay] = set()

    def enter(self, what: str) -> Stay | None:
        """Take a slot; None when none gets free.

        While the plugin is busy, one is waited for. Once a step is over the limit the others
        are not likely to end either, and nobody waits any longer.
        """
        give_up = time.monotonic() + self._limit
        with self._changed:
            while len(self._stays) >= self.count:
                oldest = min(stay.began for stay in self._stays)
                left = min(give_up, oldest + self._limit) - time.monotonic()
                if left <= 0:
                    return None
                self._changed.wait(left)
            stay = Stay(what)
            self._stays.add(stay)
            return stay

    def leave(self, stay: Stay) -> None:
        """Give it back."""
        with self._changed:
            self._stays.discard(stay)
            self._changed.notify()


class Watchdog:
    """Names steps that nobody waits for with a limit, once each.

    Its thread lives while there is something to watch.

    Args:
        limit: seconds that a step may take.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._stays: set[Stay] = set()
        self._thread: threading.Thread | None = None

    def watch(self, stay: Stay) -> None:
        """Have an eye on a step."""
        with self._lock:
            self._stays.add(stay)
            # A thread that was left behind by a fork is not alive either.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._go_round, name="ostiary-watchdog", daemon=True
                )
                self._thread.start()

    def forget(self, stay: Stay) -> None:
        """It has ended."""
        with self._lock:
            self._stays.discard(stay)

    def _go_round(self) -> None:
        while True:
            time.sleep(self._limit / 2)
            with self._lock:
                if not self._stays:
                    self._thread = None
                    return
                late = [s for s in self._stays if not s.named and s.is_over(self._limit)]
            for stay in late:
                stay.named = True
                log.error("plugin %s: no answer within %g seconds", stay.what, self._limit)
