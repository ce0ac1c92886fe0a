"""Answers that say no: a page for people, problem details for programs (RFC 9457).

Clients of package indexes show one or the other of two places, so both say it: the reason phrase
(RFC 9112, section 4) and the ``detail`` of the problem.
"""

from __future__ import annotations

import json

from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Text
from ostiary.text import translations, use_locale
from ostiary.web.page import Page
from ostiary.web.request_id import request_id

_, _n, _p, _np = translations("ostiary")

TEMPLATE = "ostiary:web/templates/error.jinja"
_WANTED = 0.5
_FOR_PROGRAMS = ("application/problem+json", "application/json", "text/plain")
_MAX_ACCEPT = 4096
_MAX_PHRASE = 240


def problem(request: Request, status: int, text: Text, title: Text | None = None) -> Response:
    """An error of a view, for whoever asked: a person or a program.

    Args:
        request: it carries the number that the answer names, and that its events carry.
        status: of HTTP, 400 to 599.
        text: what is wrong and how to mend it, in one or two sentences.
        title: of the page, and of the problem.
    """
    return error_page(request, status, title or _("That did not work"), text)


def error_page(
    request: Request, status: int, title: Text, text: Text, back: str | None = None
) -> Response:
    """An error, as a page for people and as problem details for programs."""
    page = Page(request, bare=True)
    number = request_id(request)
    response = Response(status=status)
    if wants_html(request):
        values = {"page": page, "title": title, "text": text, "back": back, "number": number}
        response.text = render(TEMPLATE, values, request)
        return response
    # Translators: ${text} is a message about an error; ${number} is the one that pages call Request
    # number.
    told = _("${text} (Reference: ${number})", text=text, number=number)
    with use_locale(page.localization, page.locale):
        said = {
            "type": "about:blank",
            "title": page.localization.say(title, page.locale),
            "status": status,
            "detail": page.localization.say(told, page.locale),
            "instance": f"urn:uuid:{number}",
        }
    response.status = f"{status} {_phrase(str(told))}"
    response.content_type = "application/problem+json"
    response.charset = None
    response.body = json.dumps(said, ensure_ascii=False).encode()
    return response


def wants_html(request: Request) -> bool:
    """Whether a person reads the answer: whoever asks for HTML by name, and not as a last resort.

    ``*/*`` is what programs send; pip names HTML with a quality of 0.01, uv after JSON and plain
    text. No browser sends a long header, which would take seconds to parse.
    """
    accept = request.environ.get("HTTP_ACCEPT", "")
    if "text/html" not in accept or len(accept) > _MAX_ACCEPT:
        return False
    offers = request.accept.acceptable_offers(["text/html", *_FOR_PROGRAMS])
    return bool(offers) and offers[0][0] == "text/html" and offers[0][1] >= _WANTED


def _phrase(said: str) -> str:
    """What may stand in a status line: one short line of printable Latin-1."""
    line = " ".join(said.split())[:_MAX_PHRASE]
    printable = "".join(each if each.isprintable() else "?" for each in line)
    return printable.encode("latin-1", "replace").decode("latin-1")
