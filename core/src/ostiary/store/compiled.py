"""Statements that never change, compiled once, as the driver takes them.

A query takes some 20 us. Around it SQLAlchemy takes 300 more: to build the statement, to find its
compiled form, to wrap the result. What a request or a sign-in runs each time is built and compiled
once instead, and run by the driver. It is written, and its values are converted, as everywhere
else.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect

__all__ = ["Compiled", "Statement", "Statements"]

Statement: TypeAlias = Select[Any] | Insert | Update | Delete
_Convert: TypeAlias = Callable[[Any], Any]


class Statements:
    """The compiled form of each constant statement, for one database.

    A constant is made once, with a ``bindparam`` of a name of its own wherever a value goes. An
    INSERT or UPDATE without ``values`` sets the columns that are given by name. Whatever is asked
    for here is kept: a statement that is built anew each time belongs to ``Unit.execute``.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[tuple[Any, ...], Compiled] = {}

    def of(self, statement: Statement, values: Mapping[str, Any]) -> Compiled:
        """How to run it with these values.

        Raises:
            TypeError: a value is missing, or has no place in it.
        """
        key = (statement, *values)
        compiled = self._known.get(key)
        if compiled is None:
            compiled = self._known[key] = Compiled(statement, self._dialect, list(values))
        return compiled


class Compiled:
    """A statement as the driver takes it, and how values go in and come out."""

    def __init__(self, statement: Statement, dialect: Dialect, given: list[str]) -> None:
        sets = isinstance(statement, Insert | Update)
        compiled: Any = statement.compile(dialect=dialect, column_keys=given if sets else None)
        self.sql = str(compiled)
        # Literals have their values already.
        constants: dict[str, Any] = compiled.construct_params(_check=False)
        needed = {name for name in constants if compiled.binds[name].required}
        # What Python gives where nothing is given: a value, or else a function for each row.
        made = [*compiled.insert_prefetch, *compiled.update_prefetch]
        fixed = {column.key: column.default.arg for column in made if column.default.is_scalar}
        if needed != set(given) or len(fixed) < len(made):
            raise TypeError(f"{self.sql}: needs {sorted(needed)}, was given {sorted(given)}")
        self._constants = {**constants, **fixed}
        # Nothing is left of them where every value is given.
        self._constant = not needed.issuperset(self._constants)
        bound: dict[str, _Convert | None] = {
            name: compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
            for name in constants
        }
        # Question marks on SQLite, names on PostgreSQL.
        positions: list[str] | None = compiled.positiontup
        self._positional = positions is not None
        self._bound = [(name, bound[name]) for name in positions or bound]
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        types = (column.type.dialect_impl(dialect) for column in columns)
        processors = (impl.result_processor(dialect, None) for impl in types)
        self._converted = [(at, each) for at, each in enumerate(processors) if each is not None]
        self._row = _row_of([str(column.key) for column in columns])

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """What the driver is given."""
        given = {**self._constants, **values} if self._constant else values
        if self._positional:
            return [
                given[name] if convert is None else convert(given[name])
                for name, convert in self._bound
            ]
        return {
            name: given[name] if convert is None else convert(given[name])
            for name, convert in self._bound
        }

    def rows(self, found: Iterable[Sequence[Any]]) -> list[Any]:
        """What the driver gave, as named tuples of the selected columns."""
        rows = []
        for values in found:
            row = list(values)
            for at, convert in self._converted:
                row[at] = convert(row[at])
            rows.append(self._row._make(row))
        return rows


def _row_of(names: list[str]) -> Any:
    return namedtuple("Row", names)  # noqa: PYI024 - the names are known here only.
