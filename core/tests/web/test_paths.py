"""Plugins keep to the paths they declare, and to themselves."""

# ruff: noqa: ARG005 - an implementation of a hook names its arguments as the hook does.

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from zope.interface import implementer

from ostiary.contracts import PluginError
from ostiary.plugins import Include, PluginInfo
from ostiary.web import paths
from ostiary.web.csrf import CSRFStoragePolicy

from .conftest import Place, app_of

# Nothing here depends on the database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

INFO = PluginInfo("demo", "ostiary-demo", "1.0")
Included = Callable[[Configurator, Any], None]


def _include(place: Place, include: Included, *declared: str) -> Place:
    return place.with_parts(includes=(Include(INFO, declared or ("/demo",), include),))


def _view(request: Request) -> Response:
    return Response(f"{request.matched_route.name} for {request.ostiary.site.title}")


def _page(config: Configurator, path: str, name: str = "demo_page", **options: Any) -> None:
    config.add_route(name, path)
    config.add_view(_view, route_name=name, **options)


@pytest.mark.parametrize("prefix", [None, "/auth"])
def test_a_plugin_serves_the_paths_it_declares(place: Place, prefix: str | None) -> None:
    """With views, renderers and static files, under the prefix of the house."""

    def include(config: Configurator, house: Any) -> None:
        _page(config, "/demo")
        _page(config, "/demo/{thing}/edit", "demo_edit")
        config.add_static_view("demo/static", "ostiary:web/static/")

    app = app_of(_include(place, include), prefix=prefix)
    base = prefix or ""
    assert app.get(base + "/demo").text == "demo_page for Ostiary"
    assert app.get(base + "/demo/1/edit").headers["X-Frame-Options"] == "DENY"
    assert app.get(base + "/demo/static/icon.svg").content_type == "image/svg+xml"


@pytest.mark.parametrize("prefix", [None, "/auth"])
def test_a_well_known_path_stands_at_the_root_of_the_host(place: Place, prefix: str | None) -> None:
    """Wherever the house is mounted (RFC 8615); the plugin's other paths are under the prefix."""

    def include(config: Configurator, house: Any) -> None:
        config.add_well_known_route("demo_known", "/.well-known/demo")
        config.add_view(_view, route_name="demo_known")
        _page(config, "/demo")

    app = app_of(_include(place, include, "/demo", "/.well-known/demo"), prefix=prefix)
    assert app.get("/.well-known/demo").text == "demo_known for Ostiary"
    assert app.get((prefix or "") + "/demo").text == "demo_page for Ostiary"
    if prefix:
        app.get("/auth/.well-known/demo", status=404)


