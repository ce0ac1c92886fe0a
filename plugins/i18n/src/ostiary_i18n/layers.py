"""Where the translations of a house are, and in which order they are asked.

Catalogs are linked, never merged: each keeps its own plural rule. A regional catalog is asked
before that of the language; within one of both, the operator's before the live overlay, and that
before those of the packages, the first listed first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from ostiary.contracts import MessageCatalog
from ostiary_i18n.catalogs import Catalog, files_of, load, newest
from ostiary_i18n.tags import Tag, locale_of, read, written

log = logging.getLogger(__name__)

OPERATOR = "operator"
OVERLAY = "overlay"
PACKAGE = "package"

Overlay: TypeAlias = Callable[[Tag, str], Catalog | None]
"""By language and domain: what the live platform says now."""


def no_overlay(_tag: Tag, _domain: str) -> Catalog | None:
    """What a house without a live overlay has of it."""
    return None


@dataclass(frozen=True)
class Shelf:
    """A folder of locales; their names are taken from the folder, never from a request."""

    layer: str
    directory: Path
    domain: str | None = None
    """The only one that is looked for there; any, where it is None."""

    @cached_property
    def names(self) -> Mapping[Tag, str]:
        """The locales that have a folder here, with its name."""
        found: dict[Tag, str] = {}
        try:
            folders = sorted(each for each in self.directory.iterdir() if each.is_dir())
        except OSError:
            return found
        for folder in folders:
            if not (folder / "LC_MESSAGES").is_dir():
                continue
            tag = read(folder.name)
            if tag is None or locale_of(tag) is None:
                log.error("%s is left out: CLDR knows no such language", folder)
            elif found.setdefault(tag, folder.name) != folder.name:
                log.error("%s is left out: it is the language of %s", folder, found[tag])
        return found

    def path(self, tag: Tag, domain: str) -> Path | None:
        """The file for a locale and a domain."""
        name = self.names.get(tag)
        if name is None or self.domain not in {None, domain}:
            return None
        return newest(*files_of(self.directory, name, domain))


class Layers:
    """All places of translations of a house.

    Args:
        catalogs: the packages', in the operator's order.
        overrides: the operator's folder, laid out as that of a package.
        overlay: what the live overlay has, if there is one.
    """

    def __init__(
        self,
        catalogs: Sequence[MessageCatalog],
        overrides: Path | None = None,
        overlay: Overlay = no_overlay,
    ) -> None:
        self.domains = tuple(dict.fromkeys(each.domain for each in catalogs))
        self.overlay = overlay
        self.operator = () if overrides is None else (Shelf(OPERATOR, overrides),)
        self._packages = tuple(Shelf(PACKAGE, Path(c.directory), c.domain) for c in catalogs)

    @cached_property
    def tags(self) -> Mapping[Tag, str]:
        """Every locale that some package or the operator has, as BCP 47 writes it."""
        found: dict[Tag, str] = {}
        for shelf in (*self._packages, *self.operator):
            for tag, name in shelf.names.items():
                found.setdefault(tag, written(name))
        return dict(sorted(found.items(), key=lambda item: item[1]))

    def shelves(self, domain: str) -> Iterator[Shelf]:
        """Those of the packages that have anything of a domain."""
        found = (shelf for shelf in self._packages if shelf.domain == domain)
        return (shelf for shelf in found if shelf.directory.is_dir())

    def of(self, tag: Tag, domain: str) -> Iterator[Catalog]:
        """The catalogs that are asked for a message, in their order, read from their files now."""
        for each in tag.chain():
            yield from self._of_one(each, domain)

    def _of_one(self, tag: Tag, domain: str) -> Iterator[Catalog]:
        yield from self._read(self.operator, tag, domain)
        live = self.overlay(tag, domain)
        if live is not None:
            yield live
        yield from self._read(self._packages, tag, domain)

    def _read(self, shelves: Iterable[Shelf], tag: Tag, domain: str) -> Iterator[Catalog]:
        locale = locale_of(tag)
        for shelf in shelves:
            path = shelf.path(tag, domain)
            found = None if path is None or locale is None else load(path, locale, shelf.layer)
            if found is not None:
                yield found
