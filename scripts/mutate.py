"""Mutate the way in, and see whether its tests notice.

Each mutant is one change of one module by an operator of cosmic-ray, tried on a copy of the
tree with the tests that are about that module, on SQLite. What differs only in annotations or
docstrings cannot be noticed and is left out. A mutant that survives must be explained in
`tests/mutation/accepted.toml`; the run fails on any other, and on an explanation of none.

With more mutants than `--most` for a module, a sample is tried; `--seed` draws another one.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.mutating import mutate_code  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
ACCEPTED = ROOT / "tests" / "mutation" / "accepted.toml"
SOURCE = Path("core/src/ostiary/signin")
TESTS = Path("core/tests/signin")
PATIENCE = 240
"""Seconds after which a mutant that hangs counts as noticed."""

# Whether equal values are one object is the interpreter's luck and no behaviour.
_LUCK = re.compile(r"_(Eq|NotEq|Lt|LtE|Gt|GtE)_Is(Not)?$")

WAY_IN = ("first_proof", "further", "kinds", "step_up")
TESTS_OF = {
    "policy": ("policy",),
    "checks": ("checks",),
    "codec": ("codec",),
    "charging": ("first_proof", "kinds", "races"),
    "answering": (*WAY_IN, "adversaries", "races"),
    "accepting": (*WAY_IN, "races"),
    "challenges": (*WAY_IN, "enrolling"),
    "flows": WAY_IN,
    "opening": ("adversaries", *WAY_IN, "registering"),
    "parts": (*WAY_IN, "enrolling"),
    "budgets": ("budgets",),
    "enrolling": ("enrolling",),
    "registering": ("registering",),
    "claiming": ("registering",),
    "ways": (*WAY_IN, "adversaries"),
    "asking": (*WAY_IN, "adversaries", "enrolling"),
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change; ``was`` and ``becomes`` are the lines that it changes."""

    module: str
    source: str
    was: str
    becomes: str
    line: int

    @property
    def key(self) -> tuple[str, str, str]:
        """By what it is known in the list of accepted survivors."""
        return self.module, self.was, self.becomes


