"""Response headers that keep pages to themselves (ASVS 5.0, chapter 3.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from ostiary.web.mount import is_ours, settings_of

_FORM_ACTION = "_ostiary_form_action"
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
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
_STATIC = "ostiary.static"
_HSTS = "max-age=63072000"
"""Two years. Subdomains are not ours to speak for."""


def allow_form_action(request: Request, url: str) -> None:
    """Let a form of this page lead, by a redirect, to the origin of another site's address.

    Browsers hold redirects after a form to the policy of the page that held the form.

    Raises:
        ValueError: the address is not of http or https.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("a form leads to an http or https address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    origins = request.environ.setdefault(_FORM_ACTION, set())
    origins.add(f"{parts.scheme}://{host}{port}")


def mark_static(request: Request) -> None:
    """Say that the answer is a file for everybody, which caches may keep."""
    request.environ[_STATIC] = True


def headers_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Set the headers on every answer of the house, errors included."""

    def headers_tween(request: Request) -> Response:
        response = handler(request)
        if is_ours(request):
            _set_headers(request, response)
        return response

    return headers_tween


def _set_headers(request: Request, response: Response) -> None:
    form_action = " ".join(["'self'", *sorted(request.environ.get(_FORM_ACTION, ()))])
    headers: dict[str, Any] = {
        **_ALWAYS,
        "Content-Security-Policy": _POLICY.format(form_action=form_action),
    }
    if settings_of(request).public_url.tls:
        headers["Strict-Transport-Security"] = _HSTS
    if not request.environ.get(_STATIC):
        headers["Cache-Control"] = "no-store"
        # A cookie may have changed what the page says, and so may the language asked for.
        headers["Vary"] = "Cookie, Accept-Language, Authorization"
    response.headers.update(headers)
