"""The packages that have tables: the core, and the plugins that are listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from alembic.script import ScriptDirectory

from ostiary.contracts import Migrations, StoreError
from ostiary.plugins import slug
from ostiary.store.tables import CORE_TABLES

__all__ = ["CORE", "SCRIPTS", "VERSION_PREFIX", "Package", "packages", "version_table"]

CORE = "core"
VERSION_PREFIX = "ostiary_version_"
SCRIPTS = Path(__file__).parent / "migrations"

# PostgreSQL cuts identifiers after 63 bytes; the longest made of a name is a version table's.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_RESERVED = {CORE, "version"}


@dataclass(frozen=True)
class Package:
    """One package with tables, and where its revisions are."""

    name: str
    revisions: Path
    tables: tuple[str, ...]
    core: str | None = None

    @property
    def version_table(self) -> str:
        """Where Alembic keeps the revision that the package's tables are at."""
        return version_table(self.name)

    @cached_property
    def script(self) -> ScriptDirectory:
        """The package's revisions, with the core's environment and template."""
        return ScriptDirectory(SCRIPTS, version_locations=[self.revisions])

    @cached_property
    def head(self) -> str:
        """The newest revision.

        Raises:
            StoreError: there is none, or more than one, or a revision cannot be read.
        """
        try:
            heads = self.script.get_heads()
        except Exception as error:
            raise StoreError(
                f"the migrations of {self.name!r} cannot be read ({type(error).__name__}): "
                "its author must mend them"
            ) from error
        if len(heads) != 1:
            found = ", ".join(sorted(heads)) or "none"
            raise StoreError(
                f"the migrations of {self.name!r} must end in one revision, found {found}: "
                "its author must mend them"
            )
        return heads[0]

    def knows(self, revision: str) -> bool:
        """Whether a revision is one of the package's."""
        # Alembic's own look-up also takes the beginning of a name, "head" and "base".
        return any(script.revision == revision for script in self.script.walk_revisions())


_CORE = Package(CORE, SCRIPTS / "versions", CORE_TABLES)


def version_table(name: str) -> str:
    """Where Alembic keeps the revision that the tables of a package are at."""
    return VERSION_PREFIX + slug(name)


def packages(plugins: Sequence[tuple[str, Migrations]]) -> tuple[Package, ...]:
    """The core and these plugins, in this order, found fit to own their tables.

    Raises:
        StoreError: a name or a table is not a plugin's to take, or revisions are missing.
    """
    found = [_CORE]
    owners = dict.fromkeys(_CORE.tables, CORE)
    for name, migrations in plugins:
        if not _NAME.fullmatch(name) or name in _RESERVED | {p.name for p in found}:
            raise StoreError(
                f"a plugin with migrations cannot be named {name!r}: the name must match "
                f"{_NAME.pattern}, be given once, and be none of {', '.join(sorted(_RESERVED))}"
            )
        for table in migrations.tables:
            if not table.startswith(f"ostiary_{slug(name)}_"):
                raise StoreError(
                    f"the plugin {name!r} declares the table {table!r}: "
                    f"its tables must be named ostiary_{slug(name)}_*"
                )
            if owners.setdefault(table, name) != name:
                raise StoreError(
                    f"the plugin {name!r} declares the table {table!r}, which belongs to "
                    f"{owners[table]!r}: one of them must be renamed by its author"
                )
        found.append(Package(name, _folder(name, migrations), migrations.tables, migrations.core))
    return tuple(found)


def _folder(name: str, migrations: Migrations) -> Path:
    """Where a plugin's revisions are: the folder that it names, or ``versions`` in it."""
    package, _, folder = migrations.location.partition(":")
    try:
        place = Path(str(files(package))) / folder
    except (ImportError, TypeError, ValueError) as error:
        raise StoreError(
            f"the migrations of {name!r} are said to be in {migrations.location!r}, which "
            f"cannot be imported ({type(error).__name__}); it must be PACKAGE:FOLDER"
        ) from error
    place = place / "versions" if (place / "versions").is_dir() else place
    if not folder or not place.is_dir():
        raise StoreError(
            f"the migrations of {name!r} are said to be in {migrations.location!r}, which is "
            "no folder; it must be PACKAGE:FOLDER"
        )
    return place
