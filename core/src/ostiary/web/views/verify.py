"""Further proofs: of a sign-in, or of whoever is signed in and must prove more."""

from __future__ import annotations

from dataclasses import replace

from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Ceremony, Challenge, Purpose, Redirect, Wait
from ostiary.signin import Denied, Further, Question, SignedIn, Waiting
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.detour import ASK, asked_for
from ostiary.web.views import steps
from ostiary.web.views.visiting import (
    Answered,
    go_on,
    member_of,
    problems,
    signin_of,
    stopped,
    submitted,
    visitor,
)

_, _n, _p, _np = translations("ostiary")

# What a waiting page is told that asks on its own: see wait() in ostiary.js.
_SCRIPT = "application/json"


def verify_sign_in(request: Request) -> Answered:
    """Open on the last used, else the strongest factor; the others by link."""
    return _verify(request, Purpose.SIGN_IN, "ostiary_verify", "ostiary_sign_in")


def verify_step_up(request: Request) -> Answered:
    """The same, for whoever is signed in."""
    member = member_of(request)
    if member is None:
        return urls.see_other(request, urls.path(request, "ostiary_sign_in"))
    begun = asked_for(request, member) if ASK in request.GET else None
    if begun is not None:
        return begun
    return _verify(request, Purpose.STEP_UP, "ostiary_step_up", "ostiary_security")


def returned(request: Request) -> Answered:
    """Back from another site: the query that returns is the answer, to a GET alone."""
    signin, visiting = signin_of(request), visitor(request)
    # Whoever is signed in may be on the way to another account, or to a reset.
    stepping = signin.parts.flows.load(signin.parts.store.readers, visiting, Purpose.STEP_UP)
    purpose = Purpose.SIGN_IN if stepping is None else Purpose.STEP_UP
    route = "ostiary_verify" if purpose is Purpose.SIGN_IN else "ostiary_step_up"
    if request.method == "HEAD":
        # A program that looks at a link before the person follows it must not use up the try.
        return urls.see_other(request, urls.path(request, route))
    outcome = signin.answering.answer(
        visiting, purpose, request.matchdict["handle"], dict(request.GET), Redirect
    )
    if isinstance(outcome, Waiting):
        return urls.see_other(request, urls.path(request, route))
    if isinstance(outcome, Denied):
        return stopped(request, outcome, route)
    return go_on(request, outcome, route)


def _verify(request: Request, purpose: Purpose, route: str, start: str) -> Answered:
    signin, visiting = signin_of(request), visitor(request)
    wish = request.GET.get("with")
    denied: Denied | None = None
    waiting = False
    if request.method == "POST":
        form = submitted(request)
        again = form.get("again", "")
        if again in signin.parts.factors:
            signin.ways.again(visiting, purpose, again)
            return urls.see_other(request, urls.path(request, route, _query={"with": again}))
        wish = form.get("with", wish)
        answering = replace(visiting, remember="remember" in form)
        outcome = signin.answering.answer(answering, purpose, form.get("challenge", ""), form)
        if _SCRIPT in request.environ.get("HTTP_ACCEPT", ""):
            return _for_script(request, outcome, route)
        if isinstance(outcome, Waiting):
            waiting = True
        elif isinstance(outcome, Denied):
            if outcome.over:
                return stopped(request, outcome, route)
            denied = outcome
        else:
            return go_on(request, outcome, route)
    question = signin.ways.question(visiting, purpose, wish)
    if isinstance(question, Denied):
        if purpose is Purpose.SIGN_IN and signin.replacing.is_ready(visiting):
            return urls.see_other(request, urls.path(request, "ostiary_renew"))
        if member_of(request) is not None and purpose is Purpose.SIGN_IN:
            return urls.see_other(request, urls.path(request, "ostiary_account"))
        return stopped(request, question, start)
    return _page(request, question, denied, route, start, waiting=waiting)


def _for_script(
    request: Request, outcome: SignedIn | Further | Waiting | Denied, route: str
) -> Response:
    """202 to go on waiting, 200 with where to go; else the form, sent again, says what is wrong.

    A script cannot read where a redirect leads without following it, and following it would
    use up the notice that the next page has to show.
    """
    if isinstance(outcome, Waiting):
        return Response(status=202, json_body={})
    if isinstance(outcome, Denied):
        return Response(status=outcome.status, json_body={})
    redirect = go_on(request, outcome, route)
    response = Response(json_body={"next": redirect.location})
    for cookie in redirect.headers.getall("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


def _kind(challenge: Challenge) -> str:
    match challenge:
        case Ceremony():
            return "ceremony"
        case Redirect():
            return "redirect"
        case Wait():
            return "wait"
        case _:
            return "form"


def _page(
    request: Request,
    question: Question,
    denied: Denied | None,
    route: str,
    start: str,
    *,
    waiting: bool,
) -> Answered:
    asked = question.asked
    refused = asked if isinstance(asked, Denied) else denied
    return {
        "question": question,
        "asked": None if isinstance(asked, Denied) else asked,
        "here": urls.path(request, route),
        "start": urls.path(request, start),
        "step_up": question.purpose is Purpose.STEP_UP,
        "kind": None if isinstance(asked, Denied) else _kind(asked.challenge),
        "waiting": waiting,
        "remember": question.remember,
        "steps": steps.resetting(3, second=True) if question.resets else None,
        "problems": problems(request, *([refused] if refused else [])),
    }
