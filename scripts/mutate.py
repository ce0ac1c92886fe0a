"""Mutate the way in, and see whether its tests notice.

Each mutant is one change of one module by an operator of cosmic-ray, tried on a copy of the
tree, on SQLite: with the tests that are about that module first, and one that survives those
with all of sign-in. What survives must be explained in `tests/mutation/accepted.toml`; the run
fails on anything else that does, and on an explanation of none.

With more mutants than `--most` for a module, a sample is tried; `--seed` draws another one.
"""

from __future__ import annotations

import argparse
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path

from mutants import Mutant, sample

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = ROOT / "tests" / "mutation" / "accepted.toml"
SOURCE = Path("core/src/ostiary/signin")
TESTS = Path("core/tests")
COMMANDS = "cli/test_users.py"
EVERY = ("signin", COMMANDS)

WAY_IN = ("first_proof", "further", "kinds", "step_up")
TESTS_OF = {
    "accepting": (*WAY_IN, "races"),
    "acts": ("leaving", "closing", "removal", "addresses"),
    "addresses": ("addresses",),
    "administering": ("administering", "survivors"),
    "answering": (*WAY_IN, "adversaries", "races"),
    "asking": ("asking", "adversaries", *WAY_IN, "enrolling"),
    "budgets": ("budgets",),
    "challenges": (*WAY_IN, "enrolling"),
    "changing": ("removal", "last_kind", "enrolling", "requiring"),
    "charging": ("places", "first_proof", "kinds", "races"),
    "checks": ("checks",),
    "claiming": ("claiming", "registering", "addresses"),
    "closing": ("closing",),
    "codec": ("codec",),
    "commanding": (COMMANDS,),
    "enrolling": ("enrolling", "removal", "last_kind"),
    "flows": ("places", *WAY_IN),
    "guarding": ("known_browsers", "adversaries", "enrolling", "registering", "removal"),
    "held": ("held", "runner"),
    "keeping": ("keeping",),
    "leaving": ("leaving",),
    "lifting": ("regaining", "survivors"),
    "opening": ("known_browsers", "remembering", "adversaries", *WAY_IN, "registering"),
    "parts": ("picked", "known_browsers", *WAY_IN, "enrolling"),
    "policy": ("policy",),
    "regaining": ("regaining", "survivors"),
    "registering": ("claiming", "registering"),
    "remembering": ("remembering", "survivors"),
    "requiring": ("requiring",),
    "resetting": ("resetting", "survivors"),
    "runner": ("runner", "slots"),
    "slots": ("slots", "runner"),
    "taking": ("administering", "regaining", "survivors"),
    "values": ("values", "secrets", "words"),
    "ways": (*WAY_IN, "adversaries"),
    "words": ("words",),
}


@dataclass
class Run:
    """The mutants still to be tried, and what became of the others."""

    until: float
    patience: float = 900
    waiting: queue.SimpleQueue[Mutant] = field(default_factory=queue.SimpleQueue)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, tree: Path) -> bool:
        """Whether all tests pass without a mutant; each gets its patience by how long it took."""
        began = time.monotonic()
        print("without a mutant:", flush=True)
        passed = self.passes(tree, EVERY, shown=True)
        self.patience = 60 + 3 * (time.monotonic() - began)
        return passed

    def work(self, tree: Path) -> None:
        """Try mutants in a copy of the tree until there are none, or the time is up."""
        while time.monotonic() < self.until:
            try:
                mutant = self.waiting.get_nowait()
            except queue.Empty:
                return
            path = tree / SOURCE / f"{mutant.module}.py"
            original = path.read_text()
            path.write_text(mutant.source)
            noticed = not all(self.passes(tree, t) for t in (files_of(mutant.module), EVERY))
            path.write_text(original)
            with self.lock:
                self.counts[mutant.module, "noticed" if noticed else "survived"] += 1
                if not noticed:
                    self.survivors.append(mutant)
                    print(f"survived: {mutant}", flush=True)

    def passes(self, tree: Path, tests: tuple[str, ...], *, shown: bool = False) -> bool:
        """Whether tests pass in this tree; what hangs does not."""
        command = [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
            *("-k", "not postgresql", "--timeout=60", "--no-header", "--tb=no"),
            *(str(TESTS / name) for name in tests),
        ]
        environment = {
            **os.environ,
            "PYTHONPATH": str(tree / "core" / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with subprocess.Popen(  # noqa: S603 - this Python
            command,
            cwd=tree,
            env=environment,
            stdout=None if shown else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                return process.wait(self.patience) == 0
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return False


def files_of(module: str) -> tuple[str, ...]:
    """The tests that are about a module."""
    names = TESTS_OF[module]
    return tuple(name if "/" in name else f"signin/test_{name}.py" for name in names)


def copied(tree: Path) -> None:
    """Make a copy of what the tests need; nothing is ever changed in the working tree."""
    shutil.copytree(ROOT / "core", tree / "core", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tree)


def accepted() -> set[tuple[str, str, str]]:
    """The explained survivors; each has its reason."""
    known = tomllib.loads(ACCEPTED.read_text())
    return {(s["module"], s["was"], s["becomes"]) for s in known.get("survivor", []) if s["reason"]}


def main() -> int:
    """Run, and say what survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=sorted(TESTS_OF), metavar="MODULE")
    parser.add_argument("--most", type=int, default=3, help="mutants of a module (3); 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which sample is drawn (1)")
    parser.add_argument("--minutes", type=float, default=60, help="when to stop (60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="copies at once")
    parser.add_argument("--only", default="", help="mutants of lines that hold this")
    options = parser.parse_args()
    run, explained = Run(time.monotonic() + options.minutes * 60), accepted()
    samples = []
    for module in options.modules:
        found = sample(ROOT / SOURCE / f"{module}.py", options.most, options.seed, options.only)
        samples.append([mutant for mutant in found if mutant.key not in explained])
        run.counts[module, "explained"] = len(found) - len(samples[-1])
    # One of each module after another, so that the time is up for all of them alike.
    for mutant in filter(None, chain.from_iterable(zip_longest(*samples))):
        run.waiting.put(mutant)
    with tempfile.TemporaryDirectory(prefix="ostiary-mutants-") as folder:
        trees = [Path(folder) / str(number) for number in range(options.jobs)]
        for tree in trees:
            copied(tree)
        if not run.check(trees[0]):
            print("the tests fail without any mutant")
            return 1
        threads = [threading.Thread(target=run.work, args=(tree,)) for tree in trees]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report(run, options.modules, explained)


def report(run: Run, modules: list[str], explained: set[tuple[str, str, str]]) -> int:
    """Say what survived; whether all of it is explained."""
    for module in modules:
        noticed, survived = run.counts[module, "noticed"], run.counts[module, "survived"]
        known = f", {run.counts[module, 'explained']} explained"
        print(f"{module}: {noticed} of {noticed + survived} noticed{known}")
    stale = [key for key in explained if key[0] in modules and not _is_there(*key[:2])]
    for module, was, _becomes in stale:
        print(f"explained, but there is no such line in {module}.py: {was!r}")
    for mutant in run.survivors:
        print(f"not explained: {mutant}")
    if not run.waiting.empty():
        print(f"the time was up with {run.waiting.qsize()} untried")
    return 1 if run.survivors or stale else 0


def _is_there(module: str, was: str) -> bool:
    lines = {line.strip() for line in (ROOT / SOURCE / f"{module}.py").read_text().splitlines()}
    return set(was.splitlines()) <= lines


if __name__ == "__main__":
    sys.exit(main())
