"""For who lost every further factor: a request for a way back, its end, and the way out of it."""

from __future__ import annotations

from datetime import timedelta

from pyramid.request import Request

from ostiary.accounts import Limit
from ostiary.contracts import Field, Text
from ostiary.signin import Denied, Member
from ostiary.signin.lifting import proving
from ostiary.signin.lost_words import NOTE, nothing_to_cancel
from ostiary.signin.policy import TWO
from ostiary.signin.regaining import MAX_NOTE
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.views.visiting import (
    Answered,
    member_of,
    problems,
    signed_in,
    stepped_up,
    stopped,
    submitted,
    visitor,
)

_, _n, _p, _np = translations("ostiary")

NOTE_FIELD = Field(
    name="note",
    label=NOTE,
    # Translators: the hint under “What happened, and how can an admin be sure that it is you?”
    hint=_("For example where an admin can reach you. Do not write a password here."),
    max_length=MAX_NOTE,
)


def regain(request: Request) -> Answered:
    """Ask for a way back, or see how far one has come."""
    regaining, visiting = runtime_of(request).regaining, visitor(request)
    user = regaining.claimant(visiting, member_of(request))
    if user is None:
        return urls.see_other(request, urls.path(request, "ostiary_sign_in"))
    form = submitted(request) if request.method == "POST" else {}
    denied: Denied | None = None
    if request.method == "POST":
        outcome = regaining.ask(visiting, user, form.get("note", ""))
        if not isinstance(outcome, Denied):
            response = urls.see_other(request, urls.path(request, "ostiary_regain"))
            notice(request, response, _("Your request was made."))
            return response
        if outcome.over:
            return stopped(request, outcome, "ostiary_home")
        denied = outcome
    return {
        "user": user,
        "open": regaining.latest(user),
        "wait": _period(regaining.wait),
        "note_field": NOTE_FIELD,
        "typed": form.get("note", ""),
        "problems": problems(request, *([denied] if denied else [])),
    }


def cancel(request: Request) -> Answered:
    """A mailed link. Opening it changes nothing, since programs open links before people do."""
    regaining = runtime_of(request).regaining
    form = submitted(request) if request.method == "POST" else request.GET
    token = form.get("token", "")
    if request.method == "POST":
        denied = regaining.cancel(visitor(request), token)
        if denied is not None:
            return stopped(request, denied, "ostiary_home")
        response = urls.see_other(request, urls.path(request, "ostiary_home"))
        # Translators: the request to remove the second step.
        notice(request, response, _("It was stopped. We sent you a message about it."))
        return response
    linked = regaining.linked(token)
    if linked is None:
        return stopped(request, nothing_to_cancel(), "ostiary_home")
    found, user = linked
    return {"regain": found, "user": user, "token": token}


@signed_in
def lift(request: Request, member: Member) -> Answered:
    """Answer two kinds, for a session that came by recovery or after a reset."""
    account = urls.path(request, "ostiary_account")
    if member.limit is not Limit.RECOVERY:
        return urls.see_other(request, account)
    detour = stepped_up(request, proving(member), (TWO,), account)
    return detour or urls.see_other(request, account)


def _period(wait: timedelta) -> Text:
    days, hours = wait.days, max(1, round(wait.total_seconds() / 3600))
    if days:
        # Translators: a length of time, put into “there is a waiting time: ${period}”.
        return _n("${n} day", "${n} days", days)
    # Translators: a length of time, put into “there is a waiting time: ${period}”.
    return _n("${n} hour", "${n} hours", hours)
