"""Attempt budgets: charged before the check, so that a parallel burst cannot overshoot.

The counting is the library ``limits``', by moving windows. Its own memory storage swaps its
per-key locks while they are held, so the local storage here is ours, behind the library's
interface. With Redis every attempt is counted in both places: when Redis is away the local
count, which never stopped, is what is left; never no limit at all.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from limits import RateLimitItem
from limits.storage import MovingWindowSupport, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

log = logging.getLogger(__name__)

REDIS_TIMEOUT = 0.5
REDIS_PAUSE = 5.0
MAX_WINDOWS = 100_000
"""Windows that a process keeps: some 50 MB. Strangers can make them by making up names."""

SWEEP_STEP = 4
TELL_EVERY = 60.0


@dataclass(slots=True)
class _Window:
    used: float
    hits: list[float] = field(default_factory=list)


class LocalStorage(Storage, MovingWindowSupport):
    """Moving windows in this process, every operation under one lock.

    Made-up names must neither fill the memory nor make anybody wait: each attempt looks at a
    few windows only, those that were used longest ago, and there are never more than ``most``.
    """

    def __init__(self, clock: Callable[[], float] = time.time, most: int = MAX_WINDOWS) -> None:
        super().__init__("ostiary-local://")
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        # By their length in seconds, of which there are few; in each, the last used is last.
        self._windows: dict[int, OrderedDict[str, _Window]] = {}
        self._count = 0
        self._tell_at = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count an attempt, unless the window is full."""
        with self._lock:
            now = self._clock()
            window = self._used(key, expiry, now)
            self._sweep(now)
            window.hits = [at for at in window.hits if at > now - expiry]
            if len(window.hits) + amount > limit:
                return False
            window.hits.extend([now] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the window began, and how many attempts it holds."""
        with self._lock:
            now = self._clock()
            alike = self._windows.get(expiry)
            window = None if alike is None else alike.get(key)
            counted = [] if window is None else [at for at in window.hits if at > now - expiry]
            return (counted[0] if counted else now), len(counted)

    def _used(self, key: str, expiry: int, now: float) -> _Window:
        alike = self._windows.setdefault(expiry, OrderedDict())
        window = alike.get(key)
        if window is None:
            window = alike[key] = _Window(now)
            self._count += 1
        window.used = now
        alike.move_to_end(key)
        return window

    def _sweep(self, now: float) -> None:
        """Forget a few windows in which nothing is left, and what there is no room for."""
        for expiry, alike in self._windows.items():
            for _ in range(SWEEP_STEP):
                if not alike or next(iter(alike.values())).used > now - expiry:
                    break
                alike.popitem(last=False)
                self._count -= 1
        if self._count > self._most:
            kinds = [alike for alike in self._windows.values() if alike]
            min(kinds, key=lambda alike: next(iter(alike.values())).used).popitem(last=False)
            self._count -= 1
            if now >= self._tell_at:
                self._tell_at = now + TELL_EVERY
                log.warning("More than %s budgets are in use: the oldest go", self._most)

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails."""
        return ValueError

    def clear(self, key: str) -> None:
        """Forget one window."""
        with self._lock:
            for alike in self._windows.values():
                if alike.pop(key, None) is not None:
                    self._count -= 1

    def reset(self) -> int:
        """Forget everything; how many windows there were."""
        with self._lock:
            count, self._count = self._count, 0
            self._windows.clear()
            return count

    def check(self) -> bool:
        """It is always there."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Fixed windows are not kept here."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Fixed windows are not kept here."""
        raise NotImplementedError


class Budgets:
    """How often something may be tried.

    Args:
        limits: for each budget its limits.
        redis: the URL of a Redis that several workers share, or None.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        limits: Mapping[str, Sequence[RateLimitItem]],
        redis: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._items = {name: tuple(items) for name, items in limits.items()}
        self._local = MovingWindowRateLimiter(LocalStorage(clock))
        self._shared: MovingWindowRateLimiter | None = None
        self._retry_at = 0.0
        if redis is not None:
            storage = storage_from_string(
                redis, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT
            )
            self._shared = MovingWindowRateLimiter(storage)

    def charge(self, budget: str, *key: str) -> bool:
        """Count an attempt; whether the budget had room for it (ASVS 5.0, 6.3.1).

        Raises:
            KeyError: no such budget.
        """
        # Hashed: what was typed as a name does not belong in the keys of a shared Redis.
        digest = hashlib.sha256("\0".join((budget, *key)).encode()).hexdigest()
        # Every limit is charged, also when an earlier one is used up.
        hits = [self._hit(item, digest) for item in self._items[budget]]
        return all(hits)

    def _hit(self, item: RateLimitItem, digest: str) -> bool:
        if not self._local.hit(item, digest):
            return False
        if self._shared is None or time.monotonic() < self._retry_at:
            return True
        try:
            return self._shared.hit(item, digest)
        except Exception as error:  # noqa: BLE001 - redis and limits raise many kinds
            self._retry_at = time.monotonic() + REDIS_PAUSE
            log.error(  # noqa: TRY400 - the message may hold the URL's password
                "Redis does not answer (%s): limits count in this process alone",
                type(error).__name__,
            )
            return True