def test_a_plugin_has_something_done_in_each_round(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of the chores before it; once, however often the house is mounted."""
    done: list[str] = []

    def fail() -> None:
        raise RuntimeError("a secret")

    def include(config: Configurator, house: Any) -> None:
        config.add_chore("demo.fails", fail)
        config.add_chore("demo.works", lambda: done.append("demo"))

    place = _include(place, include)
    for _mounted in range(2):
        app_of(place)
    place.runtime.chores.do()
    assert done == ["demo"]
    assert "chore demo.fails: RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/.well-known/other", "adds the route 'demo_known' at /.well-known/other"),
        ("/demo", "is not under /.well-known/"),
        ("/.well-known", "is not under /.well-known/"),
    ],
)
def test_a_well_known_path_is_declared_like_any_other(
    place: Place, path: str, complaint: str
) -> None:
    def include(config: Configurator, house: Any) -> None:
        config.add_well_known_route("demo_known", path)

    with pytest.raises((ConfigurationError, PluginError), match=complaint):
        app_of(_include(place, include, "/demo", "/.well-known/demo"), prefix="/auth")


@pytest.mark.parametrize(
    ("path", "declared"),
    [
        ("/other", "/demo"),
        ("/demonstration", "/demo"),
        ("/demo", "/demo/inner"),
        ("/{anything}", "/demo"),
        ("/*rest", "/demo"),
        ("/account/security", "/demo"),
    ],
)
def test_a_path_that_was_not_declared_is_refused(place: Place, path: str, declared: str) -> None:
    house = _include(place, lambda config, house: _page(config, path), declared)
    with pytest.raises(ConfigurationError, match=r"demo.*adds the route 'demo_page' at .*declares"):
        app_of(house)


@pytest.mark.parametrize(
    "declared", ["/account", "/account/security", "/health", "/sign-in", "/ostiary-static/own"]
)
def test_a_path_of_the_core_cannot_be_declared(place: Place, declared: str) -> None:
    house = _include(place, lambda config, house: _page(config, declared), declared)
    with pytest.raises(ConfigurationError, match=r"demo.*declares the path .* is the core's"):
        app_of(house)


def test_a_path_beside_the_cores_is_free(place: Place) -> None:
    house = _include(
        place, lambda config, house: _page(config, "/account/tokens"), "/account/tokens"
    )
    assert app_of(house).get("/account/tokens").status_int == 200


@pytest.mark.parametrize(
    ("core", "declared", "meets"),
    [
        ("/account", "/account", True),
        ("/account", "/account/tokens", False),
        ("/account/{page}", "/account/tokens", True),
        ("/account/{page}", "/account/tokens/new", False),
        ("/account/{page}/edit", "/account/tokens", True),
        ("/account/{page}/edit", "/account/tokens/show", False),
        ("/files/*rest", "/files/mine", True),
        ("/", "/demo", False),
        ("/account/security", "/demo", False),
    ],
)
def test_when_a_core_route_would_answer_for_a_declared_path(
    place: Place, core: str, declared: str, meets: bool
) -> None:
    assert paths._meets(core, declared) is meets


@implementer(ISecurityPolicy)
class Policy:
    """Stands for one that lets everybody in."""


def _tween_factory(handler: Any, registry: Any) -> Any:
    return handler


WHOLE: dict[str, Included] = {
    "a security policy": lambda config, house: config.set_security_policy(Policy()),
    "a CSRF policy": lambda config, house: config.set_csrf_storage_policy(CSRFStoragePolicy()),
    "CSRF options": lambda config, house: config.set_default_csrf_options(require_csrf=False),
    "a default permission": lambda config, house: config.set_default_permission("view"),
    "a root factory": lambda config, house: config.set_root_factory(Policy),
    "a session factory": lambda config, house: config.set_session_factory(dict),
    "a request factory": lambda config, house: config.set_request_factory(Request),
    "a tween": lambda config, house: config.add_tween(f"{__name__}._tween_factory"),
    "a view deriver": lambda config, house: config.add_view_deriver(
        lambda view, _info: view, "loose"
    ),
    "a locale negotiator": lambda config, house: config.set_locale_negotiator(lambda _r: "en"),
    "an asset override": lambda config, house: config.override_asset(
        "ostiary:web/templates/base.jinja", "ostiary:web/templates/error.jinja"
    ),
}


@pytest.mark.parametrize("what", WHOLE)
def test_what_holds_for_the_whole_application_is_the_applications(place: Place, what: str) -> None:
    with pytest.raises(ConfigurationError, match=f"demo.* registers {what}"):
        app_of(_include(place, WHOLE[what]))


def test_a_route_of_its_own_may_have_a_factory(place: Place) -> None:
    """What a permission is asked for, and what a token is held to, is the factory's to make."""

    def include(config: Configurator, house: Any) -> None:
        config.add_route("demo_page", "/demo", factory=lambda _request: Policy())
        config.add_view(
            lambda context, request: Response(type(context).__name__), route_name="demo_page"
        )

    assert app_of(_include(place, include)).get("/demo").text == "Policy"


def test_it_cannot_be_hidden_in_an_inner_include(place: Place) -> None:
    def inner(config: Configurator) -> None:
        config.set_security_policy(Policy())

    house = _include(place, lambda config, house: config.include(inner))
    with pytest.raises(ConfigurationError, match="a security policy"):
        app_of(house)


@pytest.mark.parametrize(
    "view",
    [
        lambda config: config.add_view(_view),
        lambda config: config.add_view(_view, name="x"),
        lambda config: config.add_view(_view, context=Policy),
        lambda config: config.add_exception_view(_view),
        lambda config: config.add_notfound_view(_view),
        lambda config: config.add_view(_view, route_name="ostiary_health", request_param="x"),
    ],
)
def test_a_view_outside_its_own_routes_is_refused(
    place: Place, view: Callable[[Configurator], None]
) -> None:
    house = _include(place, lambda config, house: view(config))
    with pytest.raises(ConfigurationError, match="views of a plugin belong to its own routes"):
        app_of(house)


def test_a_plugin_cannot_commit_and_so_escape(place: Place) -> None:
    def include(config: Configurator, house: Any) -> None:
        config.set_default_permission("view")
        config.commit()

    with pytest.raises(ConfigurationError, match="committed the configuration"):
        app_of(_include(place, include))


def test_where_every_step_commits_nothing_can_be_checked(place: Place) -> None:
    config = Configurator(autocommit=True)
    config.registry["ostiary"] = place.runtime
    with pytest.raises(ConfigurationError, match="cannot be included"):
        config.include("ostiary")


def test_two_plugins_with_one_route_name_conflict(place: Place) -> None:
    """Pyramid finds that itself, and names both places."""
    one = Include(INFO, ("/one",), lambda config, house: _page(config, "/one", "page"))
    two = Include(INFO, ("/two",), lambda config, house: _page(config, "/two", "page"))
    with pytest.raises(ConfigurationError):
        app_of(place.with_parts(includes=(one, two)))
