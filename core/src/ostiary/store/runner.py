"""Bringing the tables of the core and of the plugins to their newest revision.

The core owns the environment; a plugin ships revisions. Each package has a version table of
its own, so that one can come, go and come back without the others noticing. Everything that
one run does is one transaction. There is no way down: put back a copy of the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from sqlalchemy import delete, insert, inspect, text

from ostiary.contracts import Migrations, StoreError
from ostiary.store.engine import Store
from ostiary.store.packages import CORE, Package, packages, version_table
from ostiary.store.sealed import sealed_columns
from ostiary.store.sql import alone
from ostiary.store.state import current_revision, owned_tables, refuse_unknown
from ostiary.store.tables import metadata, schema
from ostiary.store.unit import Unit

__all__ = ["migrate", "purge"]

# Alembic hands the environment to revisions through module globals.
_one_at_a_time = threading.Lock()


def migrate(store: Store, plugins: Sequence[tuple[str, Migrations]] = ()) -> tuple[str, ...]:
    """Run what is missing, first the core's, then each plugin's in this order.

    All of it happens, or none. Of two processes at once, one waits and finds nothing to do.

    Returns:
        A line for each package that was not at its newest revision.

    Raises:
        StoreError: a plugin is not fit to be migrated, or a revision failed; nothing changed.
    """
    listed = packages(plugins)
    with _one_at_a_time, store.migrating() as unit:
        alone(unit)
        _refuse_owned_by_others(unit, listed)
        done = [line for package in listed for line in _upgrade(unit, package, listed[0])]
        _refuse_broken_references(unit)
    return tuple(done)


def purge(
    store: Store, name: str, within: Callable[[Unit], object] = lambda _unit: None
) -> tuple[str, ...]:
    """Drop the tables of a plugin, installed or not, and what they hold.

    ``within`` is called last in the same transaction, to record it.

    Returns:
        A line for each table.

    Raises:
        StoreError: there is no such plugin's table, they are the core's, or tables of another
            plugin refer to them; nothing changed.
    """
    if name == CORE:
        raise StoreError("the core's tables cannot be purged: delete the database instead")
    with store.migrating() as unit:
        alone(unit)
        owned = owned_tables(unit.connection)
        if name not in owned:
            known = ", ".join(sorted(owned.keys() - {CORE})) or "none"
            raise StoreError(f"no plugin {name!r} has tables in the database; found: {known}")
        existing = _table_names(unit)
        doomed = [t for t in (*owned[name], version_table(name)) if t in existing]
        _refuse_referred_to(unit, name, doomed)
        _drop(unit, doomed)
        unit.execute(delete(schema).where(schema.c.package == name))
        within(unit)
    return tuple(f"{name}: dropped {table}" for table in doomed)


def _upgrade(unit: Unit, package: Package, core: Package) -> list[str]:
    current = current_revision(unit.connection, package.version_table)
    refuse_unknown(package, current)
    if package.core is not None and not core.knows(package.core):
        raise StoreError(
            f"the plugin {package.name!r} needs revision {package.core!r} of the core, which "
            f"has only up to {core.head}: install a newer ostiary"
        )
    lines = []
    if current != package.head:
        before = _table_names(unit)
        _run(unit, package)
        _refuse_undeclared(package, before, _table_names(unit))
        lines.append(f"{package.name}: {current or 'nothing'} -> {package.head}")
    _record(unit, package)
    return lines


def _run(unit: Unit, package: Package) -> None:
    """Run the package's missing revisions in the unit's transaction."""
    config = Config(
        attributes={
            "connection": unit.connection,
            "target_metadata": metadata,
            "version_table": package.version_table,
            "transactional_ddl": True,
        }
    )

    def missing(current: Any, _context: object) -> Any:
        return package.script._upgrade_revs(package.head, current)  # noqa: SLF001 - as alembic.command does.

    try:
        with EnvironmentContext(config, package.script, fn=missing, destination_rev=package.head):
            package.script.run_env()
    except Exception as error:
        raise StoreError(
            f"the migrations of {package.name!r} failed with {type(error).__name__}; "
            "nothing was changed"
        ) from error


def _record(unit: Unit, package: Package) -> None:
    """Keep what must be known of a package when it is not installed any more."""
    sealed = [list(entry) for entry in sealed_columns if entry.table in package.tables]
    unit.execute(delete(schema).where(schema.c.package == package.name))
    unit.execute(
        insert(schema).values(
            package=package.name, tables=list(package.tables), sealed=sealed, core=package.core
        )
    )


def _table_names(unit: Unit) -> set[str]:
    # An inspector remembers what it saw, so each look needs a new one.
    return set(inspect(unit.connection).get_table_names())


def _refuse_owned_by_others(unit: Unit, listed: Sequence[Package]) -> None:
    owners = {
        table: name for name, tables in owned_tables(unit.connection).items() for table in tables
    }
    for package in listed:
        for table in package.tables:
            if owners.get(table, package.name) != package.name:
                raise StoreError(
                    f"{package.name!r} declares the table {table!r}, which belongs to "
                    f"{owners[table]!r}; if that one is gone for good, run "
                    f"`ostiary migrate --purge {owners[table]}`"
                )


def _refuse_undeclared(package: Package, before: set[str], after: set[str]) -> None:
    """Hold a package to its own tables: one that nobody owns would never be purged."""
    own = {*package.tables, package.version_table}
    faults = {
        "made": after - before - own,
        "dropped": before - after - own,
        "did not make": own - after,
    }
    for fault, tables in faults.items():
        if tables:
            raise StoreError(
                f"the migrations of {package.name!r} {fault} {', '.join(sorted(tables))}: its "
                "author must make the declared tables and the revisions agree; nothing was "
                "changed"
            )


def _refuse_broken_references(unit: Unit) -> None:
    """Check what SQLite did not while foreign keys were off."""
    if unit.connection.dialect.name == "sqlite":
        broken = {row[0] for row in unit.execute(text("PRAGMA foreign_key_check"))}
        if broken:
            raise StoreError(
                f"the migrations leave rows in {', '.join(sorted(broken))} that refer to "
                "nothing; nothing was changed"
            )


def _refuse_referred_to(unit: Unit, name: str, doomed: Sequence[str]) -> None:
    inspector = inspect(unit.connection)
    for table in sorted(set(inspector.get_table_names()) - set(doomed)):
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"] in doomed:
                raise StoreError(
                    f"the table {table!r} refers to {key['referred_table']!r} of {name!r}: "
                    "purge the plugin that owns it first"
                )


def _drop(unit: Unit, tables: Sequence[str]) -> None:
    quote = unit.connection.dialect.identifier_preparer.quote_identifier
    quoted = [quote(table) for table in tables]
    # SQLite drops one at a time, in any order while foreign keys are off; PostgreSQL drops
    # tables that refer to each other only together.
    for several in quoted if unit.connection.dialect.name == "sqlite" else [", ".join(quoted)]:
        unit.execute(text(f"DROP TABLE {several}"))
