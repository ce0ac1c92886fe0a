"""Where translators work, behind one seam: Transifex by files, Transifex Native, plain PO files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from babel.messages import Catalog as PoCatalog

from ostiary.contracts import OstiaryError
from ostiary_i18n.working.packages import Package


class PlatformError(OstiaryError):
    """A platform did not do what was asked; the message says what to look at, and no token."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a platform made of a package's messages, or of their translations."""

    package: str
    created: int
    updated: int
    deleted: int
    locale: str | None = None
    """The language, where translations were sent."""

    def __str__(self) -> str:
        where = "/".join(filter(None, (self.package, self.locale)))
        return f"{where}: {self.created} new, {self.updated} changed, {self.deleted} gone"


class Platform(Protocol):
    """A place that takes a package's messages, and gives their translations."""

    def push(self, package: Package, template: PoCatalog, content: bytes, /) -> Pushed:
        """Send a package's template.

        Raises:
            PlatformError: it was not taken.
        """

    def push_translations(self, package: Package, locale: str, content: bytes, /) -> Pushed:
        """Send the catalog of a language, as folders are named; the template is there.

        Raises:
            PlatformError: it was not taken.
        """

    def pull(self, package: Package, locale: str, /) -> bytes | None:
        """The PO file of a language, as folders are named; None where the platform has none.

        Raises:
            PlatformError: it cannot be had.
        """
