"""Views that learn from the body what they are about, and ask for themselves whether they may."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import HTTPConflict
from pyramid.request import Request
from webtest import TestApp

from ostiary.contracts import CredentialRefused, Identity, Presented, Refused, Resource
from ostiary.text import translations

from .conftest import Place, app_of
from .test_security import PROJECT, Only, Root, Tokens

_, _n, _p, _np = translations("test")

BEARER = {"Authorization": "Bearer tok-1"}


class Named:
    """A project, by the name that the body gives."""

    def __init__(self, request: Request, name: str) -> None:
        self.__parent__, self.__name__ = Root(request), name

    def __ostiary_resource__(self) -> Resource:
        return Resource("project", self.__name__)


def host(config: Configurator, asked: Any = "write", **more: Any) -> None:
    def view(request: Request) -> Any:
        do = request.POST.get("do", "ask")
        if do == "conflict":
            raise HTTPConflict
        if do == "ask" and not request.has_permission(
            request.POST.get("for", "write"), Named(request, request.POST["name"])
        ):
            request.response.status_int = 403
        return {}

    config.add_route("upload", "/upload")
    config.add_view(view, route_name="upload", renderer="json", resource_in_body=asked, **more)


def app_with(place: Place, *, only: str = "a", asked: Any = "write") -> TestApp:
    def answer(presented: Presented) -> Identity:
        if presented.value != "tok-1":
            raise CredentialRefused(_("No."), Refused("no", _("No.")))
        return Identity("id-ada", "tokens", restrictions=(Only(only),))

    house = place.with_parts(verifiers={"tokens": Tokens(answer)}, resource_types=(PROJECT,))
    return app_of(house, lambda config: host(config, asked))


def test_the_limits_of_a_credential_are_judged_over_what_the_view_found(place: Place) -> None:
    place.user()
    app = app_with(place)
    app.post("/upload", {"name": "a"}, headers=BEARER)
    app.post("/upload", {"name": "b"}, headers=BEARER, status=403)


@pytest.mark.parametrize("asked", ["write", ("own", "write")])
def test_any_one_of_the_named_permissions_will_do(place: Place, asked: Any) -> None:
    place.user()
    app_with(place, asked=asked).post("/upload", {"name": "a"}, headers=BEARER)


@pytest.mark.parametrize(
    "form",
    [{"do": "nothing"}, {"name": "a", "for": "read"}],
    ids=["that does not ask", "that asks for something else"],
)
def test_a_view_is_refused(
    place: Place, caplog: pytest.LogCaptureFixture, form: dict[str, str]
) -> None:
    """Its answer is withheld, and the log says whose fault it is."""
    place.user()
    with caplog.at_level(logging.ERROR):
        app_with(place).post("/upload", form, headers=BEARER, status=403)
    assert "the view of upload did not ask for its permission" in caplog.text


def test_a_yes_to_whoever_may_anyway_is_none(place: Place) -> None:
    """What everybody may is no permission that was asked for on behalf of this caller."""
    place.user()
    form = {"name": "b", "for": "look"}
    app_with(place, asked="look").post("/upload", form, headers=BEARER, status=403)


def test_errors_pass(place: Place) -> None:
    """A view may find fault with the body before it knows what to ask for."""
    place.user()
    app_with(place).post("/upload", {"do": "conflict"}, headers=BEARER, status=409)


def test_nobody_is_turned_away_before_the_body_is_read(place: Place) -> None:
    app = app_with(place)
    for headers in ({}, {"Authorization": "Bearer tok-2"}, {"Authorization": "Bearer nothing"}):
        # The body is no multipart at all: whoever read it would answer 400.
        answer = app.post(
            "/upload", b"x", headers=headers, content_type="multipart/form-data", status=401
        )
        assert "WWW-Authenticate" in answer.headers


def test_a_session_asks_too(place: Place) -> None:
    session = place.session(place.user())
    app = app_of(place, lambda config: host(config, require_csrf=False))
    app.set_cookie("ostiary_session", session)
    app.post("/upload", {"name": "a"})
    app.post("/upload", {"do": "nothing"}, status=403)


@pytest.mark.parametrize("asked", [True, (), [], ("write", 1), ""])
def test_an_option_that_names_no_permission_stops_the_start(place: Place, asked: Any) -> None:
    with pytest.raises(ConfigurationError, match="resource_in_body names"):
        app_of(place, lambda config: host(config, asked))


def test_a_view_with_a_permission_of_its_own_stops_the_start(place: Place) -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        app_of(place, lambda config: host(config, permission="look"))
