"""A browser without scripts: a WSGI client that keeps cookies and fills in forms."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from webtest import TestApp
from webtest.forms import Form
from webtest.response import TestResponse

from ostiary.runtime import Runtime
from ostiary.web import standalone

ADDRESS = "192.0.2.9"
"""Whence the visits come (RFC 5737, section 3)."""


@lru_cache(maxsize=4)
def app_of(runtime: Runtime) -> Any:
    """The WSGI application of a house, the same for all who visit it."""
    return standalone(runtime)


class Visitor:
    """One browser. ``page`` is what it shows, a :class:`webtest.TestResponse`.

    Redirects are followed, as browsers do.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        address: str = ADDRESS,
        language: str = "en",
        cookies: Mapping[str, str] | None = None,
    ) -> None:
        self.runtime = runtime
        scheme, _, host = runtime.settings.public_url.origin.partition("://")
        self.app = TestApp(
            app_of(runtime),
            extra_environ={
                "REMOTE_ADDR": address,
                "HTTP_HOST": host,
                "wsgi.url_scheme": scheme,
                "HTTP_ACCEPT_LANGUAGE": language,
            },
        )
        for name, value in (cookies or {}).items():
            self.app.set_cookie(name, value)
        self.page: Any = None

    def get(self, path: str) -> TestResponse:
        """Open a page; any status will do."""
        self.page = self.app.get(path, status="*").maybe_follow()
        return self.page

    def submit(self, with_field: str | None = None, /, **fields: str) -> TestResponse:
        """Fill in the form of the page, and send it.

        Args:
            with_field: where the page has several forms in its main part, a field of the one
                that is meant; else the one that has all the fields given.
            fields: what to type; hidden fields stay as they are.

        Raises:
            LookupError: the page has no such form.
        """
        form = self.form(*([with_field] if with_field else ()), *fields)
        for name, value in fields.items():
            form[name] = value
        self.page = form.submit(status="*").maybe_follow()
        return self.page

    def form(self, *fields: str) -> Form:
        """The first form in the page's main part that has these fields.

        Raises:
            LookupError: there is none; says what there is.
        """
        found = [form for form in self._forms() if set(fields) <= form.fields.keys()]
        if not found:
            there = [sorted(filter(None, form.fields)) for form in self._forms()]
            raise LookupError(
                f"{self.path} ({self.page.status_int}) has no form with {fields}; its forms have "
                f"{there}. It says: {self.text}"
            )
        return found[0]

    @property
    def text(self) -> str:
        """What the main part of the page says."""
        main = self.page.html.find("main")
        return " ".join((main or self.page.html).get_text(" ").split())

    @property
    def path(self) -> str:
        """Where we are."""
        return str(self.page.request.path)

    def _forms(self) -> list[Form]:
        main = self.page.html.find("main")
        texts = [str(form) for form in (main or self.page.html).find_all("form")]
        return [Form(self.page, text) for text in texts]


__all__ = ["ADDRESS", "Visitor"]
