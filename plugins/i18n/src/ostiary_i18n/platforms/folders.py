"""Plain PO files in a folder, as Weblate and Pontoon take them: a folder a package."""

from __future__ import annotations

from pathlib import Path

from babel.messages import Catalog as PoCatalog

from ostiary_i18n.catalogs import translated
from ostiary_i18n.platforms import Pushed
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import read_catalog


class Folder:
    """A checkout that a platform reads and writes: ``<package>/<package>.pot``, ``<locale>.po``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def push(self, package: Package, template: PoCatalog, content: bytes, /) -> Pushed:
        """Write the template, and the catalogs that are not there yet."""
        folder = self._root / package.domain
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{package.domain}.pot"
        there = target.read_bytes() if target.is_file() else None
        target.write_bytes(content)
        for locale in package.locales:
            own, theirs = package.catalog(locale), folder / f"{locale}.po"
            if own.is_file() and not theirs.is_file():
                theirs.write_bytes(own.read_bytes())
        count = len(template)
        if there is None:
            return Pushed(package.domain, count, 0, 0)
        return Pushed(package.domain, 0, 0 if there == content else count, 0)

    def push_translations(self, package: Package, locale: str, content: bytes, /) -> Pushed:
        """Copy the catalog; what stands there is replaced."""
        path = self._root / package.domain / f"{locale}.po"
        there = path.read_bytes() if path.is_file() else None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count = sum(1 for _each in translated(read_catalog(path, locale)))
        if there is None:
            return Pushed(package.domain, count, 0, 0, locale)
        return Pushed(package.domain, 0, 0 if there == content else count, 0, locale)

    def pull(self, package: Package, locale: str, /) -> bytes | None:
        """What stands there now."""
        path = self._root / package.domain / f"{locale}.po"
        return path.read_bytes() if path.is_file() else None
