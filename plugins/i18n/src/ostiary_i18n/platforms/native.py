"""Transifex Native: source strings there, and what its content delivery service has of them.

Transifex's own handler makes the requests. It polls a service that answers 202 without pause or
end, and waits for ever for one that hangs; here it does neither, and says what went wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import requests
from babel import Locale
from babel.messages import Catalog as PoCatalog
from typing_extensions import override

from ostiary_i18n.catalogs import Catalog, checked, messages_of, source_of
from ostiary_i18n.checks import Source, harmless
from ostiary_i18n.coverage import CRITICAL, is_critical
from ostiary_i18n.layers import OVERLAY
from ostiary_i18n.platforms import PlatformError
from ostiary_i18n.platforms.icu import plural_forms
from ostiary_i18n.platforms.library import TRANSIFEX_CDS_URLS, CDSHandler, SourceString

_TIMEOUT = (5, 20)
_MAX_CONTENT = 16 * 2**20
_NO_ANSWER = "Transifex Native answers what is none of its answers"
_SAYS = {
    401: "refuses the token: look at ostiary.plugin.i18n.native_token",
    403: "refuses token and secret: look at ostiary.plugin.i18n.native_token and native_secret",
    409: "is still at work on the same strings: try again in some minutes",
    429: "is asked too often: try again in some minutes",
}


def key_of(domain: str, source: Source) -> str:
    """What names a message there: its domain, its context, itself."""
    return f"{domain}|{source.context or ''}|{source.id}"


class Native(CDSHandler):  # type: ignore[misc] # it has no types
    """Transifex's handler, bounded.

    Args:
        token: of the project.
        secret: what pushing needs besides.
        host: the address of the service.
        unreviewed: take what nobody has reviewed too.
        patience: seconds in which an answer must be ready.
        pause: seconds before the second look; each further one waits twice as long, up to 30.
    """

    def __init__(
        self,
        token: str,
        secret: str | None,
        host: str,
        *,
        unreviewed: bool = False,
        patience: float = 60,
        pause: float = 1,
    ) -> None:
        status = None if unreviewed else "reviewed"
        super().__init__(
            [], token, secret=secret, host=host, fetch_all_langs=True, filter_status=status
        )
        self._patience = patience
        self._pause = pause
        self._trouble: PlatformError | None = None
        self._status = 0

    @override
    def retry_get_request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """A GET with an end: of each try, and of all together."""
        try:
            return self._got(*args, **kwargs)
        except PlatformError as error:
            # The handler hides whatever is raised, and returns nothing.
            self._trouble = error
            raise

    def languages(self) -> list[str]:
        """The languages of the project.

        Raises:
            PlatformError: the service does not say.
        """
        self._trouble = None
        found = self.fetch_languages()
        self._raise_trouble()
        try:
            codes = [str(each["code"]) for each in found]
        except (TypeError, KeyError):
            codes = []
        # There is always the source language: for what it cannot read the handler returns none.
        if not codes:
            raise PlatformError(_NO_ANSWER)
        return codes

    def content(self, language: str, etag: str = "") -> tuple[Mapping[str, str], str] | None:
        """The translations into a language by key, and their tag; None if it still holds.

        Raises:
            PlatformError: they cannot be had.
        """
        self._trouble = None
        # The service gives its tag without quotes, and wants it back to the byte.
        self.etags.set(language, etag)
        fresh, data = self.fetch_translations(language).get(language, (False, None))
        self._raise_trouble()
        if not fresh:
            if data is None or self._status != HTTPStatus.NOT_MODIFIED:
                raise PlatformError(_NO_ANSWER)
            return None
        if not isinstance(data, dict):
            raise PlatformError(_NO_ANSWER)
        strings = {
            str(key): value["string"]
            for key, value in data.items()
            if isinstance(value, dict) and isinstance(value.get("string"), str)
        }
        return strings, str(self.etags.get(language))

    def push(self, strings: Iterable[SourceString], *, purge: bool = False) -> Mapping[str, Any]:
        """Send source strings, and wait until they are taken.

        Returns:
            what the service says of them: how many were made, changed, failed.

        Raises:
            PlatformError: they were not taken.
        """
        if not self.secret:
            raise PlatformError("pushing needs ostiary.plugin.i18n.native_secret")
        payload = {
            "data": dict(self._serialize(each) for each in strings),
            "meta": {"purge": purge, "keep_translations": True, "override_tags": True},
        }
        response = self._asked(
            "post",
            self.host + TRANSIFEX_CDS_URLS["PUSH_SOURCE_STRINGS"],
            headers=self._get_headers(use_secret=True),
            json=payload,
        )
        _check(response)
        return self._job_done(str(_json(response)["data"]["links"]["job"]))

    def _job_done(self, path: str) -> Mapping[str, Any]:
        deadline, pause = time.monotonic() + self._patience, self._pause
        if not path.startswith("/") or path.startswith("//"):
            raise PlatformError("Transifex Native names a job that is elsewhere")
        while True:
            headers = self._get_headers(use_secret=True)
            response = self._asked("get", self.host + path, headers=headers)
            _check(response)
            data: Mapping[str, Any] = _json(response)["data"]
            if data.get("status") == "completed":
                return dict(data.get("details") or {})
            if data.get("status") == "failed":
                raise PlatformError(f"Transifex Native could not take it: {_said(data)}")
            pause = self._pause_before(deadline, pause)

    def _got(self, *args: Any, **kwargs: Any) -> requests.Response:
        deadline, pause = time.monotonic() + self._patience, self._pause
        while True:
            response = self._asked("get", *args, **kwargs)
            self._status = response.status_code
            busy = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            if response.status_code != HTTPStatus.ACCEPTED and not busy:
                _check(response)
                return response
            try:
                pause = self._pause_before(deadline, pause)
            except PlatformError:
                if busy:
                    _check(response)
                raise

    def _pause_before(self, deadline: float, pause: float) -> float:
        if time.monotonic() + pause > deadline:
            raise PlatformError(
                f"Transifex Native has no answer ready after {self._patience:g} seconds"
            )
        time.sleep(pause)
        return min(pause * 2, 30)

    @staticmethod
    def _asked(method: str, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return requests.request(method, *args, timeout=_TIMEOUT, **kwargs)
        except requests.Timeout:
            raise PlatformError("Transifex Native does not answer: try again later") from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise PlatformError("Transifex Native cannot be reached, or broke off") from None
        except requests.RequestException as error:
            name = type(error).__name__
            raise PlatformError(f"Transifex Native cannot be asked ({name})") from None

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble


def source_strings(domain: str, template: PoCatalog) -> list[SourceString]:
    """A package's messages as the service takes them, plurals as ICU has them."""
    found = []
    for message in messages_of(template):
        source = source_of(message)
        tags = [domain, *([CRITICAL] if is_critical(message.auto_comments) else [])]
        meta: dict[str, Any] = {
            "_key": key_of(domain, source),
            "_tags": ",".join(tags),
            "_occurrences": [name for name, _ in message.locations],
        }
        if message.auto_comments:
            meta["_comment"] = " ".join(message.auto_comments)
        if source.limit is not None:
            meta["_charlimit"] = source.limit
        said = source.id
        if source.plural is not None:
            said = f"{{n, plural, one {{{source.id}}} other {{{source.plural}}}}}"
        found.append(SourceString(said, source.context, **meta))
    return found


