"""What came from a platform, laid over the catalog that is there: what did not come stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from gettext import c2py
from io import BytesIO

from babel.messages import Catalog as PoCatalog
from babel.messages.pofile import PoFileError, read_po

from ostiary.contracts import OstiaryError
from ostiary_i18n.catalogs import messages_of, source_of, translated
from ostiary_i18n.checks import Source, faults
from ostiary_i18n.tags import language_named
from ostiary_i18n.working.extracting import read_template
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import current, write


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a catalog."""

    changed: int = 0
    """How many messages have other words now, or their first."""

    kept: int = 0
    """How many have the words that they had."""

    left_out: int = 0
    """How many came that cannot be shown; they have what they had."""


def merge(package: Package, name: str, content: bytes) -> Merged:
    """Lay what came over the catalog of a language, whose header and comments stay.

    Args:
        package: whose catalog it is.
        name: of the language, as folders are named.
        content: a PO file. What it has no translation of is as it was.

    Raises:
        OstiaryError: it is no PO file, or one without a plural rule; nothing is written.
    """
    came, theirs = _read(package, name, content)
    template = read_template(package)
    limits = {(s.context, s.id): s.limit for s in map(source_of, messages_of(template))}
    catalog = current(package, template, name)
    changed = left_out = 0
    for source, said in translated(came):
        key = (source.context, source.id)
        if key not in limits:
            continue
        limited = replace(source, limit=limits[key])
        if faults(limited, said, came.num_plurals):
            left_out += 1
        else:
            changed += _set(catalog, source, _as_ours(said, theirs, catalog))
    kept = sum(1 for _each in translated(catalog)) - changed
    write(catalog, package.catalog(name))
    return Merged(changed, kept, left_out)


def _read(package: Package, name: str, content: bytes) -> tuple[PoCatalog, Callable[[int], int]]:
    _tag, locale = language_named(name)
    try:
        came: PoCatalog = read_po(BytesIO(content), locale=locale, abort_invalid=True)
        rule = c2py(came.plural_expr)
        rule(0)
    except (PoFileError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
        raise OstiaryError(
            f"what came for {package.domain}/{name} is no PO file ({type(error).__name__})"
        ) from None
    return came, rule


def _set(catalog: PoCatalog, source: Source, forms: tuple[str, ...]) -> bool:
    """Whether a message has other words now."""
    message = catalog.get(source.id, source.context)
    string = forms[0] if source.plural is None else forms
    if message is None or (message.string == string and not message.fuzzy):
        return False
    message.string = string
    message.flags.discard("fuzzy")
    return True


def _as_ours(
    forms: tuple[str, ...], theirs: Callable[[int], int], catalog: PoCatalog
) -> tuple[str, ...]:
    """The forms of a plural in the order of our rule: platforms have rules of their own."""
    if len(forms) == 1 and catalog.num_plurals == 1:
        return forms
    ours = c2py(catalog.plural_expr)
    found: dict[int, str] = {}
    for number in (*range(200), 1000, 1_000_000):
        found.setdefault(ours(number), forms[min(theirs(number), len(forms) - 1)])
    return tuple(found.get(index, forms[-1]) for index in range(catalog.num_plurals))


__all__ = ["Merged", "merge"]
