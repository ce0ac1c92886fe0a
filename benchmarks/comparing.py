"""Two things measured in turns, so that a machine that slows down slows both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison."""

    title: str
    floor: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    repeats: int
    # What a server of its own takes is no CPU time of this process.
    clock: Callable[[], float] = time.process_time

    def rounds(self, count: int) -> Iterator[tuple[float, float]]:
        """Seconds of CPU for one call of each, round by round."""
        self._time(self.ours), self._time(self.bare)
        for number in range(count):
            pair = (self.ours, self.bare)
            # Whoever goes first finds colder caches, so they take turns at that too.
            first, second = (self._time(each) for each in (pair if number % 2 else pair[::-1]))
            yield (first, second) if number % 2 else (second, first)

    def _time(self, call: Callable[[], object]) -> float:
        began = self.clock()
        for _ in range(self.repeats):
            call()
        return (self.clock() - began) / self.repeats


def measured(line: Line, count: int) -> str:
    """A line of the report, of so many rounds."""
    pairs = list(line.rounds(count))
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    low, middle, high = interval([ours / bare for ours, bare in pairs if bare])
    return (
        f"{line.title:26} {line.floor:24} {_shown(ours):>10} {_shown(bare):>10}   "
        f"{middle:.2f} ({low:.2f} to {high:.2f})"
    )


def interval(ratios: Sequence[float]) -> tuple[float, float, float]:
    """The median of a sample, between two of its values that hold the true one at 95 %.

    The number of values below the true median is binomial with one half; so many values are
    cut off at each end as keep the chance to miss it under five in a hundred.
    """
    ordered = sorted(ratios)
    half = statistics.NormalDist().inv_cdf(0.975) * len(ordered) ** 0.5 / 2
    cut = max(0, int(len(ordered) / 2 - half))
    return ordered[cut], statistics.median(ordered), ordered[-1 - cut]


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} us"
