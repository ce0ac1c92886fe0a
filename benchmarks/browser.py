"""A browser that costs next to nothing: it calls a WSGI application, and keeps its cookies."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

HOST = "localhost:6543"

_HIDDEN = re.compile(r'name="(csrf_token|challenge)" value="([^"]+)"')
_ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "6543",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "192.0.2.1",
    "HTTP_HOST": HOST,
    "HTTP_ACCEPT": "text/html",
    "HTTP_ACCEPT_LANGUAGE": "en",
    "HTTP_USER_AGENT": "Mozilla/5.0 (bench)",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@dataclass
class Browser:
    """Somebody's browser at one application."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    location: str = ""

    def get(self, path: str) -> str:
        """A page."""
        return self._ask(path, "GET", b"")

    def post(self, path: str, page: str, form: int = 0, **typed: str) -> str:
        """A form of a page's main part, filled in and sent; what comes is in ``location``."""
        hidden = _HIDDEN.findall(page.partition("<main")[2].split("</form>")[form])
        fields = {name: html.unescape(value) for name, value in hidden} | typed
        return self._ask(path, "POST", urlencode(fields).encode())

    def _ask(self, path: str, method: str, body: bytes) -> str:
        environ = {
            **_ENVIRON,
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.input": io.BytesIO(body),
        }
        if body:
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(body))
        parts: Iterable[bytes] = self.app(environ, self._started)
        return b"".join(parts).decode()

    def _started(self, status: str, headers: list[tuple[str, str]], *_more: object) -> None:
        assert status < "400", status
        known: Mapping[str, str] = dict(headers)
        self.location = known.get("Location", "")
        for name, value in headers:
            if name == "Set-Cookie":
                key, _, kept = value.partition(";")[0].partition("=")
                self.cookies[key] = kept
