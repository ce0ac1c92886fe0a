"""The pages of the trail: one's own history, that of one's things, and everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web.assurance import for_changes
from ostiary.web.views.admin import to_look
from ostiary.web.views.visiting import Answered, in_locale, signed_in
from ostiary_audit.pages import office, own

HISTORY, EVENTS = "/account/history", "/admin/events"
RESOURCES = "/history"
PATHS = (HISTORY, RESOURCES, EVENTS)

_TEMPLATES = "ostiary_audit:templates"
_KIND = "{kind:[a-z][a-z0-9-]{0,31}}"

__all__ = ["PATHS", "add_pages"]


def add_pages(config: Configurator) -> None:
    """The routes and views."""
    both = ("GET", "POST")
    mine: tuple[tuple[str, str, Callable[..., Answered], str, Any, dict[str, Any]], ...] = (
        (own.HISTORY, HISTORY, own.history, "history", "GET", {}),
        (own.NOT_ME, f"{HISTORY}/not-me", own.not_me, "not_me", both, {"assurance": for_changes}),
        (own.OF_RESOURCE, f"{RESOURCES}/{_KIND}/{{name}}", own.of_resource, "resource", "GET", {}),
    )
    for route, path, view, template, methods, more in mine:
        config.add_route(route, path)
        config.add_view(
            in_locale(signed_in(view)),
            route_name=route,
            renderer=f"{_TEMPLATES}/{template}.jinja",
            request_method=methods,
            permission=NO_PERMISSION_REQUIRED,
            **more,
        )
    everything: tuple[tuple[str, str, Callable[..., Answered], str | None], ...] = (
        (office.EVENTS, EVENTS, office.events, "events"),
        (office.EVENT, f"{EVENTS}/view", office.event, "event"),
        (office.EXPORT, f"{EVENTS}/export", office.export, None),
    )
    for route, path, shows, named in everything:
        config.add_route(route, path, factory=office.Archive)
        config.add_view(
            in_locale(shows),
            route_name=route,
            renderer=None if named is None else f"{_TEMPLATES}/{named}.jinja",
            request_method="GET",
            permission=office.PERMISSION,
            assurance=to_look,
        )
