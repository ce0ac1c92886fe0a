"""Response headers that keep pages to themselves (ASVS 5.0, chapter 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from ostiary.runtime import Runtime
from ostiary.web.mount import RUNTIME, is_ours

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), "
        "display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
}
_PAGES = {
    "Cache-Control": "no-store",
    # Who is signed in changes what the page says, and so does the language that they chose.
    "Vary": "Cookie, Authorization",
}
_STATIC = "ostiary.static"
_IN_WORDS = frozenset({"text/html", "application/problem+json"})
_LANGUAGE = "ostiary.language"
_NEGOTIATED = "ostiary.language.negotiated"
_VARYING = f"{_PAGES['Vary']}, Accept-Language"
_HSTS = "max-age=63072000"
"""Two years. Subdomains are not ours to speak for."""


def mark_static(request: Request) -> None:
    """Say that the answer is a file for everybody, which caches may keep."""
    request.environ[_STATIC] = True


def speaks(request: Request, locale: str, *, negotiated: bool) -> None:
    """Say which language the answer is in, and whether that came of what the browser asks for."""
    request.environ[_LANGUAGE], request.environ[_NEGOTIATED] = locale, negotiated


def headers_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Set the headers on every answer of the house, errors included."""
    runtime: Runtime = registry[RUNTIME]
    static = {**_ALWAYS, "Content-Security-Policy": _POLICY}
    if runtime.settings.public_url.tls:
        static["Strict-Transport-Security"] = _HSTS
    page = {**static, **_PAGES}

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        if is_ours(request):
            if request.environ.get(_STATIC):
                # A file for everybody is in no language, or in one that its address names.
                response.headers.update(static)
            else:
                response.headers.update(_in_language(request, response, page))
        return response

    return headers_tween


def _in_language(
    request: Request, response: Response, headers: Mapping[str, str]
) -> Mapping[str, str]:
    """With the page's language (RFC 9110, section 8.5), and whether another would get another."""
    language = request.environ.get(_LANGUAGE)
    if language is None or response.content_type not in _IN_WORDS:
        return headers
    varying = {"Vary": _VARYING} if request.environ[_NEGOTIATED] else {}
    return {**headers, "Content-Language": language, **varying}