def to_catalog(
    strings: Mapping[str, str], domain: str, template: PoCatalog, locale: Locale, place: str
) -> Catalog:
    """What the service has of a package, checked as every catalog is; what is bad is left out."""
    found = PoCatalog(locale=locale)
    for message in messages_of(template):
        source = source_of(message)
        said = strings.get(key_of(domain, source), "")
        if not said:
            continue
        if source.plural is None:
            found.add(source.id, said, context=source.context)
        else:
            forms = plural_forms(said, locale)
            found.add((source.id, source.plural), forms, context=source.context)
    return checked(found, OVERLAY, place)


def _check(response: requests.Response) -> None:
    if response.status_code < HTTPStatus.BAD_REQUEST:
        return
    status = response.status_code
    raise PlatformError(f"Transifex Native {_SAYS.get(status, f'answers with {status}')}")


def _json(response: requests.Response) -> Any:
    try:
        if len(response.content) > _MAX_CONTENT:
            raise PlatformError("Transifex Native sends more than anybody could have translated")
        return response.json()
    except ValueError:
        raise PlatformError("Transifex Native sends what is no JSON, or half of it") from None


def _said(data: Mapping[str, Any]) -> str:
    errors = data.get("errors") or [{}]
    return harmless(str(errors[0].get("detail", "it does not say why")))
