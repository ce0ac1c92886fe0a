"""Everything that is wrong with a package's catalogs, for a person or for CI."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from babel.messages import Catalog as PoCatalog
from babel.messages import Message

from ostiary_i18n.catalogs import messages_of, source_of, translated
from ostiary_i18n.checks import PLACEHOLDER, Source, faults
from ostiary_i18n.coverage import FILE, is_critical
from ostiary_i18n.working.extracting import is_stale, read_template
from ostiary_i18n.working.options import FILE as OPTIONS
from ostiary_i18n.working.options import Options, options_of
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import coverage, read_catalog

_WORD = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend."""

    package: str
    locale: str | None
    message: str | None
    kind: str
    says: str

    def __str__(self) -> str:
        where = "/".join(filter(None, (self.package, self.locale)))
        what = "" if self.message is None else f" {self.message[:60]!r}"
        return f"{where}:{what} {self.says}"


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
    template = read_template(package)
    sources = {(s.context, s.id): (s, m) for m in messages_of(template) for s in (source_of(m),)}
    options = options_of(package)
    for name in package.locales:
        path = package.catalog(name)
        if path.is_file():
            catalog = read_catalog(path, name)
            yield from _of_catalog(package, name, catalog, sources, options)
    kept = package.directory / FILE
    if package.locales and (not kept.is_file() or kept.read_bytes() != coverage(package)):
        yield problem("coverage", f"{FILE} is not what the catalogs hold: run `i18n compile`")


def _of_catalog(
    package: Package,
    name: str,
    catalog: PoCatalog,
    sources: dict[tuple[str | None, str], tuple[Source, Message]],
    options: Options,
) -> Iterator[Problem]:
    has = set()
    for source, forms in translated(catalog):
        key = (source.context, source.id)
        if key not in sources:
            yield Problem(package.domain, name, source.id, "unknown", "is not in the template")
            continue
        has.add(key)
        limited = replace(source, limit=sources[key][0].limit)
        for fault in faults(limited, forms, catalog.num_plurals):
            yield Problem(package.domain, name, source.id, fault.kind, fault.says)
        if _is_same(source, forms) and not options.may_be_same(source.id, name):
            says = f"is its own translation; if it should be, {OPTIONS} can say so"
            yield Problem(package.domain, name, source.id, "same", says)
    for key, (source, message) in sources.items():
        if key not in has and is_critical(message.auto_comments):
            yield Problem(package.domain, name, source.id, "critical", "is critical, and missing")


def _is_same(source: Source, forms: tuple[str, ...]) -> bool:
    words = PLACEHOLDER.sub("", source.id)
    return sum(map(str.isalpha, words)) >= _WORD and forms[0] in source.forms
