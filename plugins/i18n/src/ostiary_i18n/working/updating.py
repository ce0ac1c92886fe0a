"""Catalogs brought up to their template, and compiled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog as PoCatalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from ostiary.contracts import OstiaryError
from ostiary_i18n.catalogs import Unreadable, checked, messages_of, read, source_of
from ostiary_i18n.coverage import FILE, count, to_json
from ostiary_i18n.layers import PACKAGE, Shelf
from ostiary_i18n.tags import language_named, written
from ostiary_i18n.working.extracting import unflagged
from ostiary_i18n.working.packages import Package

_WIDTH = 96


def update(package: Package, template: PoCatalog, name: str, *, guess: bool = False) -> bool:
    """Bring a catalog up to the template, or begin one; whether that changed anything.

    Args:
        package: whose it is.
        template: its messages.
        name: of the language, as folders are named: ``pt_BR``.
        guess: keep the translation of a message that was reworded, marked as fuzzy.

    Raises:
        OstiaryError: CLDR knows no such language, or the catalog cannot be read.
    """
    return write(current(package, template, name, guess=guess), package.catalog(name))


def write(catalog: PoCatalog, path: Path) -> bool:
    """Write a catalog; whether the file is another one now."""
    before = path.read_bytes() if path.is_file() else None
    unflagged(catalog)
    file = BytesIO()
    write_po(file, catalog, width=_WIDTH, sort_by_file=True, include_lineno=False)
    lines = file.getvalue().decode().splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith('"POT-Creation-Date')).encode()
    if kept == before:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)
    return True


def read_catalog(path: Path, name: str) -> PoCatalog:
    """A language's catalog, for a person who is at work on it.

    Raises:
        OstiaryError: it cannot be read, or CLDR knows no such language.
    """
    _tag, locale = language_named(name)
    try:
        return read(path, locale)
    except Unreadable as error:
        raise OstiaryError(f"{path} cannot be read: {error}") from None


def compile_package(package: Package) -> tuple[int, int]:
    """Compile what can be shown of each language, and count it.

    Returns:
        how many messages were compiled, and how many left out.
    """
    compiled = dropped = 0
    for name in package.locales:
        path = package.catalog(name)
        if not path.is_file():
            continue
        catalog = read_catalog(path, name)
        sound = checked(catalog, PACKAGE, str(path))
        for source in list(map(source_of, messages_of(catalog))):
            if (source.context, source.id) not in sound.messages:
                catalog.delete(source.id, source.context)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        compiled, dropped = compiled + len(sound.messages), dropped + len(sound.dropped)
    write_coverage(package)
    return compiled, dropped


def coverage(package: Package) -> bytes:
    """How much of a package is translated into what, as the file says it."""
    shelf = Shelf(PACKAGE, package.directory, package.domain)
    known = {package.domain: to_json(count((shelf,), package.domain), shelf.names)}
    return (json.dumps(known, indent=2, sort_keys=True) + "\n").encode()


def write_coverage(package: Package) -> bool:
    """Write that file; whether it changed."""
    path, new = package.directory / FILE, coverage(package)
    if not package.directory.is_dir() or (path.is_file() and path.read_bytes() == new):
        return False
    path.write_bytes(new)
    return True


def current(package: Package, template: PoCatalog, name: str, *, guess: bool = False) -> PoCatalog:
    """A catalog brought up to the template, or begun; not yet written.

    Raises:
        OstiaryError: CLDR knows no such language, or the catalog cannot be read.
    """
    path = package.catalog(name)
    catalog = read_catalog(path, name) if path.is_file() else _begun(template, name)
    catalog.update(template, no_fuzzy_matching=not guess, update_creation_date=False)
    return catalog


def _begun(template: PoCatalog, name: str) -> PoCatalog:
    _tag, locale = language_named(name)
    begun = PoCatalog(locale=locale, project=template.project, fuzzy=False, charset="utf-8")
    begun.header_comment = f"# {locale.english_name} translation of {template.project}."
    begun.creation_date = template.creation_date
    return begun


def wanted(package: Package, names: Sequence[str]) -> tuple[str, ...]:
    """The languages that were asked for, as folders are named; without any, those there are.

    A language that has a folder is called as that is, however it was written.

    Raises:
        OstiaryError: CLDR knows no such language.
    """
    there = Shelf(PACKAGE, package.directory, package.domain).names if names else {}
    found = (
        there.get(language_named(name)[0]) or written(name).replace("-", "_") for name in names
    )
    return tuple(dict.fromkeys(found)) or package.locales
