"""Everything that is wrong with a package's catalogs, for a person or for CI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from babel.messages import Catalog as PoCatalog
from babel.messages import Message

from ostiary_i18n.catalogs import Key, Unreadable, messages_of, read, source_of, translated
from ostiary_i18n.checks import PLACEHOLDER, Source, faults
from ostiary_i18n.coverage import FILE, is_critical
from ostiary_i18n.layers import OPERATOR, Shelf
from ostiary_i18n.tags import language_named, locale_of
from ostiary_i18n.working.extracting import is_stale, read_template
from ostiary_i18n.working.options import FILE as OPTIONS
from ostiary_i18n.working.options import Options, options_of
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import coverage, read_catalog

if TYPE_CHECKING:
    # Whoever has no live overlay need not wait for Transifex's library.
    from ostiary_i18n.overlay import Copies

Sources: TypeAlias = Mapping[Key, tuple[Source, Message]]

_WORD = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend."""

    package: str
    locale: str | None
    message: str | None
    kind: str
    says: str
    place: str | None = None
    """Where, if it is not in the package: in a file of the operator's, or in what is kept."""

    def __str__(self) -> str:
        where = "/".join(filter(None, (self.package, self.locale)))
        what = "" if self.message is None else f" {self.message[:60]!r}"
        place = "" if self.place is None else f" [{self.place}]"
        return f"{where}:{what} {self.says}{place}"


def problems(package: Package) -> Iterator[Problem]:
    """What is wrong with a package's template and with each of its catalogs.

    Raises:
        OstiaryError: a catalog cannot be read at all.
    """

    def problem(kind: str, says: str) -> Problem:
        return Problem(package.domain, None, None, kind, says)

    if is_stale(package):
        yield problem("stale", "the template is not what the source says: run `i18n extract`")
        if not package.template.is_file():
            return
    sources = _sources(package)
    options = options_of(package)
    for name in package.locales:
        path = package.catalog(name)
        if path.is_file():
            catalog = read_catalog(path, name)
            yield from _of_messages(package, name, catalog, sources)
            yield from _of_catalog(package, name, catalog, sources, options)
    kept = package.directory / FILE
    if package.locales and (not kept.is_file() or kept.read_bytes() != coverage(package)):
        yield problem("coverage", f"{FILE} is not what the catalogs hold: run `i18n compile`")


def overridden(package: Package, overrides: Path) -> Iterator[Problem]:
    """What is wrong with the operator's own words for a package."""
    shelf, sources = Shelf(OPERATOR, overrides), _sources(package)
    for tag, name in shelf.names.items():
        path, locale = shelf.path(tag, package.domain), locale_of(tag)
        if path is None or locale is None:
            continue
        try:
            catalog = read(path, locale)
        except Unreadable as error:
            yield Problem(package.domain, name, None, "unreadable", f"{error}", str(path))
            continue
        yield from _of_messages(package, name, catalog, sources, str(path))


def laid_over(package: Package, copies: Copies) -> Iterator[Problem]:
    """What is wrong with what is kept of the live overlay of a package."""
    from ostiary_i18n.platforms.native import to_catalog

    template = read_template(package)
    for name, path in copies.names.items():
        tag, locale = language_named(name)
        copy = copies.get(tag)
        if copy is None:
            says = "cannot be read: remove it, and run `i18n native-fetch`"
            yield Problem(package.domain, name, None, "unreadable", says, str(path))
            continue
        live = to_catalog(copy.strings, package.domain, template, locale, str(path))
        for each in live.dropped:
            for fault in each.faults:
                yield Problem(
                    package.domain, name, each.source.id, fault.kind, fault.says, str(path)
                )


def _sources(package: Package) -> Sources:
    messages = messages_of(read_template(package))
    return {(s.context, s.id): (s, m) for m in messages for s in (source_of(m),)}


def _of_messages(
    package: Package, name: str, catalog: PoCatalog, sources: Sources, place: str | None = None
) -> Iterator[Problem]:
    for source, forms in translated(catalog):
        known = sources.get((source.context, source.id))
        if known is None:
            says = "is not in the template"
            yield Problem(package.domain, name, source.id, "unknown", says, place)
            continue
        # By the package's own source: only that says how long it may be, and of how many forms.
        for fault in faults(known[0], forms, catalog.num_plurals):
            yield Problem(package.domain, name, source.id, fault.kind, fault.says, place)


def _of_catalog(
    package: Package, name: str, catalog: PoCatalog, sources: Sources, options: Options
) -> Iterator[Problem]:
    has = set()
    for source, forms in translated(catalog):
        if (source.context, source.id) not in sources:
            continue
        has.add((source.context, source.id))
        if _is_same(forms, source) and not options.may_be_same(source.id, name):
            says = f"is its own translation; if it should be, {OPTIONS} can say so"
            yield Problem(package.domain, name, source.id, "same", says)
    for key, (source, message) in sources.items():
        if key not in has and is_critical(message.auto_comments):
            yield Problem(package.domain, name, source.id, "critical", "is critical, and missing")


def _is_same(forms: tuple[str, ...], source: Source) -> bool:
    """Whether any form is in English still."""
    same = (PLACEHOLDER.sub("", each) for each in forms if each in source.forms)
    return any(sum(map(str.isalpha, words)) >= _WORD for words in same)
