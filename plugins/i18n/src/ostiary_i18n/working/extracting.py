"""From a package's modules and templates to its template of messages (``<domain>.pot``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog as PoCatalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2 import TemplateError

from ostiary.contracts import OstiaryError
from ostiary_i18n.coverage import CRITICAL
from ostiary_i18n.working.options import options_of
from ostiary_i18n.working.packages import Package

_METHODS = (("**.py", "python"), ("**.jinja", "ostiary.text.extract:extract"))
# The callables of ostiary.text.translations take their sources by position.
_KEYWORDS: Mapping[str, Any] = {
    "_": None,
    "_n": (1, 2),
    "_p": ((1, "c"), 2),
    "_np": ((1, "c"), 2, 3),
}
_COMMENTS = ("Translators:",)
# Babel takes "${n}" for Python's own braces, and programs that check those would find fault.
_FLAGS = ("python-brace-format", "python-format")
_WIDTH = 96
_CHANGING = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By')
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def extracted(package: Package) -> PoCatalog:
    """The messages of a package, as its source has them now.

    Raises:
        OstiaryError: a file cannot be read as what it is, or the settings are none.
    """
    found = PoCatalog(
        project=package.domain,
        copyright_holder="the authors of the package",
        msgid_bugs_address="",
        creation_date=_EPOCH,
        fuzzy=False,
        charset="utf-8",
        header_comment=f"# The messages of {package.domain}, for translators.",
    )
    options = options_of(package)
    for name, line, source, comments, context in _messages(package):
        tags = [f"[{CRITICAL}]"] if options.is_critical(name) else []
        found.add(
            source,
            locations=[(name, line)],
            auto_comments=[*comments, *tags],
            context=context,
        )
    return found


def unflagged(catalog: PoCatalog) -> None:
    """Take away the flags that Babel gives to a message whenever it reads one."""
    for message in catalog:
        message.flags.difference_update(_FLAGS)


def rendered(template: PoCatalog) -> bytes:
    """The template as a file. It has no dates and no line numbers: it changes with its messages."""
    unflagged(template)
    written = BytesIO()
    write_po(written, template, width=_WIDTH, sort_by_file=True, include_lineno=False)
    lines = written.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_CHANGING)).encode()


def is_stale(package: Package) -> bool:
    """Whether a package's template is not what its source says now."""
    try:
        there = package.template.read_bytes()
    except FileNotFoundError:
        return True
    return there != rendered(extracted(package))


def write_template(package: Package) -> bool:
    """Write a package's template; whether that changed anything."""
    new = rendered(extracted(package))
    if package.template.is_file() and package.template.read_bytes() == new:
        return False
    package.directory.mkdir(parents=True, exist_ok=True)
    package.template.write_bytes(new)
    return True


def read_template(package: Package) -> PoCatalog:
    """What the template of a package has.

    Raises:
        OstiaryError: there is none.
    """
    try:
        with package.template.open("rb") as file:
            return read_po(file)
    except FileNotFoundError:
        raise OstiaryError(
            f"{package.template} is missing: run `ostiary i18n extract {package.domain}`"
        ) from None


def _messages(package: Package) -> Iterator[tuple[str, int, Any, list[str], str | None]]:
    try:
        yield from extract_from_dir(
            package.root,
            method_map=_METHODS,
            keywords=_KEYWORDS,
            comment_tags=_COMMENTS,
            strip_comment_tags=True,
            directory_filter=_wanted,
        )
    except (SyntaxError, TemplateError, ValueError) as error:
        raise OstiaryError(f"{package.domain} cannot be read: {error}") from None


def _wanted(folder: str) -> bool:
    name = Path(folder).name
    return not name.startswith((".", "_")) and name != "locale"
