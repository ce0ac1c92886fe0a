"""Resetting a lost factor by mail: asking for a link, opening it, enrolling anew."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field
from ostiary.signin import AtOnce, Denied, Further, SignedIn, Waiting
from ostiary.signin.lost_words import NAME, link_expired
from ostiary.signin.resetting import Resetting
from ostiary.text import translations
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.views import steps
from ostiary.web.views.visiting import (
    Answered,
    go_on,
    problems,
    signin_of,
    stopped,
    submitted,
    visitor,
)

_, _n, _p, _np = translations("ostiary")

NAME_FIELD = Field(name="name", label=NAME, autocomplete="username")


def resetting_of(request: Request) -> Resetting:
    """Resets by mail; where no factor can be reset so, there is no such page."""
    resetting = runtime_of(request).resetting
    if not resetting.offered:
        raise HTTPNotFound
    return resetting


def reset(request: Request) -> Answered:
    """Ask for a name, and say the same whoever it names."""
    resetting = resetting_of(request)
    form = submitted(request) if request.method == "POST" else {}
    denied: Denied | None = None
    if request.method == "POST":
        denied = resetting.ask(visitor(request), form.get("factor", ""), form.get("name", ""))
    return {
        "factors": resetting.offered,
        "name_field": NAME_FIELD,
        "typed": form.get("name", ""),
        "asked": (asked := request.method == "POST" and denied is None),
        "steps": steps.resetting(2 if asked else 1),
        "problems": problems(request, *([denied] if denied else [])),
    }


def reset_link(request: Request) -> Answered:
    """A mailed link. Opening it changes nothing, since programs open links before people do."""
    resetting = resetting_of(request)
    form = submitted(request) if request.method == "POST" else request.GET
    token = form.get("token", "")
    if request.method == "POST":
        outcome = resetting.use(visitor(request), token)
        if isinstance(outcome, Denied):
            return stopped(request, outcome, "ostiary_reset")
        return go_on(request, outcome, "ostiary_verify")
    lapse = resetting.linked(token)
    if lapse is None:
        return stopped(request, link_expired(), "ostiary_reset")
    return {"lapse": lapse, "token": token, "steps": steps.resetting(2)}


def renew(request: Request) -> Answered:
    """The last page: what was lost is enrolled anew, and opens a session."""
    resetting_of(request)
    replacing, visiting = signin_of(request).replacing, visitor(request)
    form = submitted(request) if request.method == "POST" else {}
    outcome: SignedIn | Further | Waiting | Denied | None = None
    if "at_once" in form:
        outcome = replacing.at_once(visiting)
    elif form:
        outcome = replacing.finish(visiting, form.get("challenge", ""), form)
    if isinstance(outcome, SignedIn):
        response = go_on(request, outcome, "ostiary_account")
        notice(request, response, _("Done. You are signed in, and nobody else is any longer."))
        return response
    if isinstance(outcome, Further):
        return go_on(request, outcome, "ostiary_verify")
    denied = outcome if isinstance(outcome, Denied) else None
    if denied is not None and denied.over:
        return stopped(request, denied, "ostiary_reset")
    asked = replacing.begin(visiting)
    if isinstance(asked, Denied):
        return stopped(request, asked, "ostiary_reset")
    if isinstance(asked, Further):
        return go_on(request, asked, "ostiary_verify")
    ready, question = asked
    second = len(ready.flow.proofs) > 1  # The link is one of them.
    return {
        "ready": ready,
        "steps": steps.resetting(4 if second else 3, second=second),
        "asked": None if isinstance(question, AtOnce) else question,
        "control": ready.factor.change or ready.factor.title,
        "problems": problems(request, *([denied] if denied else [])),
    }
