"""Commands run as they are typed, against databases of both kinds and plugins of strangers."""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ostiary.cli import run
from ostiary.cli.state import State
from ostiary.runtime import Runtime

HEAD = """\
from ostiary import contracts as c
from ostiary.hookspecs import hookimpl
from ostiary.text import translations
_, _n, _p, _np = translations("stranger")
OSTIARY_API = 1
"""

# A word that a person knows, given at the command line, and a bell that counts as second.
WORD = """\
KNOW = c.Strength(frozenset({c.Kind.KNOW}))
HAVE = c.Strength(frozenset({c.Kind.HAVE}))

class Word(c.CodeFactor):
    name = "word"
    title = _("Word")
    code_text = _("Say the word.")
    code_field = c.Field("word", _("Word"), max_length=40)
    properties = c.Properties(KNOW, c.First.AFTER_NAME, second=False, most=1, single_use=False)
    create_option = c.CreateOption("--word-stdin", "Read the word.", "word")
    def begin_enrolment(self, step):
        return c.Form(text=self.code_text, fields=(self.code_field,))
    def finish_enrolment(self, step, answer):
        word = answer["word"]
        if word == "raise":
            raise RuntimeError("a secret: " + word)
        if word == "nothing":
            return None
        if word == "more":
            return c.Form(text=self.code_text, fields=(self.code_field,))
        if word in (step.user.login, step.user.address):
            return c.Refused("as-name", _("Not your own name."))
        return c.Enrolled(label=_("Word"), secret=word.encode(), chosen=word)
    def match(self, step, credential, code):
        return c.Verified(credential=credential)
    def decoy(self):
        return c.Credential("decoy", "decoy", "")

class Bell(Word):
    name = "bell"
    title = _("Bell")
    properties = c.Properties(HAVE)
    create_option = c.CreateOption("--bell-stdin", "Read the bell.", "word")

class Guard(c.SignInGuard):
    name = "common"
    def check_chosen(self, user, factor, secret):
        return c.Refused("common", _("Everybody knows it.")) if secret == "sesame" else None

@hookimpl
def ostiary_register_factors(house):
    return [Word(), Bell()]

@hookimpl
def ostiary_register_sign_in_guards(house):
    return [Guard()]
"""


TABLES = """
@hookimpl
def ostiary_register_migrations(house):
    return c.Migrations("late_migrations:versions", ("ostiary_late_thing",), "0001")
"""

REVISION = """
import sqlalchemy as sa
from alembic import op
revision = "l1"
down_revision = None
def upgrade():
    op.create_table("ostiary_late_thing", sa.Column("id", sa.Integer, primary_key=True))
"""


@dataclass(frozen=True)
class Result:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


CLI: TypeAlias = Callable[..., Result]


class Shelf:
    """A folder on the import path, into which strangers' distributions are put."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    def install(self, name: str, source: str) -> None:
        """Put a plugin there, as a distribution with an entry point."""
        module = f"{name}_module"
        (self.folder / f"{module}.py").write_text(HEAD + source, "utf-8")
        info = self.folder / f"{name}_dist-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.5\n", "utf-8"
        )
        (info / "entry_points.txt").write_text(f"[ostiary.plugins]\n{name} = {module}\n", "utf-8")
        self.modules.append(module)
        importlib.invalidate_caches()


def events(result: Result) -> list[dict[str, Any]]:
    """The lines of the trail that a command wrote, for there is no sink."""
    lines = [json.loads(line) for line in result.err.splitlines() if line.startswith("{")]
    return [line["event"] for line in lines if line["logger"] == "ostiary.trail"]


def add_tables(shelf: Shelf) -> None:
    """A plugin with a table."""
    shelf.install("late", TABLES)
    folder = shelf.folder / "late_migrations" / "versions"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / "l1.py").write_text(REVISION)
    shelf.modules.append("late_migrations")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """An empty one, seen by this process and by those that it starts."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made = Shelf(folder)
    yield made
    for module in list(sys.modules):
        if module.split(".")[0] in made.modules:
            del sys.modules[module]


@pytest.fixture
def data(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the data folder is going to be; the environment names it and nothing else."""
    for variable in os.environ:
        if variable.startswith("OSTIARY_") and not variable.startswith("OSTIARY_TEST_"):
            monkeypatch.delenv(variable)
    folder = tmp_path / "data"
    monkeypatch.setenv("OSTIARY_DATA", str(folder))
    return folder


@pytest.fixture
def cli(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CLI]:
    """Run a command in this process."""
    ours, trail, root = (logging.getLogger(n) for n in ("ostiary", "ostiary.trail", None))
    levels = [logger.level for logger in (ours, trail, root)]
    handlers = list(root.handlers)

    def call(*arguments: str, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    yield call
    root.handlers[:] = handlers
    for logger, level in zip((ours, trail, root), levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def installed(cli: CLI, shelf: Shelf, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> CLI:
    """A house with the stranger's factors, migrated, on each database."""
    shelf.install("stranger", WORD)
    monkeypatch.setenv("OSTIARY_DATABASE", empty_url)
    monkeypatch.setenv("OSTIARY_PLUGINS", "stranger")
    assert cli("migrate").code == 0
    return cli


@pytest.fixture
def runtime(installed: CLI) -> Iterator[Runtime]:
    """The same house, from within."""
    state = State(os.environ)
    yield state.runtime
    state.close()


@pytest.fixture
def program(data: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command as a process of its own."""

    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from ostiary.cli import main; main()", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start
