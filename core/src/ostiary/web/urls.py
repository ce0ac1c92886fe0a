"""Addresses. They come from ``ostiary.public_url``, never from a header of the request."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from ostiary.web.mount import settings_of

MAX_NEXT = 2048
# Browsers drop tabs and line breaks from addresses and read a backslash as a slash (URL
# Standard, section 4.4), so "/\t/evil.example" would lead away.
_PLAIN_PATH = re.compile(r"/[\x21-\x5b\x5d-\x7e]*", re.ASCII)
_DECODED_TRICK = re.compile(r"//|\\|[\x00-\x1f\x7f-\xa0]")
_DECODINGS = 3
_PATHS = "ostiary.paths"
_ASSETS = "ostiary.assets"


def path(request: Request, route: str, **values: Any) -> str:
    """The path of a route, for links within the site; values and ``_query`` as in Pyramid."""
    if values or request.script_name:
        return str(request.route_path(route, **values))
    # A page has a dozen of these, and they are always the same.
    known: dict[str, str] = request.registry.setdefault(_PATHS, {})
    found = known.get(route)
    if found is None:
        found = str(request.route_path(route))
        if request.registry.getUtility(IRoutesMapper).get_route(route).pregenerator is None:
            known[route] = found
    return found


def asset(request: Request, spec: str) -> str:
    """The path of a static file."""
    known: dict[tuple[str, str], str] = request.registry.setdefault(_ASSETS, {})
    found = known.get((request.script_name, spec))
    if found is None:
        found = known[request.script_name, spec] = str(request.static_path(spec))
    return found


def see_other(request: Request, to: str) -> HTTPSeeOther:
    """A redirect to a path of this site, to be fetched with GET (RFC 9110, section 15.4.4).

    Raises:
        ValueError: ``to`` is not a plain path of this site.
    """
    if not is_local_path(to):
        raise ValueError("a redirect stays on this site: give a path that begins with one slash")
    # Without a body of ours Pyramid makes a page of HTML, which nobody sees.
    location = settings_of(request).public_url.origin + to
    return HTTPSeeOther(location=location, text="See the location.\n", content_type="text/plain")


def safe_next(request: Request, value: object, default: str = "/") -> str:
    """Where to go on to, if that is a plain path of this site, else the default.

    Args:
        request: the request that the value came with.
        value: what was asked for, as it came.
        default: a path that the caller made itself.
    """
    return value if isinstance(value, str) and is_local_path(value) else default


def path_with_next(request: Request, route: str, to: str | None) -> str:
    """The path of a route that leads on to a path of this site, as far as both together fit.

    A redirect takes no longer one than :func:`is_local_path`, and quoting makes it longer.
    """
    if to is not None and is_local_path(to):
        leading = path(request, route, _query={"next": to})
        if is_local_path(leading):
            return leading
    return path(request, route)


def is_local_path(value: str) -> bool:
    """Whether a browser that is sent there stays on this site (ASVS 5.0, 1.2.2 and 3.7.2)."""
    if len(value) > MAX_NEXT or not _PLAIN_PATH.fullmatch(value):
        return False
    # A proxy in between may decode once more than we do.
    decoded = re.split(r"[?#]", value, maxsplit=1)[0]
    for _ in range(_DECODINGS):
        if _DECODED_TRICK.search(decoded):
            return False
        decoded = unquote(decoded)
    return not _DECODED_TRICK.search(decoded)
