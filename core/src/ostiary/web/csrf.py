"""Cross-site request forgery: origin and token, on every unsafe request that acts by cookie.

An unsafe request must come from our own pages, as far as its browser says where it comes
from, and carry a token that no other site can know (ASVS 5.0, 3.5.1 and 3.5.3):

- ``Origin``, where there is one, equals the origin of ``ostiary.public_url``; ``null`` does not.
- ``Sec-Fetch-Site``, where there is one, is ``same-origin`` or ``none`` (typed, reloaded).
- Where there is neither, ``Referer`` has our origin. Where that is missing too (old browsers
  behind proxies that strip it) the token alone decides: it is bound to a cookie that no other
  site can read, so the origin is the second lock on this door and not the only one.
- The token is an HMAC over the session cookie, or before a sign-in over the browser cookie, so
  that nothing is stored and a token dies with its session. It is masked anew for each page,
  since compression would otherwise leak what repeats (BREACH, CVE-2013-3587).

Pyramid's own ``check_csrf_origin`` believes the Host header and looks at https only; it is
not used here.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from urllib.parse import urlsplit

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import Request
from zope.interface import implementer

from ostiary.web.cookies import BROWSER, SESSION, browser_token, get_cookie
from ostiary.web.mount import runtime_of, settings_of

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PURPOSE = "csrf"
_SIZE = 32


@implementer(ICSRFStoragePolicy)
class CSRFStoragePolicy:
    """Pyramid's way to our tokens: ``get_csrf_token()`` in templates works in a host's, too."""

    def new_csrf_token(self, request: Request) -> str:
        """A token; it changes with the cookie that it is bound to, so there is none to renew."""
        return csrf_token(request)

    def get_csrf_token(self, request: Request) -> str:
        """The token for a form of this page."""
        return csrf_token(request)

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        """Whether the token is of this session, or of this browser before a sign-in."""
        return is_valid(request, supplied_token)


def csrf_token(request: Request) -> str:
    """A masked token for the forms of this page."""
    mask = secrets.token_bytes(_SIZE)
    mac = _mac(runtime_of(request).keys.derive(_PURPOSE), _bound_to(request))
    return base64.urlsafe_b64encode(mask + _xor(mask, mac)).decode().rstrip("=")


def is_valid(request: Request, token: str) -> bool:
    """Whether a token belongs to the cookie that the request came with."""
    bound = _cookie_bound(request)
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return False
    if bound is None or len(raw) != 2 * _SIZE:
        return False
    mac = _xor(raw[:_SIZE], raw[_SIZE:])
    # Each key is compared, whichever matched: time says nothing of the ring.
    matches = [
        hmac.compare_digest(mac, _mac(key, bound))
        for key in runtime_of(request).keys.derived(_PURPOSE)
    ]
    return any(matches)


def check_csrf(request: Request) -> None:
    """Hold an unsafe request to origin and token.

    Raises:
        BadCSRFOrigin: it comes from elsewhere.
        BadCSRFToken: its token is missing, or not of this session or browser.
    """
    check_origin(request)
    if not (is_said_local(request) or _referer_is_ours(request)):
        raise BadCSRFOrigin("the form was sent from another site")
    token = request.headers.get(HEADER) or request.POST.get(FIELD)
    if not isinstance(token, str) or not is_valid(request, token):
        raise BadCSRFToken("the form's token is missing or of another session")


def check_origin(request: Request) -> None:
    """Refuse a request whose browser says that another site made it.

    Raises:
        BadCSRFOrigin: ``Origin`` or ``Sec-Fetch-Site`` names another site.
    """
    origin = request.environ.get("HTTP_ORIGIN")
    site = request.environ.get("HTTP_SEC_FETCH_SITE")
    if origin is not None and origin != settings_of(request).public_url.origin:
        raise BadCSRFOrigin("the request's Origin is not that of this site")
    if site is not None and site not in {"same-origin", "none"}:
        raise BadCSRFOrigin("the request's Sec-Fetch-Site is not same-origin")


def is_said_local(request: Request) -> bool:
    """Whether the browser said where the request was made; what it said is checked before."""
    return "HTTP_ORIGIN" in request.environ or "HTTP_SEC_FETCH_SITE" in request.environ


def _referer_is_ours(request: Request) -> bool:
    referer = request.environ.get("HTTP_REFERER")
    if referer is None:
        return True
    try:
        parts = urlsplit(referer)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" == settings_of(request).public_url.origin


def _bound_to(request: Request) -> bytes:
    """What this page's tokens are bound to; a browser without any cookie is given one."""
    return _cookie_bound(request) or b"browser:" + browser_token(request).encode()


def _cookie_bound(request: Request) -> bytes | None:
    session = get_cookie(request, SESSION)
    if session is not None:
        return b"session:" + session.encode()
    browser = get_cookie(request, BROWSER)
    return None if browser is None else b"browser:" + browser.encode()


def _mac(key: bytes, bound: bytes) -> bytes:
    return hmac.digest(key, bound, "sha256")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
