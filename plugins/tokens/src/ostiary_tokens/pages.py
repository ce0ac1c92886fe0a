"""``/account/tokens``: one's own tokens, making one, revoking one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.accounts import TooMany
from ostiary.accounts.refused import LabelRefused
from ostiary.contracts import Reveal, Text
from ostiary.signin import Member
from ostiary.web import urls
from ostiary.web.assurance import for_changes
from ostiary.web.notices import notice
from ostiary.web.page import Problem
from ostiary.web.views.visiting import Answered, in_locale, signed_in, submitted
from ostiary_tokens import forms
from ostiary_tokens.keeper import Keeper, Listed, TokenRefused
from ostiary_tokens.parts import Parts
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.texts import _

PATH = "/account/tokens"
LIST, NEW, REVOKE = "ostiary_tokens", "ostiary_tokens_new", "ostiary_tokens_revoke"
_TEMPLATES = "ostiary_tokens:templates"
_UNFIT = 422


@dataclass(frozen=True, slots=True)
class Pages:
    """The views, for one house."""

    settings: TokenSettings
    parts: Parts

    def listed(self, request: Request, member: Member) -> Answered:
        """One's tokens."""
        return {"tokens": self._keeper(request).of(member.user_id)}

    def new(self, request: Request, member: Member) -> Answered:
        """The form, and the token that it makes, shown this once."""
        typed = submitted(request) if request.method == "POST" else {forms.EXPIRES.name: "90d"}
        ticked = [each for each in request.POST.getall("may") if isinstance(each, str)]
        if request.method == "POST":
            made = self._made(request, member, typed, ticked)
            if isinstance(made, str):
                values = {"token": Reveal(_("Your new token"), made), "name": typed["name"]}
                return render_to_response(f"{_TEMPLATES}/made.jinja", values, request)
            request.response.status_int = _UNFIT
            return {**self._form(typed, ticked), "problems": (made,)}
        return self._form(typed, ticked)

    def revoke(self, request: Request, member: Member) -> Answered:
        """End one of one's tokens, after a question."""
        keeper = self._keeper(request)
        token = _mine(keeper, member, request.matchdict["token"])
        if token is None:
            return _back(request, _("This token was revoked already."))
        if request.method == "POST":
            keeper.revoke(token.credential)
            return _back(request, _("“${name}” was revoked.", name=token.name))
        return {"token": token}

    def _keeper(self, request: Request) -> Keeper:
        return Keeper(request.ostiary, self.settings, self.parts.kinds)

    def _form(self, typed: dict[str, str], ticked: list[str]) -> dict[str, Any]:
        return {
            "fields": [(field, forms.rows_of(field)) for field in forms.FIELDS],
            "typed": typed,
            "actions": forms.actions(self.parts.types, ticked),
        }

    def _made(
        self, request: Request, member: Member, typed: dict[str, str], ticked: list[str]
    ) -> str | Problem:
        try:
            limits = forms.limits_of(typed, ticked, request.ostiary.now())
            caveats = forms.caveats_of(limits)
            return self._keeper(request).create(member.user_id, typed.get("name", ""), caveats)
        except forms.Misfilled as wrong:
            return Problem(wrong.text, wrong.field)
        except LabelRefused as refused:
            return Problem(refused.text, forms.NAME.name)
        except TokenRefused as refused:
            return Problem(refused.text, None)
        except TooMany:
            return Problem(_("You have too many tokens. Revoke some first."), None)


def add_pages(config: Configurator, settings: TokenSettings, parts: Parts) -> None:
    """The routes and views. What changes anything asks for a fresh proof (ASVS 5.0, 7.5.1)."""
    pages = Pages(settings, parts)
    views: tuple[tuple[str, str, Callable[..., Answered], dict[str, Any]], ...] = (
        (LIST, PATH, pages.listed, {}),
        (NEW, f"{PATH}/new", pages.new, {"assurance": for_changes}),
        (REVOKE, f"{PATH}/{{token}}/revoke", pages.revoke, {"assurance": for_changes}),
    )
    for route, path, view, more in views:
        config.add_route(route, path)
        config.add_view(
            in_locale(signed_in(view)),
            route_name=route,
            renderer=f"{_TEMPLATES}/{route.removeprefix('ostiary_')}.jinja",
            request_method="GET" if route == LIST else ("GET", "POST"),
            permission=NO_PERMISSION_REQUIRED,
            **more,
        )


def _mine(keeper: Keeper, member: Member, token_id: str) -> Listed | None:
    return next((each for each in keeper.of(member.user_id) if each.id == token_id), None)


def _back(request: Request, text: Text) -> Answered:
    response = urls.see_other(request, urls.path(request, LIST))
    notice(request, response, text)
    return response
