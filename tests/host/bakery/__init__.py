"""A host: views, resources and a layout of its own, and ostiary at its door."""

from __future__ import annotations

from typing import Any, ClassVar

from pyramid.authorization import Allow, Authenticated, Everyone
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Resource

CSP = "default-src 'self' https://cdn.example"


class Root:
    """The bakery: all may look, members may order, admins may bake."""

    __name__ = ""
    __parent__ = None
    __acl__: ClassVar = [
        (Allow, Everyone, "look"),
        (Allow, Authenticated, "order"),
        (Allow, "ostiary.admin", "bake"),
    ]

    def __init__(self, request: Request) -> None:
        self.loaf = request.matchdict.get("loaf") if request.matchdict else None

    def __ostiary_resource__(self) -> Resource | None:
        return None if self.loaf is None else Resource("loaf", self.loaf)


def _answer(request: Request) -> dict[str, Any]:
    identity = request.identity
    return {
        "user": None if identity is None else identity.user,
        "means": None if identity is None else identity.means,
        "login": None if request.ostiary_user is None else request.ostiary_user.login,
    }


def front(request: Request) -> Response:
    response = Response("<p>Bread!</p>")
    response.headers["Content-Security-Policy"] = CSP
    return response


def token(request: Request) -> dict[str, str]:
    from pyramid.csrf import get_csrf_token

    return {"token": get_csrf_token(request)}


def broken(request: Request) -> Response:
    raise LookupError("flour")


def oops(error: Exception, request: Request) -> Response:
    return Response("the bakery's own apology", status=500)


def includeme(config: Configurator) -> None:
    """The host's own part."""
    config.set_root_factory(Root)
    for name, path in (
        ("front", "/"),
        ("shelf", "/loaves/{loaf}"),
        ("order", "/order/{loaf}"),
        ("oven", "/oven"),
        ("token", "/token"),
        ("broken", "/broken"),
        ("note", "/note"),
    ):
        config.add_route(name, path)
    config.add_view(front, route_name="front")
    config.add_view(_answer, route_name="shelf", permission="look", renderer="json")
    config.add_view(_answer, route_name="order", permission="order", renderer="json")
    config.add_view(_answer, route_name="oven", permission="bake", renderer="json")
    config.add_view(_answer, route_name="note", renderer="json", request_method="POST")
    config.add_view(token, route_name="token", renderer="json")
    config.add_view(broken, route_name="broken")
    config.add_forbidden_view("ostiary.web.errors.forbidden")
    config.add_exception_view(oops, context=LookupError)
