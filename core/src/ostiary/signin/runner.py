"""Asking a plugin: within a time limit, in slots of its own, with its yes checked.

A plugin that raises, answers with something that is not an answer, or hangs, is a refusal and
a log line that names it; the other plugins and requests go on.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable
from typing import Any

from ostiary.signin.slots import Slots, Stay, Watchdog
from ostiary.signin.workers import Workers

log = logging.getLogger(__name__)


class Fault(Exception):
    """A plugin did not answer, or not with an answer. ``reason`` is stable: for records."""

    def __init__(self, plugin: str, reason: str) -> None:
        super().__init__(f"{plugin}: {reason}")
        self.plugin = plugin
        self.reason = reason


class Runner:
    """Runs what plugins do.

    Args:
        limit: seconds that a step may take.
        slots: steps of one plugin that may run at once; stuck ones keep theirs, so a plugin
            that hangs uses up its own slots and nobody else's.
        direct: the same for what is called in the thread of the request. A stuck one takes
            that thread with it, so this must be well below the number of threads.
    """

    def __init__(self, limit: float, slots: int, direct: int = 2) -> None:
        self._limit = limit
        self._slots = slots
        self._direct = direct
        self._by_plugin: dict[str, Slots] = {}
        self._lock = threading.Lock()
        self._watchdog = Watchdog(limit)
        self._workers = Workers()

    def ask(self, plugin: str, step: Callable[..., Any], *arguments: Any) -> Any:
        """What the step returns, asked in a thread that does nothing else meanwhile.

        Raises:
            Fault: it raised, took too long, or has no slot left.
        """
        what, slots = _what(plugin, step), self._slots_of(plugin, self._slots)
        run = _Run(step, arguments, slots, self._enter(plugin, what, slots))
        self._workers.run(run, f"ostiary-{what}")
        if not run.done.wait(self._limit):
            log.error("plugin %s: no answer within %g seconds", what, self._limit)
            raise Fault(plugin, "plugin-timeout")
        if run.error is not None:
            raise _raised(plugin, what, run.error)
        return run.result

    def call(
        self,
        plugin: str,
        step: Callable[..., Any],
        *arguments: Any,
        passing: type[Exception] | None = None,
    ) -> Any:
        """What the step returns, called in this thread, which a step that hangs takes with it.

        For what is asked on every request, where a thread of its own would cost too much. The
        watchdog names a step that is over the limit, and no more of them come in than there
        are slots.

        Args:
            plugin: whom the log blames.
            step: what is called.
            arguments: what it is given.
            passing: an exception that is an answer and no fault.

        Raises:
            Fault: it raised anything else, or has no slot left.
        """
        what, slots = _what(plugin, step), self._slots_of(f"{plugin} ", self._direct)
        stay = self._enter(plugin, what, slots)
        self._watchdog.watch(stay)
        try:
            return step(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if passing is not None and isinstance(error, passing):
                raise
            raise _raised(plugin, what, error) from None
        finally:
            slots.leave(stay)
            self._watchdog.forget(stay)

    def run(self, plugin: str, step: Callable[..., Any], *arguments: Any) -> Any:
        """What the step returns, called in this thread, for what only executes statements.

        That takes no slot and is watched by nobody: it hangs where the act's own statements would.

        Raises:
            Fault: it raised.
        """
        try:
            return step(*arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, its text may hold secrets.
            raise _raised(plugin, _what(plugin, step), error) from None

    def refuse(self, plugin: str, value: object, allowed: str) -> Fault:
        """Name a plugin whose answer is none, and close a coroutine that it left."""
        if inspect.iscoroutine(value):
            value.close()
        log.error("plugin %s: answered with %s, allowed: %s", plugin, type(value).__name__, allowed)
        return Fault(plugin, "plugin-answer")

    def _enter(self, plugin: str, what: str, slots: Slots) -> Stay:
        stay = slots.enter(what)
        if stay is None:
            log.error("plugin %s: all of its %d slots are stuck", what, slots.count)
            raise Fault(plugin, "plugin-stuck")
        return stay

    def _slots_of(self, key: str, count: int) -> Slots:
        found = self._by_plugin.get(key)
        if found is None:
            with self._lock:
                found = self._by_plugin.setdefault(key, Slots(count, self._limit))
        return found


def _what(plugin: str, step: Callable[..., Any]) -> str:
    return f"{plugin}.{getattr(step, '__name__', 'step')}"


def _raised(plugin: str, what: str, error: BaseException) -> Fault:
    # Never its repr or its traceback: seeds leak that way.
    log.error("plugin %s: raised %s", what, type(error).__name__)
    return Fault(plugin, "plugin-error")


class _Run:
    """One step under way."""

    def __init__(
        self, step: Callable[..., Any], arguments: tuple[Any, ...], slots: Slots, stay: Stay
    ) -> None:
        self._step = step
        self._arguments = arguments
        self._slots = slots
        self._stay = stay
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.result = self._step(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a plugin is a fault like any other
            self.error = error
        finally:
            self._slots.leave(self._stay)
            self.done.set()
