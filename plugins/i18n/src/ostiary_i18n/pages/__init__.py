"""The page on which people choose their language."""

from __future__ import annotations

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web.views.visiting import in_locale
from ostiary_i18n.pages import language

ROUTE, PATH = "ostiary_language", "/language"
"""The core's pages link to a route of this name, if there is one; limited sessions may open it."""

PATHS = (PATH,)

__all__ = ["PATHS", "add_pages"]


def add_pages(config: Configurator) -> None:
    """The route and its view."""
    config.add_route(ROUTE, PATH)
    config.add_view(
        in_locale(language.language),
        route_name=ROUTE,
        renderer="ostiary_i18n:templates/language.jinja",
        request_method=("GET", "POST"),
        permission=NO_PERMISSION_REQUIRED,
    )
