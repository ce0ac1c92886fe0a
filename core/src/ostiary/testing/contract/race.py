"""Two answers at once, in the order that shows most: both judged before either is kept.

Threads alone meet by chance, and a broken compare-and-set passes most of the time. Here both
answers wait at a barrier after the factor's yes. Then one is kept; before it is committed, the
other comes as far as the database lets it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import text

from ostiary.accounts import CredentialRows
from ostiary.contracts import (
    Ceremony,
    Challenge,
    Credential,
    Enrolled,
    Factor,
    Pending,
    Refused,
    Step,
    Verified,
)
from ostiary.plugins import Plugins
from ostiary.store import Store

T = TypeVar("T")
_WAIT = 30.0
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Race:
    """Two runners: the first to be kept leads, the other follows before that is committed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_barrier = 0
        self._through = 0
        self._kept = False

    def run(self, *acts: Callable[[], T]) -> list[T]:
        """What the acts return, run by a thread each.

        Raises:
            Exception: whatever an act raised.
        """

        def one(act: Callable[[], T]) -> T:
            try:
                return act()
            finally:
                self._tell(through=True)

        with ThreadPoolExecutor(len(acts)) as pool:
            return [future.result() for future in [pool.submit(one, act) for act in acts]]

    def wait(self) -> None:
        """Wait after a yes until the other has one too, or is through without."""
        with self._changed:
            self._at_barrier += 1
            place = self._at_barrier
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._at_barrier + self._through > 1, _WAIT)
            if place == 2:  # noqa: PLR2004 - the second one
                self._changed.wait_for(lambda: self._kept or self._through > 0, _WAIT)

    def keep(self, store: Store) -> None:
        """Called by whoever was kept, before the commit: the first waits for the other."""
        with self._changed:
            first, self._kept = not self._kept, True
            self._changed.notify_all()
        # On SQLite the other cannot even begin before the commit. On PostgreSQL it can, and
        # has come as far as it gets when it waits for a lock.
        while first and store.dialect == "postgresql" and self._at_barrier > 1:
            with store.engine.connect() as connection:
                waiting = connection.execute(_WAITING).scalar_one()
            if waiting or self._through:
                return

    def _tell(self, *, through: bool) -> None:
        with self._changed:
            self._through += through
            self._changed.notify_all()


class Slowed(Factor):
    """A factor that waits after each yes; else it is the one that it stands for."""

    def __init__(self, factor: Factor, race: Race) -> None:
        self._factor = factor
        self._race = race
        for name in ("name", "title", "properties", "add", "use", "change", "create_option"):
            setattr(self, name, getattr(factor, name))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """As the factor does."""
        return self._factor.begin_enrolment(step)

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """As the factor does."""
        return self._factor.finish_enrolment(step, answer)

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """As the factor does."""
        return self._factor.begin_challenge(step)

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """As the factor does, and then wait."""
        said = self._factor.answer_challenge(step, answer)
        if isinstance(said, Verified):
            self._race.wait()
        return said

    def describe(self, credential: Credential, /) -> tuple[Any, ...]:
        """As the factor does."""
        return self._factor.describe(credential)

    def changed(self, step: Step, /) -> Ceremony | None:
        """As the factor does."""
        return self._factor.changed(step)

    def decoy(self) -> Credential | None:
        """As the factor does."""
        return self._factor.decoy()


def slowed(name: str, race: Race) -> Callable[[Plugins], Plugins]:
    """For :meth:`Houses.__call__`: put the slowed factor in the place of the plugin's."""

    def around(plugins: Plugins) -> Plugins:
        factor = plugins.factors.get(name)
        if factor is None:
            return plugins
        return replace(plugins, factors={**plugins.factors, name: Slowed(factor, race)})

    return around


@contextmanager
def ordered(rows: CredentialRows, store: Store, race: Race) -> Iterator[None]:
    """Within the block, whoever is kept first waits for the other before it commits."""
    accept = rows.accept

    def accepting(*arguments: Any) -> bool:
        kept = accept(*arguments)
        if kept:
            race.keep(store)
        return kept

    rows.accept = accepting  # type: ignore[method-assign, assignment] # for the time of the race
    try:
        yield
    finally:
        del rows.accept


__all__: Sequence[str] = ["Race", "Slowed", "ordered", "slowed"]
