"""Addresses come from the settings; a redirect never leaves the site."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web import urls

from .conftest import ORIGIN, Place, app_of


@pytest.mark.parametrize(
    "value",
    [
        "/account",
        "/account?next=https://elsewhere.example//x",
        "/p/a%20b?q=%2F%2F",
        "/",
        "/a#b",
    ],
)
def test_a_path_of_this_site_is_kept(value: str) -> None:
    assert urls.is_local_path(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/ /evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/%2f/evil.example",
        "/%2F%2Fevil.example",
        "/%252F/evil.example",
        "/%25252F/evil.example",
        "/%5cevil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:x=y",
        "/a//evil.example",
        "/é",
        "/\u2028x",
        "/" + "a" * 2048,
    ],
)
def test_whatever_might_lead_away_is_refused(value: str) -> None:
    assert not urls.is_local_path(value)


@given(st.text(alphabet="/\\:%25cCfF090aAdD@.\t\n evil?#", max_size=24))
def test_an_accepted_path_stays_where_a_browser_would_resolve_it(tail: str) -> None:
    """Whatever is accepted has the shape that browsers read as a path, also decoded once more."""
    from urllib.parse import unquote, urljoin, urlsplit

    value = "/" + tail
    if urls.is_local_path(value):
        for seen in (value, "/" + unquote(value).lstrip("/")):
            assert urlsplit(urljoin(ORIGIN + "/x", seen)).netloc == "localhost:6543"
        assert not unquote(urlsplit(value).path).startswith(("//", "/\\"))


def _routes(config: Configurator) -> None:
    config.add_route("here", "/here/{name}")

    def view(request: Request) -> dict[str, Any]:
        return {
            "path": urls.path(request, "here", name="a"),
            "next": urls.safe_next(request, request.GET.get("next"), "/fallback"),
            "location": urls.see_other(request, "/there?x=1").location,
        }

    config.add_view(view, route_name="here", renderer="json", permission=NO_PERMISSION_REQUIRED)


def test_no_header_says_where_the_site_is(place: Place) -> None:
    """Host and X-Forwarded-* are whatever the client likes; links come from public_url."""
    headers = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example;proto=https",
    }
    found = app_of(place, _routes).get("/here/x?next=//evil.example", headers=headers).json
    assert found == {
        "path": "/here/a",
        "next": "/fallback",
        "location": f"{ORIGIN}/there?x=1",
    }


def test_a_redirect_elsewhere_is_a_fault_of_the_caller(place: Place) -> None:
    request = Request.blank("/")
    with pytest.raises(ValueError, match="stays on this site"):
        urls.see_other(request, "//evil.example")
