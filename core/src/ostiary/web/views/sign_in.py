"""Signing in: the first proof; and signing out."""

from __future__ import annotations

from pyramid.request import Request

from ostiary.contracts import Field
from ostiary.signin import Denied, Waiting, acting
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.confining import REQUIRED
from ostiary.web.cookies import FLOW, SESSION, clear_cookie
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.views.visiting import (
    Answered,
    go_on,
    member_of,
    problems,
    signin_of,
    submitted,
    visitor,
)

_, _n, _p, _np = translations("ostiary")

NAME = Field(
    name="name",
    # Translators: asks for either of the two, as the person likes.
    label=_("User name or email address"),
    autocomplete="username webauthn",
)


def sign_in(request: Request) -> Answered:
    """The page composes itself from the factors that can be the first proof."""
    form = submitted(request) if request.method == "POST" else {}
    next_url = urls.safe_next(request, form.get("next") or request.GET.get("next"), "")
    member = member_of(request)
    if request.method != "POST" and member is not None and member.limit is not None:
        # Who sent them here may not know that they are signed in.
        return urls.see_other(request, urls.path_with_next(request, REQUIRED, next_url))
    if request.method != "POST" and member is not None:
        return urls.see_other(request, next_url or urls.path(request, "ostiary_account"))
    denied: Denied | None = None
    if request.method == "POST":
        answering = signin_of(request).answering
        typed = form.get("name", "")
        if "with" in form:
            outcome = answering.begin(visitor(request), form["with"], typed, next_url)
        else:
            outcome = answering.first(
                visitor(request), form.get("challenge", ""), typed, form, next_url
            )
        if not isinstance(outcome, Denied | Waiting):
            return go_on(request, outcome, "ostiary_verify")
        denied = outcome if isinstance(outcome, Denied) else None
    options = signin_of(request).ways.options(visitor(request))
    return {
        "options": options,
        "name_field": NAME,
        "typed": form.get("name", ""),
        "next": next_url,
        "problems": problems(request, *([denied] if denied else [])),
    }


def sign_out(request: Request) -> Answered:
    """End the session; only a POST does, so that no other site's link or HEAD request can."""
    member = member_of(request)
    home = urls.path(request, "ostiary_home")
    if member is None:
        return urls.see_other(request, home)
    if request.method != "POST":
        return {}
    runtime = runtime_of(request)
    with runtime.store.write() as unit:
        # By the id that stays: another tab may just have rotated the cookie.
        session_id, now = member.session_id or "", runtime.now()
        if runtime.sessions.end_named(unit, session_id, member.user_id, now) is not None:
            runtime.recorder.record(unit, "sign-in.ended", acting(member), subject=member.user_id)
    response = urls.see_other(request, home)
    clear_cookie(request, response, SESSION)
    clear_cookie(request, response, FLOW)
    notice(request, response, _("You are signed out."))
    return response
