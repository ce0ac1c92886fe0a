"""The body of an upload: fields and one file, read within bounds.

Pyramid's ``request.POST`` would do for a form; it has no bound on the number of parts, and an
upload is the largest thing that a stranger with an account can send.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from multipart import (
    MultipartError,
    MultipartParser,
    MultipartPart,
    ParserLimitReached,
    parse_options_header,
)
from pyramid.request import Request

from ostiary_index.settings import MEBIBYTE
from ostiary_index.tables import MAX_FILE_NAME
from ostiary_index.texts import _
from ostiary_index.uploading.refusals import Unfit, UploadRefused

CONTENT = "content"
_MAX_PARTS = 2000
_MAX_FIELDS = 2 * MEBIBYTE
"""Bytes of all fields together; a description is the longest of them."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The fields in their order, the file's name, and its content."""

    fields: Mapping[str, Sequence[str]]
    filename: str
    content: IO[bytes]

    def one(self, name: str) -> str:
        """A field that comes once, stripped; empty where it is missing.

        Raises:
            Unfit: it comes more than once.
        """
        values = self.fields.get(name, ())
        if len(values) > 1:
            # Translators: stands after the name of a field and a colon, as in “name: ...”. It: the
            # field.
            raise Unfit(name, _("it was sent more than once."))
        return values[0].strip() if values else ""


@contextmanager
def upload_form(request: Request, max_bytes: int) -> Iterator[UploadForm]:
    """Read the body; the content can be read within the block.

    Raises:
        UploadRefused: it is no form with one file, or larger than a file may be.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise UploadRefused(
            400,
            "unreadable",
            # Translators: a whole sentence, for whoever wrote the program that uploads.
            _("Send the upload as multipart/form-data, as twine does."),
        )
    if (request.content_length or 0) > max_bytes + _MAX_FIELDS:
        raise too_large(max_bytes)
    parser = MultipartParser(
        request.body_file_raw,
        options["boundary"],
        content_length=-1 if request.content_length is None else request.content_length,
        part_limit=_MAX_PARTS,
        memory_limit=_MAX_FIELDS,
        disk_limit=max_bytes + _MAX_FIELDS,
    )
    parts: list[MultipartPart] = []
    try:
        # What came before an error is in the list, and is closed.
        parts.extend(_read(parser, max_bytes))
        yield _form(parts, max_bytes)
    finally:
        for part in parts:
            part.close()


def too_large(max_bytes: int) -> UploadRefused:
    """A file larger than the operator allows."""
    # Translators: ${size} is a number.
    text = _("The file is too large: this index takes ${size} MiB.", size=max_bytes // MEBIBYTE)
    return UploadRefused(413, "too-large", text)


def _read(parser: MultipartParser, max_bytes: int) -> Iterator[MultipartPart]:
    try:
        yield from parser
    except ParserLimitReached:
        text = _("The upload has more fields, or a larger file, than this index takes.")
        raise UploadRefused(413, "too-large", text) from None
    except MultipartError:
        raise UploadRefused(400, "unreadable", _("The upload is cut off or damaged.")) from None


def _form(parts: Sequence[MultipartPart], max_bytes: int) -> UploadForm:
    fields: dict[str, list[str]] = {}
    contents = []
    for part in parts:
        if part.name == CONTENT:
            contents.append(part)
        elif part.filename is None:
            fields.setdefault(part.name, []).append(_text(part))
        # Other files, such as a signature, are not kept.
    if len(contents) != 1 or contents[0].filename is None or contents[0].file is None:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit(CONTENT, _("send exactly one file."))
    (content,) = contents
    if content.size > max_bytes:
        raise too_large(max_bytes)
    filename = content.filename or ""
    if len(filename) > MAX_FILE_NAME:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit(CONTENT, _("the file's name is too long."))
    return UploadForm(fields, filename, content.file)


def _text(part: MultipartPart) -> str:
    if part.size > _MAX_FIELDS:
        # Translators: stands after the name of a field and a colon, as in “name: ...”. It: the
        # field.
        raise Unfit(part.name, _("it is too long."))
    try:
        # Not what the part says of its charset: some that Python knows take for ever.
        text: str = part.raw.decode()
    except UnicodeDecodeError:
        # Translators: stands after the name of a field and a colon, as in “name: ...”. It: the
        # field.
        raise Unfit(part.name, _("it is not UTF-8.")) from None
    if "\x00" in text:
        # Translators: stands after the name of a field and a colon, as in “name: ...”. It: the
        # field.
        raise Unfit(part.name, _("it holds a character that no text has."))
    return text
