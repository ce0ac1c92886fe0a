"""A message for the next page, kept by the browser, sealed, shown once."""

from __future__ import annotations

import base64
import binascii
import json

from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import StoreError, Text
from ostiary.text import text_from_json, text_to_json
from ostiary.web.cookies import MAX_VALUE, NOTICE, clear_cookie, cookie_name, get_cookie, set_cookie
from ostiary.web.mount import runtime_of

_CONTEXT = ("web", "notice")


def notice(request: Request, response: Response, text: Text) -> None:
    """Show a text on the next page. One that a cookie cannot hold is left out."""
    plain = json.dumps(text_to_json(text), ensure_ascii=False, separators=(",", ":")).encode()
    value = base64.urlsafe_b64encode(runtime_of(request).keys.seal(plain, *_CONTEXT)).decode()
    value = value.rstrip("=")
    if len(value) <= MAX_VALUE:
        set_cookie(request, response, NOTICE, value)


def take_notice(request: Request) -> Text | None:
    """The text that the page before left; the response to this request takes it away."""
    value = get_cookie(request, NOTICE)
    if value is None:
        return None
    request.add_response_callback(_clear)
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return text_from_json(json.loads(runtime_of(request).keys.open(sealed, *_CONTEXT)))
    except (ValueError, binascii.Error, StoreError):
        return None


def _clear(request: Request, response: Response) -> None:
    name = cookie_name(request, NOTICE)
    set_anew = any(
        header.startswith(f"{name}=") for header in response.headers.getall("Set-Cookie")
    )
    if not set_anew:
        clear_cookie(request, response, NOTICE)
