"""The cookies of the house: all set here, with the same attributes, and read with suspicion.

Where TLS is on, names begin with ``__Host-`` (RFC 6265bis, section 4.1.3.2), so that no other
host of the domain can plant one. A cookie that comes twice with different values was planted,
and counts as none.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pyramid.request import Request
from pyramid.response import Response

from ostiary.web.mount import settings_of

MAX_VALUE = 3800
_NEW_BROWSER = "_ostiary_browser"
_PLAIN = re.compile(r"[A-Za-z0-9_\-.~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cookie:
    """One of our cookies; without a lifetime it ends with the browser."""

    name: str
    lifetime: timedelta | None = None


SESSION: Final = Cookie("ostiary_session")
FLOW: Final = Cookie("ostiary_flow")
DEVICE: Final = Cookie("ostiary_device", timedelta(days=365))
BROWSER: Final = Cookie("ostiary_browser")
LANGUAGE: Final = Cookie("ostiary_language", timedelta(days=365))
NOTICE: Final = Cookie("ostiary_notice", timedelta(minutes=5))
CHANGED: Final = Cookie("ostiary_changed", timedelta(minutes=5))


def cookie_name(request: Request, cookie: Cookie) -> str:
    """The name that a cookie goes by on this site."""
    return f"__Host-{cookie.name}" if settings_of(request).public_url.tls else cookie.name


def get_cookie(request: Request, cookie: Cookie) -> str | None:
    """The value of a cookie; None where it is absent, malformed, or there are two of them."""
    name, header = cookie_name(request, cookie), request.environ.get("HTTP_COOKIE", "")
    if name not in header:
        return None
    values = set()
    for pair in header.split(";"):
        key, _, value = pair.partition("=")
        if key.strip() == name:
            values.add(_unquoted(value.strip()))
    if len(values) != 1:
        return None
    (value,) = values
    return value if len(value) <= MAX_VALUE and _PLAIN.fullmatch(value) else None


def _unquoted(value: str) -> str:
    """Some clients put quotes around a value (RFC 6265, section 4.1.1)."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return value[1:-1] if quoted else value


def browser_token(request: Request) -> str:
    """The token that this browser's forms are bound to; one without it is given one.

    It is of no worth by itself: it only tells this browser from another, before a sign-in.
    """
    token = get_cookie(request, BROWSER) or request.environ.get(_NEW_BROWSER)
    if token is None:
        token = request.environ[_NEW_BROWSER] = secrets.token_urlsafe(32)
        request.add_response_callback(_give_browser_token)
    return str(token)


def _give_browser_token(request: Request, response: Response) -> None:
    set_cookie(request, response, BROWSER, request.environ[_NEW_BROWSER])


def set_cookie(request: Request, response: Response, cookie: Cookie, value: str) -> None:
    """Set a cookie: for this host and every path, not for scripts, not across sites.

    Raises:
        ValueError: the value has characters outside ``A-Za-z0-9_-.~``, or is too long to be
            kept by browsers.
    """
    if len(value) > MAX_VALUE or not _PLAIN.fullmatch(value):
        raise ValueError(f"the value of the cookie {cookie.name} is malformed or too long")
    _write(request, response, cookie, value, cookie.lifetime)


def clear_cookie(request: Request, response: Response, cookie: Cookie) -> None:
    """Make the browser forget a cookie."""
    _write(request, response, cookie, "", timedelta(0))


def _write(
    request: Request, response: Response, cookie: Cookie, value: str, lifetime: timedelta | None
) -> None:
    name = cookie_name(request, cookie)
    # The last word counts: a page that clears what it set sends one header, not two.
    response.unset_cookie(name, strict=False)
    response.set_cookie(
        name,
        value,
        max_age=lifetime,
        path="/",
        secure=settings_of(request).public_url.tls,
        httponly=True,
        samesite="Lax",
    )
