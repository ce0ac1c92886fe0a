"""What the database says of its own schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, column, inspect, select, table

from ostiary.contracts import Migrations, StoreError
from ostiary.store.engine import Store
from ostiary.store.packages import CORE, Package, packages, version_table
from ostiary.store.tables import schema

__all__ = ["Revision", "check_schema", "current_revision", "owned_tables", "revisions"]


@dataclass(frozen=True, slots=True)
class Revision:
    """Where a package's tables are.

    ``current`` is None before the first migration. ``head`` is None for an orphan: a package
    with tables that is not listed. ``tables`` are those that it owns.
    """

    package: str
    current: str | None
    head: str | None
    tables: tuple[str, ...]

    @property
    def orphan(self) -> bool:
        """Whether the tables are there and the package is not."""
        return self.head is None


def revisions(store: Store, plugins: Sequence[tuple[str, Migrations]] = ()) -> tuple[Revision, ...]:
    """The core, these plugins, then the orphans by name.

    Raises:
        StoreError: a plugin's migrations are not fit to be run.
    """
    listed = packages(plugins)
    with store.read() as connection:
        owned = owned_tables(connection)
        there = [
            Revision(p.name, current_revision(connection, p.version_table), p.head, p.tables)
            for p in listed
        ]
        there += [
            Revision(name, current_revision(connection, version_table(name)), None, owned[name])
            for name in sorted(owned.keys() - {p.name for p in listed})
        ]
    return tuple(there)


def check_schema(store: Store, plugins: Sequence[tuple[str, Migrations]] = ()) -> None:
    """Do nothing when every package's tables are as this version needs them.

    Raises:
        StoreError: they are not; says how to mend it.
    """
    behind = []
    with store.read() as connection:
        for package in packages(plugins):
            current = current_revision(connection, package.version_table)
            refuse_unknown(package, current)
            if current != package.head:
                behind.append(f"{package.name} is at {current or 'nothing'}, not {package.head}")
    if behind:
        raise StoreError(f"the database is behind ({'; '.join(behind)}): run `ostiary migrate`")


def refuse_unknown(package: Package, current: str | None) -> None:
    """Refuse a database that a newer version of a package has migrated."""
    if current is not None and not package.knows(current):
        name = "ostiary" if package.name == CORE else f"the plugin {package.name!r}"
        raise StoreError(
            f"the database is ahead: it is at revision {current} of {name}, and the installed "
            f"version knows only up to {package.head}; install a newer one"
        )


def current_revision(connection: Connection, table_name: str) -> str | None:
    """The revision in a version table; None when there is no such table, or nothing in it."""
    if not inspect(connection).has_table(table_name):
        return None
    versions = table(table_name, column("version_num"))
    return connection.execute(select(versions.c.version_num)).scalar_one_or_none()


def owned_tables(connection: Connection) -> dict[str, tuple[str, ...]]:
    """By package, the tables that were recorded when it was last migrated."""
    if not inspect(connection).has_table(schema.name):
        return {}
    rows = connection.execute(select(schema.c.package, schema.c.tables))
    return {package: tuple(tables) for package, tables in rows}
