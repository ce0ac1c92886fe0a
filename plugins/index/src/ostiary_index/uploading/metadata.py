"""The metadata that comes with an upload, held to the standard by ``packaging.metadata``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata

from ostiary_index.texts import _
from ostiary_index.uploading.refusals import Unfit

_ONE = (
    "metadata_version",
    "name",
    "version",
    "summary",
    "description",
    "description_content_type",
    "author",
    "author_email",
    "maintainer",
    "maintainer_email",
    "license",
    "license_expression",
    "home_page",
    "download_url",
    "requires_python",
)
# How clients name what comes several times, and how packaging does.
_SEVERAL = {
    "classifiers": "classifiers",
    "dynamic": "dynamic",
    "license_file": "license_files",
    "license_files": "license_files",
    "obsoletes": "obsoletes",
    "obsoletes_dist": "obsoletes_dist",
    "platform": "platforms",
    "provides": "provides",
    "provides_dist": "provides_dist",
    "provides_extra": "provides_extra",
    "requires": "requires",
    "requires_dist": "requires_dist",
    "requires_external": "requires_external",
    "supported_platform": "supported_platforms",
}
_FORM_NAMES = {"classifier": "classifiers", "project_url": "project_urls"}
_NOTHING = {"", "UNKNOWN"}
# Build tools write what is newer than the version that they claim: setuptools, for years, the
# License-File of 2.4 under 2.1; and its upload said 1.0 of everything.
_OLD = {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3"}
_READ_AS = "2.4"
_MAX_REQUIRES_PYTHON = 255
_MAX_CONTENT_TYPE = 100
"""Characters. Long ones take the reader of header fields seconds, and brackets their recursion."""


@dataclass(frozen=True, slots=True)
class Described:
    """What is kept of the metadata."""

    summary: str
    description: str
    requires_python: str | None
    links: tuple[tuple[str, str], ...]


def described(fields: Mapping[str, Sequence[str]]) -> Described:
    """What the metadata says.

    Raises:
        Unfit: a field is not as the standard has it.
    """
    raw = _raw(fields)
    if len(raw.get("description_content_type", "")) > _MAX_CONTENT_TYPE:
        raise Unfit("description_content_type", _("it is too long."))
    try:
        # packaging says all that is wrong at once; whoever uploads mends one thing at a time.
        found = Metadata.from_raw(cast("RawMetadata", raw), validate=True)
    except ExceptionGroup as group:
        raise _unfit(group) from None
    except RecursionError:
        # Of what is read here, only the brackets of markers hold each other.
        # Translators: stands after the name of a field and a colon, as in “name: ...”. It: the
        # field.
        raise Unfit("requires_dist", _("it has too many brackets.")) from None
    if any(each.startswith("Private ::") for each in found.classifiers or ()):
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("classifiers", _("a project that says “Private ::” is not to be uploaded."))
    # As it was written, which is what installers show.
    python: str | None = raw.get("requires_python")
    if python is not None and len(python) > _MAX_REQUIRES_PYTHON:
        raise Unfit("requires_python", _("it is too long."))
    return Described(
        summary=found.summary or "",
        description=found.description or "",
        requires_python=python,
        links=_links(found),
    )


def _raw(fields: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for name in _ONE:
        given = [value for value in fields.get(name, ()) if value.strip() not in _NOTHING]
        if len(given) > 1:
            raise Unfit(name, _("it was sent more than once."))
        if given:
            raw[name] = given[0] if name == "description" else given[0].strip()
    for name, known in _SEVERAL.items():
        several = [value for value in fields.get(name, ()) if value.strip() not in _NOTHING]
        if several:
            raw.setdefault(known, []).extend(several)
    keywords = [word.strip() for text in fields.get("keywords", ()) for word in text.split(",")]
    if any(keywords):
        raw["keywords"] = [word for word in keywords if word]
    urls = [url for url in fields.get("project_urls", ()) if url.strip()]
    if urls:
        raw["project_urls"] = _labelled(urls)
    if raw.get("metadata_version") in _OLD:
        raw["metadata_version"] = _READ_AS
    return raw


def _labelled(urls: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for url in urls:
        label, comma, address = (part.strip() for part in url.partition(","))
        if not comma or not label or label in found:
            # Translators: stands after the name of a field and a colon, as in “name: ...”. Each:
            # each link of the project.
            raise Unfit("project_urls", _("send each once, as “Label, https://...”."))
        found[label] = address
    return found


def _unfit(group: ExceptionGroup[Exception]) -> Unfit:
    faults = [each for each in group.exceptions if isinstance(each, InvalidMetadata)]
    fault = min(faults, key=lambda each: each.field)
    field = fault.field.replace("-", "_")
    return Unfit(_FORM_NAMES.get(field, field), f"{str(fault).rstrip('.')}.")


def _links(found: Metadata) -> tuple[tuple[str, str], ...]:
    """Where the project says that it is at home: addresses of the web, and nothing else.

    A page must not lead to ``javascript:``, whoever wrote the metadata.
    """
    given = dict(found.project_urls or {})
    if found.home_page:
        given.setdefault("Homepage", found.home_page)
    return tuple((label, url) for label, url in given.items() if _is_web(url))


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and url.isprintable()
