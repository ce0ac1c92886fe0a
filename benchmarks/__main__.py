"""``python -m benchmarks``: what the door costs, each time beside what could not be saved.

Both sides of a line are measured in turns, so that a machine that slows down slows both, as CPU
time of the process, threads of plugins included. A line shows the median of the rounds' ratios
and the interval in which the middle half of them lies.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import subjects

ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison."""

    title: str
    floor: str
    ours: Callable[[], object]
    bare: Callable[[], object]
    repeats: int

    def ratios(self) -> Iterator[tuple[float, float]]:
        """Seconds of CPU for one call of each, round by round."""
        self._time(self.ours), self._time(self.bare)
        for number in range(ROUNDS):
            pair = (self.ours, self.bare)
            # Whoever goes first finds colder caches, so they take turns at that too.
            first, second = (self._time(each) for each in (pair if number % 2 else pair[::-1]))
            yield (first, second) if number % 2 else (second, first)

    def _time(self, call: Callable[[], object]) -> float:
        began = time.process_time()
        for _ in range(self.repeats):
            call()
        return (time.process_time() - began) / self.repeats


def lines(folder: Path) -> Iterator[Line]:
    """What is compared."""
    with subjects.house(folder, ROUNDS + 1) as house:
        yield Line(
            "a sign-in by password", "argon2 verifies", house.sign_in, house.argon2, repeats=1
        )
        yield Line(
            "a signed-in page",
            "Pyramid renders a template",
            house.account,
            subjects.bare_page(),
            repeats=20,
        )
        yield Line(
            "a factor's step, asked",
            "the same step, called",
            house.asked,
            house.called,
            repeats=200,
        )
        yield Line(
            "a unit of work",
            "sqlite3 does the same",
            house.unit,
            subjects.bare_transaction(folder / "bare.db"),
            repeats=50,
        )


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for the databases, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ostiary-bench-") as name:
        yield Path(name)


def main() -> int:
    """Measure and print."""
    print(f"{ROUNDS} rounds, CPU time; ratio: median (middle half)\n")
    print(f"{'':24} {'floor':28} {'ours':>10} {'floor':>10}   ratio")
    with workplace() as folder:
        for line in lines(folder):
            pairs = list(line.ratios())
            ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
            low, middle, high = statistics.quantiles([a / b for a, b in pairs if b], n=4)
            print(
                f"{line.title:24} {line.floor:28} {_shown(ours):>10} {_shown(bare):>10}   "
                f"{middle:.2f} ({low:.2f} to {high:.2f})"
            )
    return 0


def _shown(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} us"


if __name__ == "__main__":
    sys.exit(main())
