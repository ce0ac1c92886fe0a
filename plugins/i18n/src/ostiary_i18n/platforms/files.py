"""Transifex by files: a resource a package, pushed as its template, pulled as PO (API v3).

The calls are those of Transifex's own library, with what it lacks: time-outs, an end to its
polling, and errors that say what to do. No page waits for any of this.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

import requests
from babel.messages import Catalog as PoCatalog
from typing_extensions import override

from ostiary_i18n.catalogs import messages_of, source_of
from ostiary_i18n.checks import harmless
from ostiary_i18n.coverage import CRITICAL, is_critical
from ostiary_i18n.platforms import PlatformError, Pushed
from ostiary_i18n.platforms.library import JsonApiException, TransifexApi
from ostiary_i18n.working.packages import Package

_TIMEOUT = (5, 30)
"""Seconds to connect, and to wait for the next byte."""

_MAX_FILE = 16 * 2**20
_SAYS = {
    401: "refuses the token: look at ostiary.plugin.i18n.transifex_token",
    403: "does not let this token do that: it must belong to a member of the project",
    404: "knows no such project or language: look at organization and project",
    429: "is asked too often: try again in some minutes",
}


class _Api(TransifexApi):  # type: ignore[misc] # it has no types
    """The library's interface, which waits for ever, with an end to its patience."""

    @override
    def request(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("timeout", _TIMEOUT)
        return super().request(*args, **kwargs)


class TransifexFiles:
    """A project at Transifex.

    Args:
        token: of somebody who may push and pull there.
        host: the address of the API.
        organization: its slug.
        project: that of the project.
        patience: seconds that a job may take.
        pause: seconds between the first two looks; each further one waits half as long again.
    """

    def __init__(
        self,
        token: str,
        host: str,
        organization: str,
        project: str,
        *,
        patience: float = 180,
        pause: float = 1,
    ) -> None:
        self._api = _Api(auth=token, host=host)
        self._project = f"o:{organization}:p:{project}"
        self._patience = patience
        self._pause = pause

    def push(self, package: Package, template: PoCatalog, content: bytes, /) -> Pushed:
        """Send a template; contexts, comments and occurrences are in it, tags go by themselves."""
        with _explained():
            resource = self._resource(package)
            upload = self._api.ResourceStringsAsyncUpload.create_with_form(
                data={"resource": resource}, files={"content": content}
            )
            self._wait(upload)
            details: Mapping[str, Any] = upload.attributes.get("details") or {}
            self._tag(resource, template)
        return Pushed(
            package.domain,
            int(details.get("strings_created", 0)),
            int(details.get("strings_updated", 0)),
            int(details.get("strings_deleted", 0)),
        )

    def push_translations(self, package: Package, locale: str, content: bytes, /) -> Pushed:
        """Send a catalog; the language must be one of the project's."""
        with _explained():
            upload = self._api.ResourceTranslationsAsyncUpload.create_with_form(
                data={
                    "resource": self._id(package),
                    "language": f"l:{remote_name(locale)}",
                    "file_type": "default",
                },
                files={"content": content},
            )
            self._wait(upload)
            details: Mapping[str, Any] = upload.attributes.get("details") or {}
        created, updated = (
            int(details.get(f"translations_{each}", 0)) for each in ("created", "updated")
        )
        return Pushed(package.domain, created, updated, 0, locale)

    def pull(self, package: Package, locale: str, /) -> bytes | None:
        """The reviewed translations."""
        with _explained():
            self._api.Resource.get(self._id(package))
        try:
            with _explained():
                return self._pulled(package, locale)
        except _Missing:
            # The project is there, as was just seen: it does not have this language.
            return None

    def _pulled(self, package: Package, locale: str) -> bytes:
        download = self._api.ResourceTranslationsAsyncDownload.create(
            attributes={
                "content_encoding": "text",
                "file_type": "default",
                "mode": "onlyreviewed",
            },
            relationships={
                "resource": _related("resources", self._id(package)),
                "language": _related("languages", f"l:{remote_name(locale)}"),
            },
        )
        self._wait(download)
        return _fetched(download.redirect)

    def _id(self, package: Package) -> str:
        return f"{self._project}:r:{package.domain}"

    def _resource(self, package: Package) -> str:
        name = self._id(package)
        try:
            self._api.Resource.get(name)
        except JsonApiException as error:
            if error.status_code != HTTPStatus.NOT_FOUND:
                raise
            self._api.Resource.create(
                attributes={"name": package.title, "slug": package.domain},
                relationships={
                    "project": _related("projects", self._project),
                    "i18n_format": _related("i18n_formats", "PO"),
                },
            )
        return name

    def _wait(self, job: Any) -> None:
        """Until a job is done: an upload says so, a download leads to its file."""
        deadline, pause = time.monotonic() + self._patience, self._pause
        while True:
            status = job.attributes.get("status")
            if job.redirect is not None or status == "succeeded":
                return
            if status == "failed":
                errors = job.attributes.get("errors") or [{}]
                said = harmless(str(errors[0].get("detail", "it does not say why")))
                raise PlatformError(f"Transifex could not do it: {said}")
            if time.monotonic() + pause > deadline:
                raise PlatformError(
                    f"Transifex has not finished within {self._patience:g} seconds: try again later"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 15)
            job.reload()

    def _tag(self, resource: str, template: PoCatalog) -> None:
        critical = {
            (source.context or "", source.id)
            for message in messages_of(template)
            if is_critical(message.auto_comments)
            for source in (source_of(message),)
        }
        if not critical:
            return
        for page in self._api.ResourceString.filter(resource=resource).all_pages():
            for each in page:
                key = (each.attributes.get("context") or "", each.attributes["key"])
                tags = each.attributes.get("tags") or []
                if key in critical and CRITICAL not in tags:
                    each.save(tags=[*tags, CRITICAL])


def remote_name(locale: str) -> str:
    """A folder's name as Transifex has it: ``pt_BR``, but ``zh-Hans``."""
    language, *rest = locale.split("_")
    return "".join([language, *((f"-{p}" if len(p) == 4 else f"_{p}") for p in rest)])  # noqa: PLR2004


def tx_config(organization: str, project: str, packages: tuple[Package, ...], root: Path) -> str:
    """``.tx/config`` for the program ``tx``: one resource a package, with paths from its root."""

    def from_root(path: Path) -> str:
        return Path(os.path.relpath(path, root)).as_posix()

    parts = ["[main]\nhost = https://app.transifex.com\n"]
    for package in packages:
        names = {remote_name(each): each for each in package.locales if "-" in remote_name(each)}
        mapped = ", ".join(f"{theirs}: {ours}" for theirs, ours in names.items())
        parts.append(
            f"[o:{organization}:p:{project}:r:{package.domain}]\n"
            f"source_file = {from_root(package.template)}\n"
            f"file_filter = {from_root(package.catalog('<lang>'))}\n"
            "source_lang = en\n"
            "type = PO\n" + (f"lang_map = {mapped}\n" if mapped else "")
        )
    return "\n".join(parts)


def _related(kind: str, name: str) -> dict[str, Any]:
    return {"data": {"type": kind, "id": name}}


def _fetched(address: str) -> bytes:
    """The file behind a signed address, which is another host's: the token does not go there."""
    content = b""
    with requests.get(address, timeout=_TIMEOUT, stream=True) as response:
        response.raise_for_status()
        for part in response.iter_content(65536):
            content += part
            if len(content) > _MAX_FILE:
                raise PlatformError(f"the file from Transifex is larger than {_MAX_FILE} bytes")
    return content


class _Missing(PlatformError):
    """Transifex knows no such thing."""


@contextmanager
def _explained() -> Iterator[None]:
    """What a library says of a failure, in words for whoever ran the command."""
    try:
        yield
    except JsonApiException as error:
        _refused(error.status_code)
    except requests.HTTPError as error:
        _refused(0 if error.response is None else error.response.status_code)
    except requests.Timeout:
        raise PlatformError("Transifex does not answer: try again later") from None
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        raise PlatformError("Transifex cannot be reached, or broke off: try again") from None
    except (requests.RequestException, ValueError, KeyError, AttributeError, TypeError) as error:
        raise PlatformError(
            f"Transifex answers what is no answer of its API ({type(error).__name__})"
        ) from None


def _refused(status: int) -> NoReturn:
    kind = _Missing if status == HTTPStatus.NOT_FOUND else PlatformError
    raise kind(f"Transifex {_SAYS.get(status, f'answers with the status {status}')}")
