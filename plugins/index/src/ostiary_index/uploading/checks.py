"""Whether an upload is what it says: digests, the file's name, the metadata."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from ostiary_index.names import normal_name, normal_version
from ostiary_index.shelf import Received
from ostiary_index.tables import MAX_NAME, MAX_VERSION
from ostiary_index.texts import _
from ostiary_index.uploading.form import CONTENT, UploadForm
from ostiary_index.uploading.metadata import Described, described
from ostiary_index.uploading.refusals import Unfit

# What stands in paths, headers and tables; packaging looks at the parts.
_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_ACTION, _PROTOCOL = "file_upload", "1"
_KINDS = ("sdist", "bdist_wheel")
_BLAKE2 = "blake2_256_digest"
_DISTUTILS_BLAKE2 = 128
"""Digits of what distutils' ``upload`` sent as that: a BLAKE2b of 512 bits. It is none of ours to
compare; the SHA-256 beside it is."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an upload says that it is, found to be of one piece: nothing of the content yet."""

    name: str
    version: str
    kind: str
    filename: str

    @property
    def normalized(self) -> str:
        """The project's name, as it is compared."""
        return normal_name(self.name)

    @property
    def canonical(self) -> str:
        """The version, as it is compared."""
        return normal_version(self.version)


@dataclass(frozen=True, slots=True)
class Upload:
    """What is to be published."""

    claimed: Claimed
    received: Received
    described: Described


def claimed(form: UploadForm) -> Claimed:
    """What the upload says that it is.

    Raises:
        Unfit: a field is missing, or disagrees with the file's name.
    """
    if form.one(":action") != _ACTION:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit(":action", _("send file_upload; there is no other action here."))
    if form.one("protocol_version") not in {"", _PROTOCOL}:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("protocol_version", _("send 1."))
    kind = form.one("filetype")
    if kind not in _KINDS:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("filetype", _("send sdist or bdist_wheel; nothing else is taken here."))
    name, version = _name(form), _version(form)
    _check_filename(form.filename, kind, name, version)
    return Claimed(name, str(version), kind, form.filename)


def checked(form: UploadForm, what: Claimed, received: Received) -> Upload:
    """The same with its content and metadata.

    Raises:
        Unfit: a digest is another one, or a field of the metadata is not as it must be.
    """
    _check_digests(form, received)
    return Upload(what, received, described(form.fields))


def _name(form: UploadForm) -> str:
    name = form.one("name")
    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("name", _("use ASCII letters, digits, and . - _ between them.")) from None
    if len(name) > MAX_NAME:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("name", _("use ${most} characters at most.", most=MAX_NAME))
    return name


def _version(form: UploadForm) -> Version:
    version = form.one("version")
    try:
        found = Version(version) if len(version) <= MAX_VERSION else None
    except InvalidVersion:
        found = None
    if found is None:
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("version", _("use a version such as 1.0 or 2.1rc1 (PEP 440)."))
    return found


def _check_filename(filename: str, kind: str, name: str, version: Version) -> None:
    """Whether installers read the file's name as we do (PEP 427 and 625, by packaging)."""
    said = _said_by(filename, kind) if _FILENAME.fullmatch(filename) else None
    if said is None:
        # Translators: stands after the name of a field and a colon, as in “name: ...”. ${kind} is
        # sdist or bdist_wheel.
        raise Unfit(CONTENT, _("the file's name is not that of a ${kind}.", kind=kind))
    if said != (normal_name(name), version):
        # Translators: stands after the name of a field and a colon, as in “name: ...”. ${name} is a
        # project.
        text = _(
            "the file's name is not that of ${name} ${version}.", name=name, version=str(version)
        )
        raise Unfit(CONTENT, text)


def _said_by(filename: str, kind: str) -> tuple[str, Version] | None:
    """Name and version in a file's name; None where it is none of this kind."""
    try:
        if kind == "bdist_wheel":
            return parse_wheel_filename(filename)[:2]
        return parse_sdist_filename(filename) if filename.endswith(".tar.gz") else None
    except (InvalidSdistFilename, InvalidWheelFilename):
        return None


def _check_digests(form: UploadForm, received: Received) -> None:
    found = {
        "sha256_digest": received.sha256,
        _BLAKE2: received.blake2_256,
        "md5_digest": received.md5,
    }
    given = {field: form.one(field).lower() for field in found}
    if len(given[_BLAKE2]) == _DISTUTILS_BLAKE2:
        given[_BLAKE2] = ""
    if not any(given.values()):
        # Translators: stands after the name of a field and a colon, as in “name: ...”.
        raise Unfit("sha256_digest", _("send a digest, so that damage on the way is noticed."))
    for field, digest in given.items():
        if digest and not hmac.compare_digest(digest.encode(), found[field].encode()):
            # Translators: stands after the name of a field and a colon, as in “name: ...”.
            raise Unfit(field, _("the file that arrived has another digest; upload it again."))
