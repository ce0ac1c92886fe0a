"""Which mutants a module has: its changes by cosmic-ray that a test could notice."""

from __future__ import annotations

import ast
import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-untyped]
from cosmic_ray.mutating import mutate_code  # type: ignore[import-untyped]
from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-untyped]

# Whether equal values are one object is the interpreter's luck and no behaviour; and what is
# compared by identity here, members of enums and types, is equal to itself alone and in no order.
_ALIKE = re.compile(r"_(Eq|NotEq|Lt|LtE|Gt|GtE)_Is(Not)?$|_Is(Not)?_(Eq|NotEq|Lt|LtE|Gt|GtE)$")


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

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line}: {self.was!r} -> {self.becomes!r}"


def sample(path: Path, most: int, seed: int, only: str) -> list[Mutant]:
    """Some mutants of a module, in the order of the seed; all of them where ``most`` is 0."""
    return list(islice(_mutants(path, seed, only), most or None))


def _mutants(path: Path, seed: int, only: str) -> Iterator[Mutant]:
    original = path.read_text()
    seen = {_behaviour(original)}
    for name, place in _drawn(original, f"{seed}:{path.stem}"):
        source = mutate_code(original, get_operator(name)(), place)
        try:
            does = _behaviour(source)
        except SyntaxError:
            continue
        if does not in seen:
            seen.add(does)
            mutant = _mutant(path.stem, original, source)
            if only in mutant.was:
                yield mutant


def _drawn(original: str, seed: str) -> list[tuple[str, int]]:
    """Every operator that can change the module, and where: one of each line, then another.

    The seed decides which, by a lot that each draws by its line: so a change of the module
    changes little of a sample.
    """
    nodes, lines = list(ast_nodes(get_ast(original))), original.splitlines()
    of_line = defaultdict(list)
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or _ALIKE.search(name):
            continue
        places = [at for node in nodes for at in operator().mutation_positions(node)]
        for place, ((row, column), _end) in enumerate(places):
            lot = hashlib.sha256(f"{seed}:{name}:{lines[row - 1].strip()}:{column}".encode())
            of_line[row].append((lot.digest(), name, place))
    ranked = [(rank, *lot) for lots in of_line.values() for rank, lot in enumerate(sorted(lots))]
    return [(name, place) for _rank, _lot, name, place in sorted(ranked)]


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


def _behaviour(source: str) -> str:
    """What a module does, comparable."""
    return ast.dump(_Bare().visit(ast.parse(source)))


class _Bare(ast.NodeTransformer):
    """Takes away what no test can or should see."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        # No annotation is evaluated.
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        # Which arguments are passed by their name is held by mypy.
        self.generic_visit(node)
        named = [default or ast.Constant(...) for default in node.kw_defaults]
        everything = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        return ast.arguments([], everything, node.vararg, [], [], node.kwarg, node.defaults + named)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        # A constant is a choice: tests know it by its name, and one more or less is as good.
        self.generic_visit(node)
        named = all(isinstance(to, ast.Name) and to.id.isupper() for to in node.targets)
        if named and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        # That values are frozen is held by mypy; no test writes to each field of each.
        node.decorator_list = [d for d in node.decorator_list if "frozen" not in ast.unparse(d)]
        self.generic_visit(node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        # A union of types: any other operator raises, so that it would say nothing of tests.
        self.generic_visit(node)
        return ast.Constant(None) if _is_type(node.left) and _is_type(node.right) else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        self.generic_visit(node)
        return ast.Pass() if isinstance(node.value, ast.Constant) else node


def _is_type(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    return isinstance(node, ast.Name) and node.id[0].isupper() and not node.id.isupper()
