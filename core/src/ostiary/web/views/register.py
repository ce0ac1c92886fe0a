"""Making an account, and proving its mail address."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field
from ostiary.signin import Denied, Registering, SignedIn
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.mount import runtime_of, settings_of
from ostiary.web.notices import notice
from ostiary.web.views import steps
from ostiary.web.views.visiting import (
    Answered,
    go_on,
    member_of,
    problems,
    stopped,
    submitted,
    visitor,
)

_, _n, _p, _np = translations("ostiary")

NAME = Field(
    name="name",
    label=_("User name"),
    hint=_("Others see this name. You sign in with it, or with your email address."),
    autocomplete="username",
)
ADDRESS = Field(
    name="address",
    label=_("Email address"),
    hint=_("We send a message there to make sure that it is yours."),
    autocomplete="email",
)


def registering_of(request: Request) -> Registering:
    """Registration, where the core keeps the users; elsewhere there is no such page."""
    registering = runtime_of(request).registering
    if registering is None:
        raise HTTPNotFound
    return registering


def register(request: Request) -> Answered:
    """Name, address and a first proof on one page."""
    if settings_of(request).registration != "open":
        raise HTTPNotFound
    if member_of(request) is not None:
        return urls.see_other(request, urls.path(request, "ostiary_account"))
    registering, visiting = registering_of(request), visitor(request)
    form = submitted(request) if request.method == "POST" else {}
    next_url = urls.safe_next(request, form.get("next") or request.GET.get("next"), "")
    denials: tuple[Denied, ...] = ()
    if request.method == "POST":
        outcome = registering.register(visiting, form.get("challenge", ""), form, next_url)
        if isinstance(outcome, SignedIn):
            response = go_on(request, outcome, "ostiary_account")
            notice(
                request,
                response,
                _("Your account is ready. To confirm your address, open the message we sent you."),
            )
            return response
        denials = outcome
    return {
        "option": registering.option(visiting),
        "name_field": NAME,
        "address_field": ADDRESS,
        "typed": form,
        "next": next_url,
        "steps": steps.registering(1),
        "problems": problems(request, *denials),
    }


def verify_address(request: Request) -> Answered:
    """A mailed link. Opening it changes nothing, since programs open links before people do."""
    registering = registering_of(request)
    form = submitted(request) if request.method == "POST" else request.GET
    token = form.get("token", "")
    claimed = registering.claimed_by(token)
    if request.method == "POST":
        outcome = registering.verify(visitor(request), token)
        if isinstance(outcome, Denied):
            return stopped(request, outcome, "ostiary_account")
        response = urls.see_other(request, urls.path(request, "ostiary_account"))
        notice(request, response, _("Your email address is confirmed."))
        return response
    if claimed is None:
        from ostiary.signin import words

        return stopped(request, words.link_expired(), "ostiary_account")
    user, address = claimed
    part = steps.adding_address(2) if user.address else steps.registering(2)
    return {"user": user, "address": address, "token": token, "steps": part}
