"""Asking a plugin: in a thread and a slot of its own, within a time limit, with its yes checked.

A plugin that raises, answers with something that is not an answer, or hangs, is a refusal and
a log line that names it; the other plugins and requests go on.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Fault(Exception):
    """A plugin did not answer, or not with an answer. ``reason`` is stable: for records."""

    def __init__(self, plugin: str, reason: str) -> None:
        super().__init__(f"{plugin}: {reason}")
        self.plugin = plugin
        self.reason = reason


class Runner:
    """Runs the steps of plugins.

    Args:
        limit: seconds that a step may take.
        slots: steps of one plugin that may run at once; stuck ones keep theirs, so a plugin
            that hangs uses up its own slots and nobody else's.
    """

    def __init__(self, limit: float, slots: int) -> None:
        self._limit = limit
        self._slots = slots
        self._semaphores: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    def ask(self, plugin: str, step: Callable[..., Any], *arguments: Any) -> Any:
        """What the step returns.

        Raises:
            Fault: it raised, took too long, or has no slot left.
        """
        what = f"{plugin}.{getattr(step, '__name__', 'step')}"
        slots = self._slots_of(plugin)
        if not slots.acquire(blocking=False):
            log.error("plugin %s: all of its %d slots are stuck", what, self._slots)
            raise Fault(plugin, "plugin-stuck")
        run = _Run(step, arguments, slots)
        threading.Thread(target=run, name=f"ostiary-{what}", daemon=True).start()
        if not run.done.wait(self._limit):
            log.error("plugin %s: no answer within %g seconds", what, self._limit)
            raise Fault(plugin, "plugin-timeout")
        if run.error is not None:
            # Never its repr or its traceback: seeds leak that way.
            log.error("plugin %s: raised %s", what, type(run.error).__name__)
            raise Fault(plugin, "plugin-error")
        return run.result

    def refuse(self, plugin: str, value: object, allowed: str) -> Fault:
        """Name a plugin whose answer is none, and close a coroutine that it left."""
        if inspect.iscoroutine(value):
            value.close()
        log.error("plugin %s: answered with %s, allowed: %s", plugin, type(value).__name__, allowed)
        return Fault(plugin, "plugin-answer")

    def _slots_of(self, plugin: str) -> threading.BoundedSemaphore:
        with self._lock:
            return self._semaphores.setdefault(plugin, threading.BoundedSemaphore(self._slots))


class _Run:
    """One step under way."""

    def __init__(
        self, step: Callable[..., Any], arguments: tuple[Any, ...], slots: threading.Semaphore
    ) -> None:
        self._step = step
        self._arguments = arguments
        self._slots = slots
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.result = self._step(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a plugin is a fault like any other
            self.error = error
        finally:
            self._slots.release()
            self.done.set()
