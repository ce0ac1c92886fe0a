"""The pages of tokens: one's own, a single one, and those that reach a resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.web.assurance import for_changes
from ostiary.web.views.visiting import Answered, in_locale, signed_in
from ostiary_tokens.pages.desk import ALL, LIST, NEW, PATH, REACHING, REVOKE, TEMPLATES, TOKEN, Desk
from ostiary_tokens.pages.own import OwnTokens
from ostiary_tokens.pages.reaching import ReachingTokens
from ostiary_tokens.pages.single import SingleToken
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings

__all__ = ["LIST", "PATH", "add_pages"]

# A kind of resource is shorter than the id of a token, so that no address means two things.
_ID = "{token:[0-9a-f-]{36}}"
_BOTH = ("GET", "POST")


def add_pages(config: Configurator, settings: TokenSettings, parts: Parts) -> None:
    """The routes and views. What changes anything asks for a fresh proof (ASVS 5.0, 7.5.1)."""
    desk = Desk(settings, parts)
    own, single, reaching = OwnTokens(desk), SingleToken(desk), ReachingTokens(desk)
    for route, path in (
        (LIST, PATH),
        (NEW, f"{PATH}/new"),
        (ALL, f"{PATH}/revoke-all"),
        (REVOKE, f"{PATH}/{_ID}/revoke"),
        (TOKEN, f"{PATH}/{_ID}"),
        (REACHING, f"{PATH}/{{kind:[a-z][a-z0-9-]{{0,31}}}}/{{name:.+}}"),
    ):
        config.add_route(route, path)
    fresh = {"assurance": for_changes}
    # A form that another view of the same address shows again.
    elsewhere = {**fresh, "assurance_returns": True}
    views: tuple[tuple[str, Callable[..., Answered], Any, dict[str, Any]], ...] = (
        (LIST, own.listed, "GET", {}),
        (NEW, own.new, _BOTH, fresh),
        (ALL, own.revoke_all, _BOTH, fresh),
        (REVOKE, own.revoke, _BOTH, fresh),
        (TOKEN, single.shown, "GET", {}),
        (TOKEN, single.changed, "POST", elsewhere),
        (REACHING, reaching.shown, "GET", {}),
        (REACHING, reaching.changed, "POST", elsewhere),
    )
    for route, view, methods, more in views:
        config.add_view(
            in_locale(signed_in(view)),
            route_name=route,
            renderer=f"{TEMPLATES}/{route.removeprefix('ostiary_')}.jinja",
            request_method=methods,
            permission=NO_PERMISSION_REQUIRED,
            **more,
        )
