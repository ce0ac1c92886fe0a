"""Plugins as distributions on disk: a module and a ``.dist-info``, found by import as any other."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from ostiary.contracts import House

HEAD = """\
from ostiary import contracts as c
from ostiary.hookspecs import hookimpl, hookspec
OSTIARY_API = 1
def T(words):
    return c.Text("stray", words)
"""

FACTOR = """\
class Knock(c.Factor):
    name = "knock"
    title = T("Knock")
    properties = c.Properties(c.Strength(frozenset({c.Kind.KNOW})))
    def begin_enrolment(self, step): raise NotImplementedError
    def finish_enrolment(self, step, answer): raise NotImplementedError
    def begin_challenge(self, step): raise NotImplementedError
    def answer_challenge(self, step, answer): raise NotImplementedError
"""


class Shelf:
    """A folder on the import path, into which distributions are put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(
        self,
        name: str,
        source: str,
        *,
        distribution: str | None = None,
        version: str = "1.0",
        entries: str | None = None,
        head: str = HEAD,
    ) -> str:
        """Put a distribution there whose entry point ``name`` is a module of this source."""
        distribution = distribution or f"{name}-dist"
        module = f"{distribution}_module".replace("-", "_")
        (self.folder / f"{module}.py").write_text(head + textwrap.dedent(source), "utf-8")
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, "utf-8")
        lines = f"{name} = {module}" if entries is None else entries.format(module=module)
        (info / "entry_points.txt").write_text(f"[ostiary.plugins]\n{lines}\n", "utf-8")
        self.modules.append(module)
        importlib.invalidate_caches()
        return module


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty folder at the head of the import path."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    shelf = Shelf(tmp_path)
    yield shelf
    for module in shelf.modules:
        sys.modules.pop(module, None)


class StandIn:
    """The loader hands the house on and never looks inside; what plugins use of it is here."""

    def settings(self, part: str) -> dict[str, str]:
        """No settings but one."""
        return {"tempo": "slow"} if part == "factor.knock" else {}


@pytest.fixture
def house() -> House:
    """What hooks are given."""
    return cast("House", StandIn())
