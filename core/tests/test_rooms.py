"""The rooms of the core: who imports whom, and that none of them knows a plugin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from ostiary import contracts

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "core" / "src" / "ostiary"
TABLE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROOMS = re.findall(r"^\| `(\w+)/?` \|", TABLE, re.MULTILINE)
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(tree: ast.AST, path: Path) -> Iterator[str]:
    """Every module of the house that is imported, at any depth, under TYPE_CHECKING too."""
    package = ("ostiary", *path.relative_to(SOURCE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*start, *filter(None, [node.module])))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def rooms_imported(tree: ast.AST, path: Path) -> set[str]:
    names = (name.split(".") for name in imported(tree, path))
    return {name[1] for name in names if name[0] == "ostiary" and len(name) > 1} & set(ROOMS)


def test_every_room_stands_in_the_table() -> None:
    assert ROOMS[:2] == ["contracts", "hookspecs"]
    assert {room_of(path) for path in MODULES} <= set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    below = ROOMS[ROOMS.index(room_of(path)) + 1 :]
    tree = ast.parse(path.read_text("utf-8"))
    assert not rooms_imported(tree, path) & set(below)


@pytest.mark.parametrize(
    "source",
    [
        "from ostiary.web import views",
        "from ostiary import web",
        "import ostiary.web.views",
        "from ..web import views",
        "from .. import web",
        "def late():\n    import ostiary.web",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ostiary.web import x",
    ],
)
def test_no_way_of_importing_goes_unseen(source: str) -> None:
    assert rooms_imported(ast.parse(source), SOURCE / "store" / "unit.py") == {"web"}


def names_of_parts(folder: Path) -> Iterator[str]:
    """The names that a plugin of this repository gives its parts: ``name = "..."`` in a class.

    What it names among its own is no part of the house.
    """
    for path in (folder / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            part = isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and hasattr(contracts, base.id) for base in node.bases
            )
            for line in node.body if isinstance(node, ast.ClassDef) and part else ():
                match line:
                    case ast.Assign([ast.Name("name")], ast.Constant(str(name))) | ast.AnnAssign(
                        ast.Name("name"), _, ast.Constant(str(name))
                    ):
                        yield name
                    case _:
                        continue


PLUGINS = [path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml")]
PARTS = {name for folder in PLUGINS for name in names_of_parts(folder)}
PACKAGES = {f"ostiary_{folder.name}" for folder in PLUGINS}
# A factor may be called like a property of factors ("recovery"); the word is then the contracts'.
FIELDS = {field.name for cls in (contracts.Properties, contracts.Proof) for field in fields(cls)}


def html_words(tree: ast.AST) -> set[int]:
    """Constants that are HTML's: ``type="password"``, or one of several types of fields."""
    groups: list[ast.AST] = []
    for node in ast.walk(tree):
        match node:
            case ast.keyword("type" | "autocomplete", value):
                groups.append(value)
            case ast.Compare(ast.Attribute(_, "type")):
                groups.append(node)
            case ast.Set(items) | ast.Tuple(items) | ast.List(items):
                if {"text", "code"} <= {getattr(item, "value", None) for item in items}:
                    groups.append(node)
            case _:
                continue
    return {id(constant) for group in groups for constant in ast.walk(group)}


def words_naming_a_plugin(tree: ast.AST, parts: set[str], packages: set[str]) -> set[str]:
    """Strings that are a part's name or its settings', and strings and names of a package.

    Prose and attributes such as ``properties.recovery`` are none: what makes code depend on a
    plugin is a name as a value, or an import.
    """
    html = html_words(tree)
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(word)) if id(node) not in html:
                name = re.sub(r"^(factor|verifier|sink)\.([^.]*).*", r"\2", word)
                if name in parts and (name != word or word not in FIELDS):
                    found.add(word)
                found.update(p for p in packages if re.match(rf"{p}(?![a-z0-9])", word))
            case ast.Name(word) if word in packages:
                found.add(word)
            case _:
                continue
    imports = (name.split(".")[0] for name in imported(tree, SOURCE / "x.py"))
    return found | {name for name in imports if name in packages}


CORE = [path for path in MODULES if room_of(path) != "testing"]


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_room_names_a_plugin_or_a_factor(path: Path) -> None:
    """Take away any plugin, and nothing in the core has to change."""
    assert not words_naming_a_plugin(ast.parse(path.read_text("utf-8")), PARTS, PACKAGES)


@pytest.mark.parametrize(
    "source",
    [
        "if name == 'totp': pass",
        "import ostiary_totp.views",
        "from ostiary_totp import Totp",
        "setting = 'factor.totp.tolerance'",
        "table = 'ostiary_totp_used'",
        "{'totp': 1}",
        "match name:\n    case 'totp': pass",
    ],
)
def test_no_way_of_naming_one_goes_unseen(source: str) -> None:
    assert words_naming_a_plugin(ast.parse(source), {"totp"}, {"ostiary_totp"})


def test_the_plugins_of_the_repository_are_known() -> None:
    assert {"password", "totp"} <= PARTS
    assert {"ostiary_password", "ostiary_totp"} <= PACKAGES


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("name == 'password'", True),
        ("Field('x', label, type='password')", False),
        ("TYPES = frozenset({'text', 'password', 'code'})", False),
        ("field.type == 'password'", False),
        ("Field('password', label)", True),
        ("'a password is a word'", False),
    ],
)
def test_the_type_of_a_field_is_no_factor(source: str, named: bool) -> None:
    assert bool(words_naming_a_plugin(ast.parse(source), {"password"}, set())) is named
