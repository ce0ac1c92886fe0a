"""What programs are told: in the reason phrase and in problem details."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from ostiary.text import translations
from ostiary.web import problem

from .conftest import Place, app_of

_, _n, _p, _np = translations("test")


def answer_of(place: Place, said: str, **headers: str) -> Any:
    def view(request: Request) -> Response:
        return problem(request, 409, _("The file ${name} is there.", name=said), _("Taken"))

    def host(config: Configurator) -> None:
        config.add_route("taken", "/taken")
        config.add_view(view, route_name="taken")

    return app_of(place, host).get("/taken", headers=headers, status=409)


def test_a_program_is_told_twice_with_the_number_of_the_request(place: Place) -> None:
    """RFC 9457, section 3.1; some clients show one, some the other."""
    answer = answer_of(place, "a.whl")
    assert answer.content_type == "application/problem+json"
    said = json.loads(answer.body)
    number = said["instance"].removeprefix("urn:uuid:")
    detail = f"The file a.whl is there. (Reference: {number})"
    assert said == {
        "type": "about:blank",
        "title": "Taken",
        "status": 409,
        "detail": detail,
        "instance": f"urn:uuid:{number}",
    }
    assert answer.status == f"409 {detail}"


def test_a_person_gets_a_page(place: Place) -> None:
    answer = answer_of(place, "<b>", Accept="text/html")
    assert answer.status == "409 Conflict"
    assert "<h1>Taken</h1>" in answer.text
    assert "The file &lt;b&gt; is there." in answer.text


@pytest.mark.parametrize(
    "said", ["a\r\nSet-Cookie: a=b", "a\x00b\x1b[2J", "\N{SNOWMAN}é", "a" * 9999]
)
def test_a_status_line_is_one_short_line_of_printable_latin_1(place: Place, said: str) -> None:
    """RFC 9112, section 4; whoever can name a file writes no header."""
    answer = answer_of(place, said)
    phrase = answer.status.removeprefix("409 ")
    assert phrase.isprintable()
    assert len(phrase) <= 240
    assert phrase.encode("latin-1")
    assert "Set-Cookie" not in answer.headers
    assert said in json.loads(answer.body)["detail"]