class _Bare(ast.NodeTransformer):
    """Takes away what no test can see: annotations (none is evaluated), docstrings, frozenness."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        # That values are frozen is held by mypy; no test writes to each field of each.
        node.decorator_list = [d for d in node.decorator_list if "frozen" not in ast.unparse(d)]
        self.generic_visit(node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return ast.Pass() if isinstance(node.value, ast.Constant) else node


def behaviour(source: str) -> str:
    """What a module does, comparable."""
    return ast.dump(_Bare().visit(ast.parse(source)))


def changes(original: str) -> list[tuple[str, int]]:
    """Every operator that can change a module, and where."""
    nodes = list(ast_nodes(get_ast(original)))
    found = []
    for name in operator_names():
        operator = get_operator(name)
        if not operator.arguments() and not _LUCK.search(name):
            places = sum(1 for node in nodes for _ in operator().mutation_positions(node))
            found += [(name, place) for place in range(places)]
    return found


def mutants_of(module: str, seed: int, only: str) -> Iterator[Mutant]:
    """Mutants of a module that may behave otherwise, each once, in the order of the seed."""
    original = (ROOT / SOURCE / f"{module}.py").read_text()
    seen = {behaviour(original)}
    places = changes(original)
    random.Random(f"{seed}:{module}").shuffle(places)  # noqa: S311 - a sample, no secret
    for name, place in places:
        source = mutate_code(original, get_operator(name)(), place)
        try:
            does = behaviour(source)
        except SyntaxError:
            continue
        if does not in seen:
            seen.add(does)
            mutant = _mutant(module, original, source)
            if only in mutant.was:
                yield mutant


def _mutant(module: str, original: str, source: str) -> Mutant:
    before, after = original.splitlines(), source.splitlines()
    was, becomes, line = [], [], 0
    for tag, a, b, c, d in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            line = line or a + 1
            was += [text.strip() for text in before[a:b]]
            becomes += [text.strip() for text in after[c:d]]
    return Mutant(module, source, "\n".join(was), "\n".join(becomes), line)


@dataclass
class Run:
    """The mutants still to be tried, and what became of the others."""

    waiting: queue.SimpleQueue[Mutant]
    until: float
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    survivors: list[Mutant] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

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
            noticed = not passes(tree, mutant.module)
            path.write_text(original)
            with self.lock:
                self.counts[mutant.module, "noticed" if noticed else "survived"] += 1
                if not noticed:
                    self.survivors.append(mutant)
                    print(f"survived: {describe(mutant)}", flush=True)


def copied(tree: Path) -> None:
    """Make a copy of what the tests need; nothing is ever changed in the working tree."""
    shutil.copytree(ROOT / "core", tree / "core", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tree)


def passes(tree: Path, module: str) -> bool:
    """Whether the tests of a module pass in this tree."""
    files = [str(TESTS / f"test_{name}.py") for name in TESTS_OF[module]]
    command = [
        *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
        *("-k", "not postgresql", "--no-header", "--tb=no", *files),
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
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(PATIENCE) == 0
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return False


def describe(mutant: Mutant) -> str:
    """A mutant in one line."""
    return f"{mutant.module}.py:{mutant.line}: {mutant.was!r} -> {mutant.becomes!r}"


def accepted() -> dict[tuple[str, str, str], str]:
    """The explained survivors, with their reasons."""
    known = tomllib.loads(ACCEPTED.read_text())
    return {(s["module"], s["was"], s["becomes"]): s["reason"] for s in known.get("survivor", [])}


def main() -> int:
    """Run, and say what survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=sorted(TESTS_OF), metavar="MODULE")
    parser.add_argument("--most", type=int, default=8, help="mutants of a module (8); 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which sample is drawn (1)")
    parser.add_argument("--minutes", type=float, default=60, help="when to stop (60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="copies at once")
    parser.add_argument("--only", default="", help="mutants of lines that hold this")
    options = parser.parse_args()
    explained = accepted()
    run = Run(queue.SimpleQueue(), time.monotonic() + options.minutes * 60)
    samples = []
    for module in options.modules:
        found = mutants_of(module, options.seed, options.only)
        unexplained = (mutant for mutant in found if mutant.key not in explained)
        samples.append(list(islice(unexplained, options.most or None)))
    # One of each module after another, so that the time is up for all of them alike.
    for mutant in filter(None, chain.from_iterable(zip_longest(*samples))):
        run.waiting.put(mutant)
    with tempfile.TemporaryDirectory(prefix="ostiary-mutants-") as folder:
        trees = [Path(folder) / str(number) for number in range(options.jobs)]
        for tree in trees:
            copied(tree)
        # Those with the most tests stand for those with some of them.
        whole = max(options.modules, key=lambda module: len(TESTS_OF[module]))
        some = [m for m in options.modules if not {*TESTS_OF[m]} <= {*TESTS_OF[whole]}]
        failing = [module for module in (whole, *some) if not passes(trees[0], module)]
        if failing:
            print(f"the tests fail without any mutant: {', '.join(failing)}")
            return 1
        threads = [threading.Thread(target=run.work, args=(tree,)) for tree in trees]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report(run, options.modules, explained)


def report(run: Run, modules: list[str], explained: dict[tuple[str, str, str], str]) -> int:
    """Say what survived; whether all of it is explained."""
    for module in modules:
        noticed, survived = run.counts[module, "noticed"], run.counts[module, "survived"]
        print(f"{module}: {noticed} of {noticed + survived} noticed")
    stale = [key for key in explained if key[0] in modules and not _is_there(*key[:2])]
    for module, was, _becomes in stale:
        print(f"explained, but there is no such line in {module}.py: {was!r}")
    for mutant in run.survivors:
        print(f"not explained: {describe(mutant)}")
    if not run.waiting.empty():
        print(f"the time was up with {run.waiting.qsize()} untried")
    return 1 if run.survivors or stale else 0


def _is_there(module: str, was: str) -> bool:
    lines = {line.strip() for line in (ROOT / SOURCE / f"{module}.py").read_text().splitlines()}
    return set(was.splitlines()) <= lines


if __name__ == "__main__":
    sys.exit(main())
