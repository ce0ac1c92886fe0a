"""One file of translations, read, checked, and with the plural rule that is its own."""

from __future__ import annotations

import gettext
import logging
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from babel import Locale
from babel.messages import Catalog as PoCatalog
from babel.messages import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError, read_po

from ostiary_i18n.checks import Fault, Source, faults

log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str | None, str]
"""Context and source."""

_FOLDER = "LC_MESSAGES"
_MAX_FILE = 16 * 2**20
# What a comment for translators says of the room that there is: "[limit 20]".
_LIMIT = re.compile(r"\[limit ([0-9]{1,4})\]")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A message that is not shown, and why."""

    source: Source
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    """Translations of one domain into one locale, from one place."""

    layer: str
    place: str
    messages: Mapping[Key, tuple[str, ...]]
    plural: Callable[[int], int]
    dropped: tuple[Dropped, ...] = ()

    def form(self, forms: tuple[str, ...], n: int | None) -> str:
        """The form of a message that goes with a number."""
        if n is None or len(forms) == 1:
            return forms[0]
        index = self.plural(abs(n))
        return forms[index if 0 <= index < len(forms) else -1]


class Unreadable(Exception):
    """A file is no catalog; the message says why, and holds nothing of it."""


def files_of(directory: Path, name: str, domain: str) -> tuple[Path, Path]:
    """Where the ``.po`` and the ``.mo`` of a locale are, if there are any."""
    folder = directory / name / _FOLDER
    return folder / f"{domain}.po", folder / f"{domain}.mo"


def newest(po: Path, mo: Path) -> Path | None:
    """The compiled file, unless the other one was written after it."""
    if not mo.is_file():
        return po if po.is_file() else None
    newer = po.is_file() and po.stat().st_mtime > mo.stat().st_mtime
    return po if newer else mo


def load(path: Path, locale: Locale, layer: str) -> Catalog | None:
    """The catalog in a file; None where it cannot be read, and a line in the log."""
    try:
        found = read(path, locale)
        return checked(found, layer, str(path))
    except Unreadable as error:
        log.error("the catalog %s is left out: %s", path, error)  # noqa: TRY400 - it says why.
        return None


def read(path: Path, locale: Locale) -> PoCatalog:
    """What a file holds, unchecked.

    Raises:
        Unreadable: it is not of its format.
    """
    try:
        if path.stat().st_size > _MAX_FILE:
            raise Unreadable(f"it is larger than {_MAX_FILE} bytes")
        with path.open("rb") as file:
            # The locale gives a file without a header CLDR's plural rule.
            if path.suffix == ".po":
                return read_po(file, locale=locale, abort_invalid=True)
            found = read_mo(file)
    except PoFileError as error:
        raise Unreadable(f"line {error.lineno} is not as a PO file has it") from None
    except OSError as error:
        raise Unreadable(error.strerror or "it is no MO file") from None
    except (ValueError, struct.error, LookupError, TypeError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None
    found.locale = locale
    return found


def checked(found: PoCatalog, layer: str, place: str) -> Catalog:
    """The messages that can be shown; of each of the others there is a line in the log.

    Raises:
        Unreadable: its plural rule is none.
    """
    try:
        plural = gettext.c2py(found.plural_expr)
        plural(0)
    except (ValueError, ArithmeticError, RecursionError):
        raise Unreadable("its plural rule is none that gettext knows") from None
    messages: dict[Key, tuple[str, ...]] = {}
    dropped = []
    for source, forms in translated(found):
        wrong = faults(source, forms, found.num_plurals)
        if wrong:
            dropped.append(Dropped(source, tuple(wrong)))
            log.warning("%s: %r is left out, since it %s", place, source.id[:60], wrong[0])
        else:
            messages[source.context, source.id] = forms
    return Catalog(
        layer=layer,
        place=place,
        messages=messages,
        plural=plural,
        dropped=tuple(dropped),
    )


def translated(found: PoCatalog) -> Iterator[tuple[Source, tuple[str, ...]]]:
    """The messages that have a translation and are not fuzzy."""
    for message in messages_of(found):
        source, forms = source_of(message), _forms(message)
        # Babel compiles a plural without a translation as its own one.
        compiled = source.plural is not None and set(forms) <= set(source.forms)
        if all(forms) and not message.fuzzy and not compiled:
            yield source, forms


def messages_of(found: Iterable[Message]) -> Iterator[Message]:
    """All of a file but its header."""
    return (message for message in found if message.id)


def source_of(message: Message) -> Source:
    """What a message translates."""
    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id, None)
    # Babel says str, and leaves a context in a MO file undecoded.
    context: str | bytes | None = message.context
    if isinstance(context, bytes):
        context = context.decode()
    limits = (_LIMIT.search(each) for each in message.auto_comments)
    limit = next((int(found[1]) for found in limits if found), None)
    return Source(str(ids[0]), None if ids[1] is None else str(ids[1]), context, limit)


def _forms(message: Message) -> tuple[str, ...]:
    string = message.string
    return tuple(string) if isinstance(string, (tuple, list)) else (string or "",)
