"""How large the core may become: a core that grows is doing a plugin's work."""

from __future__ import annotations

import ast
import dataclasses
import io
import tokenize
from pathlib import Path

import pytest

from ostiary import contracts

SOURCE = Path(__file__).parents[1] / "src" / "ostiary"
CONTRACTS = sorted((SOURCE / "contracts").glob("*.py"))
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NO_CODE = frozenset(
    {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
)


def lines(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_contracts_and_hooks_are_read_in_one_sitting() -> None:
    assert len(CONTRACTS) > 5
    assert sum(map(lines, [*CONTRACTS, SOURCE / "hookspecs.py"])) < 800


def code_lines(path: Path) -> int:
    """Lines with code on them: not blank, no comment, no docstring."""
    source = path.read_text("utf-8")
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            found -= set(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return len(found)


def test_the_core_grows_only_by_decision() -> None:
    """docs/decisions/size.md gives the number, and the reason for it."""
    core = [p for p in SOURCE.rglob("*.py") if p.relative_to(SOURCE).parts[0] != "testing"]
    assert len(core) > 30
    assert 6_000 < sum(map(code_lines, core)) < 18_000


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.name)
def test_the_contracts_import_nothing_else_of_the_house(path: Path) -> None:
    imports = [
        n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if "Import" in type(n).__name__
    ]
    for node in imports:
        modules = (
            ["ostiary.contracts" if node.level else str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]  # type: ignore[attr-defined]
        )
        for module in modules:
            assert not module.startswith("ostiary") or module.startswith("ostiary.contracts")


def test_every_public_name_of_the_contracts_can_be_imported_and_is_frozen() -> None:
    for name in contracts.__all__:
        value = getattr(contracts, name)
        if dataclasses.is_dataclass(value):
            assert vars(value)["__dataclass_params__"].frozen, name
    modules = {path.stem for path in CONTRACTS}
    public = {name for name in vars(contracts) if name[0].isalpha() and name not in modules}
    assert public == set(contracts.__all__)
