"""What the pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Assurance, Text
from ostiary.web import notice, see_other
from ostiary_index.texts import _

LIST, PROJECT, RELEASE = "index_projects", "index_project", "index_release"
PATH = "/projects"
TEMPLATES = "ostiary_index:templates"

FRESH = (Assurance(within=timedelta(minutes=15)),)
"""What cannot be undone asks for a proof of just now (ASVS 5.0, 7.5.3); operators can ask for
more by ``ostiary.assurance.<permission>``."""

Shown: TypeAlias = Mapping[str, Any]
Answered: TypeAlias = Shown | Response


FormView: TypeAlias = tuple[str, str, Any, Callable[..., Answered], str, dict[str, Any]]
"""Route, path, context factory, view, permission, and further options of the view."""


def add_forms(config: Configurator, views: Iterable[FormView]) -> None:
    """Routes and views of forms, each with the template of its route's name."""
    for route, path, factory, view, permission, more in views:
        config.add_route(route, path, factory=factory)
        config.add_view(
            view,
            route_name=route,
            renderer=f"{TEMPLATES}/{route.removeprefix('index_')}.jinja",
            request_method=("GET", "POST"),
            permission=permission,
            **more,
        )


def on_to(request: Request, text: Text, route: str, **values: str) -> Response:
    """On to another page of the site, which says what was done."""
    response = see_other(request, request.route_path(route, **values))
    notice(request, response, text)
    return response


def typed(request: Request, name: str) -> str:
    """What was typed into a field; a file where text is expected counts as nothing.

    A NUL, which nobody types and no text in PostgreSQL has, is left out.
    """
    value = request.POST.get(name, "")
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def logins(request: Request, ids: Iterable[str]) -> Mapping[str, str | Text]:
    """What people are called."""
    found = {user_id: request.ostiary.users.get(user_id) for user_id in set(ids)}
    return {
        # Translators: stands where a user name would.
        user_id: _("an account that was deleted") if user is None else user.login
        for user_id, user in found.items()
    }


def may(request: Request, context: object, *permissions: str) -> frozenset[str]:
    """Which of these whoever asks has, for what a page offers; each view asks for itself."""
    return frozenset(each for each in permissions if request.has_permission(each, context))
