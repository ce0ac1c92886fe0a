"""How much of a package is translated into what: counted at compile, read at every start.

``locale/coverage.json`` stands beside a package's catalogs, so that a start reads one small file
a package and no catalog. Where it is missing, the catalogs themselves are counted.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages import Catalog as PoCatalog

from ostiary_i18n.catalogs import Key, Unreadable, checked, messages_of, read, source_of
from ostiary_i18n.layers import Shelf
from ostiary_i18n.tags import Tag, locale_of
from ostiary_i18n.tags import read as read_tag

log = logging.getLogger(__name__)

FILE = "coverage.json"
CRITICAL = "critical"
"""What the comments say of a message that a language must have to be offered at all."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One domain in one language."""

    messages: int
    translated: int
    critical_missing: int = 0

    def __add__(self, other: Coverage) -> Coverage:
        """Two domains together."""
        return Coverage(
            self.messages + other.messages,
            self.translated + other.translated,
            self.critical_missing + other.critical_missing,
        )

    @property
    def begun(self) -> bool:
        """Whether anything of it is translated."""
        return self.translated > 0

    @property
    def percent(self) -> int:
        """Whole per cent, rounded down: 100 is all."""
        return 100 if self.messages == 0 else 100 * self.translated // self.messages


@dataclass(frozen=True, slots=True)
class Counted:
    """A package: how many messages it has, and what of them in each language."""

    messages: int
    critical: int
    locales: Mapping[Tag, Coverage]

    def of(self, tag: Tag) -> Coverage:
        """What there is in a language, that which it inherits included."""
        found = (self.locales[each] for each in tag.chain() if each in self.locales)
        empty = Coverage(self.messages, 0, self.critical)
        # Of a region and its language, the one that has more: they overlap.
        return max(found, key=lambda each: each.translated, default=empty)


def is_critical(comments: list[str]) -> bool:
    """Whether the comments for translators tag a message as critical."""
    return any(f"[{CRITICAL}]" in each for each in comments)


def count(shelves: Sequence[Shelf], domain: str, only: Collection[Tag] | None = None) -> Counted:
    """Count what catalogs have of a domain.

    Its messages are those of its template; where no package has one, those that the catalogs name.

    Args:
        shelves: where they are; what one lacks, another may have.
        domain: of the package.
        only: the languages that are asked about.
    """
    template = next(filter(None, (template_of(s.directory, domain) for s in shelves)), None)
    sources = {} if template is None else _sources(template)
    found: dict[Tag, set[Key]] = {}
    for shelf in shelves:
        for tag in shelf.names if only is None else only:
            catalog = _catalog(shelf, tag, domain)
            if catalog is None:
                continue
            try:
                keys = checked(catalog, shelf.layer, str(shelf.path(tag, domain))).messages.keys()
            except Unreadable:
                continue
            found.setdefault(tag, set()).update(keys)
            if template is None:
                sources |= _sources(catalog)
    critical = {key for key, is_one in sources.items() if is_one}
    covered = {
        tag: Coverage(len(sources), len(sources.keys() & has), len(critical - has))
        for tag, has in found.items()
    }
    return Counted(len(sources), len(critical), covered)


def _catalog(shelf: Shelf, tag: Tag, domain: str) -> PoCatalog | None:
    path, locale = shelf.path(tag, domain), locale_of(tag)
    try:
        return None if path is None or locale is None else read(path, locale)
    except Unreadable:
        return None


def _sources(catalog: PoCatalog) -> dict[Key, bool]:
    return {
        (source.context, source.id): is_critical(message.auto_comments)
        for message in messages_of(catalog)
        for source in (source_of(message),)
    }


def template_of(directory: Path, domain: str) -> PoCatalog | None:
    """A package's messages, from ``<domain>.pot``; None where it has no such file."""
    from babel.messages.pofile import read_po

    path = directory / f"{domain}.pot"
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return read_po(file)


def counted(shelves: Sequence[Shelf], domain: str, operator: Sequence[Shelf] = ()) -> Counted:
    """What ``coverage.json`` says of a package; where that does not tell, what catalogs hold.

    Args:
        shelves: the catalogs of the domain.
        domain: of the package.
        operator: the operator's own, which may complete a language.
    """
    known = _known(shelves[0], domain) if len(shelves) == 1 else None
    known = known or count(shelves, domain)
    more = {tag for each in operator for tag in each.names}
    if not more:
        return known
    completed = count((*operator, *shelves), domain, more)
    return Counted(known.messages, known.critical, {**known.locales, **completed.locales})


def _known(shelf: Shelf, domain: str) -> Counted | None:
    path = shelf.directory / FILE
    try:
        return from_json(json.loads(path.read_text("utf-8"))[domain])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be used: %s", path, type(error).__name__)
        return None


def to_json(found: Counted, names: Mapping[Tag, str]) -> dict[str, Any]:
    """As JSON values; :func:`from_json` gives back an equal count."""
    return {
        "messages": found.messages,
        "critical": found.critical,
        "locales": {
            names[tag]: [each.translated, each.critical_missing]
            for tag, each in found.locales.items()
        },
    }


def from_json(known: dict[str, Any]) -> Counted:
    """What :func:`to_json` gave."""
    messages = int(known["messages"])
    locales = {}
    for name, (translated, missing) in known["locales"].items():
        tag = read_tag(name)
        if tag is not None:
            locales[tag] = Coverage(messages, int(translated), int(missing))
    return Counted(messages, int(known["critical"]), locales)
