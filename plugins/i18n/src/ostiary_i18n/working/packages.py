"""The packages whose messages are worked on: those of this house, or of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ostiary.contracts import MessageCatalog, OstiaryError

LOCALE = "locale"


@dataclass(frozen=True, slots=True)
class Package:
    """A package with texts. Its domain is its name."""

    domain: str
    root: Path
    """Where its modules and templates are."""

    directory: Path
    """Where its catalogs are."""

    title: str

    @property
    def template(self) -> Path:
        """Its messages, untranslated."""
        return self.directory / f"{self.domain}.pot"

    @property
    def locales(self) -> tuple[str, ...]:
        """The folders of its languages."""
        if not self.directory.is_dir():
            return ()
        found = (each for each in self.directory.iterdir() if (each / "LC_MESSAGES").is_dir())
        return tuple(sorted(each.name for each in found))

    def catalog(self, locale: str) -> Path:
        """The PO file of a language."""
        return self.directory / locale / "LC_MESSAGES" / f"{self.domain}.po"


def packages(catalogs: Sequence[MessageCatalog], names: Sequence[str]) -> tuple[Package, ...]:
    """The named packages; without names, all that register catalogs of their own.

    Args:
        catalogs: what the plugins registered.
        names: names of packages that can be imported, registered or not.

    Raises:
        OstiaryError: there is no such package.
    """
    known: dict[str, MessageCatalog] = {}
    for each in catalogs:
        known.setdefault(each.domain, each)
    return tuple(_package(name, known.get(name)) for name in names or known)


def _package(name: str, catalog: MessageCatalog | None) -> Package:
    if not name.isidentifier():
        raise OstiaryError(f"{name!r} is no name of a package, such as acme_badges")
    spec = find_spec(name)
    folders = () if spec is None else tuple(spec.submodule_search_locations or ())
    if not folders:
        raise OstiaryError(f"there is no package {name!r} here: install it, or name another one")
    root = Path(folders[0])
    directory = root / LOCALE if catalog is None else Path(catalog.directory)
    return Package(name, root, directory, name if catalog is None else str(catalog.title))
