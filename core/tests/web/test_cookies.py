"""Cookies: their attributes, and what is made of planted ones."""

from __future__ import annotations

import pytest
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Text
from ostiary.text import translations
from ostiary.web import cookies
from ostiary.web.mount import RUNTIME
from ostiary.web.notices import notice, take_notice

from .conftest import Place, Starter

# Nothing here depends on the database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

_, _n, _p, _np = translations("test")


def a_request(place: Place, cookie: str = "") -> Request:
    request = Request.blank("/")
    request.registry = {RUNTIME: place.runtime}
    if cookie:
        request.environ["HTTP_COOKIE"] = cookie
    return request


def test_without_tls_a_cookie_is_still_out_of_reach_of_scripts_and_sites(place: Place) -> None:
    response = Response()
    cookies.set_cookie(a_request(place), response, cookies.SESSION, "abc")
    assert response.headers.getall("Set-Cookie") == [
        "ostiary_session=abc; Path=/; HttpOnly; SameSite=Lax"
    ]


def test_with_tls_no_other_host_can_plant_a_cookie(start: Starter) -> None:
    """__Host- names are accepted by browsers only with Secure, Path=/ and no Domain."""
    request = a_request(start(public_url="https://site.example"))
    response = Response()
    cookies.set_cookie(request, response, cookies.DEVICE, "abc")
    (header,) = response.headers.getall("Set-Cookie")
    assert header.startswith("__Host-ostiary_device=abc; Max-Age=31536000; Path=/;")
    assert "; secure" in header
    assert "omain" not in header
    assert cookies.get_cookie(request, cookies.DEVICE) is None
    request.environ["HTTP_COOKIE"] = "ostiary_device=planted; __Host-ostiary_device=own"
    assert cookies.get_cookie(request, cookies.DEVICE) == "own"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ostiary_session=a", "a"),
        ("x=1; ostiary_session=a; y=2", "a"),
        ("ostiary_session=a; ostiary_session=a", "a"),
        ("ostiary_session=a; ostiary_session=b", None),
        ("ostiary_session=a; ostiary_session=", None),
        ("ostiary_session=", None),
        ("ostiary_session", None),
        ('ostiary_session="a"', "a"),
        ('ostiary_session="a', None),
        ('ostiary_session="', None),
        ('ostiary_session=""a""', None),
        ("ostiary_session=a b", None),
        ("ostiary_session=" + "a" * 3801, None),
        ("Ostiary_session=a", None),
    ],
)
def test_a_cookie_that_was_planted_or_bent_counts_as_none(
    place: Place, header: str, value: str | None
) -> None:
    assert cookies.get_cookie(a_request(place, header), cookies.SESSION) == value


def test_the_last_word_on_a_cookie_counts(place: Place) -> None:
    """A response that sets and then clears a cookie sends one header for it."""
    request, response = a_request(place), Response()
    cookies.set_cookie(request, response, cookies.FLOW, "abc")
    cookies.set_cookie(request, response, cookies.DEVICE, "kept")
    cookies.clear_cookie(request, response, cookies.FLOW)
    headers = response.headers.getall("Set-Cookie")
    assert len(headers) == 2
    assert [h for h in headers if h.startswith("ostiary_flow=; Max-Age=0; Path=/;")]


@pytest.mark.parametrize("value", ["", "a b", "a;b", "a\r\nb", "é", "a" * 3801])
def test_a_value_that_no_browser_returns_as_it_was_is_refused(place: Place, value: str) -> None:
    with pytest.raises(ValueError, match="malformed or too long"):
        cookies.set_cookie(a_request(place), Response(), cookies.SESSION, value)


def _round(place: Place, text: Text) -> Request:
    response = Response()
    notice(a_request(place), response, text)
    (header,) = response.headers.getall("Set-Cookie")
    return a_request(place, header.partition(";")[0])


def test_a_notice_is_shown_once(place: Place) -> None:
    text = _n("One key of ${who}", "${n} keys of ${who}", 3, who=_("Ada"))
    request = _round(place, text)
    assert take_notice(request) == text
    response = Response()
    request._process_response_callbacks(response)
    assert response.headers["Set-Cookie"].startswith("ostiary_notice=; Max-Age=0;")


def test_a_page_that_leaves_a_new_notice_does_not_clear_it(place: Place) -> None:
    request = _round(place, _("first"))
    take_notice(request)
    response = Response()
    notice(request, response, _("second"))
    request._process_response_callbacks(response)
    (header,) = response.headers.getall("Set-Cookie")
    assert take_notice(a_request(place, header.partition(";")[0])) == _("second")


def test_nobody_else_can_put_words_into_a_notice(place: Place) -> None:
    genuine = _round(place, _("first")).environ["HTTP_COOKIE"]
    swapped = "A" if genuine[-5] != "A" else "B"
    for forged in (genuine[:-5] + swapped + genuine[-4:], "ostiary_notice=e30", genuine[:40]):
        assert take_notice(a_request(place, forged)) is None


def test_a_notice_too_long_for_a_cookie_is_left_out(place: Place) -> None:
    response = Response()
    notice(a_request(place), response, _("x" * 4000))
    assert "Set-Cookie" not in response.headers
