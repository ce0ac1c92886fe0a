"""Which columns hold sealed values, and what each value is bound to.

A value is bound to the names of its table and column and to the key of its row, so that a
ciphertext copied elsewhere in the database does not open (ASVS 5.0, 11.3.3). A plugin
registers the sealed columns of its tables where it defines them::

    sealed_columns.register(things.c.secret)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Column, LargeBinary

from ostiary.store.keyring import KeyRing
from ostiary.store.tables import challenges, credentials, kept, outbox

__all__ = ["SealedColumn", "SealedColumns", "open_column", "seal_column", "sealed_columns"]


class SealedColumn(NamedTuple):
    """Where sealed values are: the names of a table, of its primary key, of the column."""

    table: str
    key: str
    column: str


class SealedColumns:
    """The sealed columns of the core and of the plugins, for the rotation of keys."""

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], SealedColumn] = {}

    def __iter__(self) -> Iterator[SealedColumn]:
        """All that are registered, in that order."""
        return iter(tuple(self._columns.values()))

    def register(self, column: Column[Any]) -> None:
        """Say that a column holds sealed values.

        Raises:
            ValueError: it is not a LargeBinary column of a table with one primary key column.
        """
        table = column.table
        keys = table.primary_key.columns.keys()
        if len(keys) != 1 or not isinstance(column.type, LargeBinary):
            raise ValueError(
                f"{column} cannot be sealed: it must be a LargeBinary column of a table whose "
                "primary key is one column"
            )
        self._columns[table.name, column.name] = SealedColumn(table.name, keys[0], column.name)

    def context(self, column: Column[Any], row: str | int) -> tuple[str, str, str]:
        """What the value of a column in the row with this key is bound to.

        Raises:
            ValueError: the column is not registered; a rotation of keys would lose its values.
        """
        if (column.table.name, column.name) not in self._columns:
            raise ValueError(f"{column} must be registered in sealed_columns before it is used")
        return column.table.name, str(row), column.name


sealed_columns = SealedColumns()
sealed_columns.register(credentials.c.secret)
sealed_columns.register(challenges.c.sealed)
sealed_columns.register(challenges.c.delivered)
sealed_columns.register(outbox.c.sealed)
sealed_columns.register(kept.c.sealed)


def seal_column(keys: KeyRing, column: Column[Any], row: str | int, plain: bytes) -> bytes:
    """Seal a value for this column of the row with this primary key.

    Raises:
        ValueError: the column is not registered in ``sealed_columns``.
    """
    return keys.seal(plain, *sealed_columns.context(column, row))


def open_column(keys: KeyRing, column: Column[Any], row: str | int, sealed: bytes) -> bytes:
    """What was sealed for this column of the row with this primary key.

    Raises:
        SealBroken: it was altered, cut, or moved here from elsewhere.
        ValueError: the column is not registered in ``sealed_columns``.
    """
    return keys.open(sealed, *sealed_columns.context(column, row))
