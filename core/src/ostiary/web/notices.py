"""What one page leaves for the next: kept by the browser, sealed, taken once."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import JSON, StoreError, Text
from ostiary.text import text_from_json, text_to_json
from ostiary.web.cookies import (
    CHANGED,
    MAX_VALUE,
    NOTICE,
    Cookie,
    clear_cookie,
    cookie_name,
    get_cookie,
    set_cookie,
)
from ostiary.web.mount import runtime_of

_NOTICE = ("web", "notice")
_CHANGED = ("web", "changed")


def notice(request: Request, response: Response, text: Text) -> None:
    """Show a text on the next page. One that a cookie cannot hold is left out."""
    _leave(request, response, NOTICE, text_to_json(text), *_NOTICE)


def take_notice(request: Request) -> Text | None:
    """The text that the page before left; the response to this request takes it away."""
    try:
        return text_from_json(_take(request, NOTICE, *_NOTICE))
    except ValueError:
        return None


def leave_changed(
    request: Request, response: Response, user_id: str, factor: str, public: JSON
) -> None:
    """Tell the next page which credential was just changed, also where its row is gone.

    What a cookie cannot hold is left out: the browser then learns of it another time.
    """
    _leave(request, response, CHANGED, [factor, dict(public)], *_CHANGED, user_id)


def take_changed(request: Request, user_id: str) -> tuple[str, JSON] | None:
    """The factor whose credential this user has just changed, and what was open of it."""
    found = _take(request, CHANGED, *_CHANGED, user_id)
    return None if found is None else (found[0], found[1])


def _leave(request: Request, response: Response, cookie: Cookie, value: Any, *context: str) -> None:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # What a plugin keeps may hold half of a character, as JSON allows.
    plain = written.encode("utf-8", "surrogatepass")
    sealed = base64.urlsafe_b64encode(runtime_of(request).keys.seal(plain, *context)).decode()
    sealed = sealed.rstrip("=")
    if len(sealed) <= MAX_VALUE:
        set_cookie(request, response, cookie, sealed)


def _take(request: Request, cookie: Cookie, *context: str) -> Any:
    value = get_cookie(request, cookie)
    if value is None:
        return None
    request.add_response_callback(lambda req, response: _clear(req, response, cookie))
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return json.loads(runtime_of(request).keys.open(sealed, *context))
    except (ValueError, binascii.Error, StoreError):
        return None


def _clear(request: Request, response: Response, cookie: Cookie) -> None:
    name = cookie_name(request, cookie)
    set_anew = any(
        header.startswith(f"{name}=") for header in response.headers.getall("Set-Cookie")
    )
    if not set_anew:
        clear_cookie(request, response, cookie)
