"""What the views share: who visits, who is signed in, and what an outcome becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Assurance
from ostiary.signin import Denied, Further, Member, SignedIn, SignIn, Visitor, hash_token, words
from ostiary.signin.policy import unmet
from ostiary.store import Unit
from ostiary.text import use_locale
from ostiary.web import urls
from ostiary.web.client import client_of
from ostiary.web.confining import REQUIRED
from ostiary.web.cookies import (
    DEVICE,
    FLOW,
    SESSION,
    browser_token,
    clear_cookie,
    get_cookie,
    set_cookie,
)
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.page import Problem, page_of
from ostiary.web.request_id import request_id
from ostiary.web.security import caller_of

Page: TypeAlias = Mapping[str, Any]
Answered: TypeAlias = Page | Response
MemberView: TypeAlias = Callable[[Request, Member], Answered]


def signin_of(request: Request) -> SignIn:
    """The way in."""
    return runtime_of(request).signin


def visitor(request: Request) -> Visitor:
    """The browser, and what it carries."""
    session, found = get_cookie(request, SESSION), caller_of(request)
    return Visitor(
        client=client_of(request),
        browser=browser_token(request),
        flow=get_cookie(request, FLOW),
        device=get_cookie(request, DEVICE),
        request=request_id(request),
        session=None if session is None else hash_token(session),
        session_id=found.session.id if found is not None and found.session is not None else None,
    )


def member_of(request: Request) -> Member | None:
    """Who is signed in by a session, limited ones included."""
    found = caller_of(request)
    if found is None or found.session is None:
        return None
    session = found.session
    return Member(session.user_id, session.id_hash, session.proofs, visitor(request), session.limit)


def signed_in(view: MemberView) -> Callable[[Request], Answered]:
    """A view for whoever is signed in; others are taken to the sign-in, and back."""

    def guarded(request: Request) -> Answered:
        member = member_of(request)
        if member is None:
            to = urls.path_with_next(request, "ostiary_sign_in", request.path_qs)
            return urls.see_other(request, to)
        return view(request, member)

    return guarded


def in_locale(view: Callable[[Request], Answered]) -> Callable[[Request], Answered]:
    """A view in the language of its page, for what it puts into words itself: suggested names."""

    def speaking(request: Request) -> Answered:
        page = page_of(request)
        with use_locale(page.localization, page.locale, page.zone):
            return view(request)

    return speaking


def stepped_up(
    request: Request,
    member: Member,
    needs: Sequence[Assurance],
    back: str | Callable[[Unit], str],
) -> Response | None:
    """None when the session has what is needed, else the way to prove it (ASVS 5.0, 7.5.1).

    Args:
        request: the request that asks for it.
        member: who is signed in; its proofs are those that count.
        needs: what is asked for.
        back: the path to come back to; or what finds it, in the unit that begins the step-up.
    """
    if not unmet(needs, member.proofs, runtime_of(request).now()):
        return None
    outcome = signin_of(request).answering.step_up(member, needs, back)
    if isinstance(outcome, Denied):
        return beyond(request, member, needs, outcome)
    response = urls.see_other(request, urls.path(request, "ostiary_step_up"))
    set_cookie(request, response, FLOW, outcome.flow)
    return response


def go_on(request: Request, outcome: SignedIn | Further, route: str) -> Response:
    """The redirect that follows: to the next question, or to where the person wanted to be."""
    if isinstance(outcome, Further):
        to = "ostiary_renew" if outcome.renew else route
        response = urls.see_other(request, urls.path(request, to))
        set_cookie(request, response, FLOW, outcome.flow)
        return response
    default = urls.path(request, "ostiary_account")
    to = urls.safe_next(request, outcome.next, default)
    if outcome.limit is not None:
        to = urls.path_with_next(request, REQUIRED, to)
    response = urls.see_other(request, to)
    set_cookie(request, response, SESSION, outcome.cookie)
    if outcome.device is not None:
        set_cookie(request, response, DEVICE, outcome.device)
    clear_cookie(request, response, FLOW)
    if outcome.notice is not None:
        notice(request, response, outcome.notice)
    return response


def beyond(
    request: Request, member: Member, needs: Sequence[Assurance], denied: Denied
) -> Response:
    """A page that says why no proof can be asked for, and which factor would help, if one would."""
    from pyramid.renderers import render_to_response

    if denied.reason != words.out_of_reach().reason:
        return stopped(request, denied, "ostiary_security")
    helping = signin_of(request).answering.missing_factors(member, needs)
    values = {"denied": denied, "helping": helping}
    response = render_to_response("ostiary:web/templates/beyond.jinja", values, request)
    response.status_int = denied.status
    return response


def stopped(request: Request, denied: Denied, again: str) -> Response:
    """A page that says why there is nothing left to answer, and where to begin again."""
    from pyramid.renderers import render_to_response

    values = {"denied": denied, "again": urls.path(request, again)}
    response = render_to_response("ostiary:web/templates/stopped.jinja", values, request)
    response.status_int = denied.status
    return response


def problems(request: Request, *denials: Denied) -> tuple[Problem, ...]:
    """Refusals as the form's problems; the answer gets the status of the first."""
    if denials:
        request.response.status_int = denials[0].status
    return tuple(Problem(denied.text, denied.field) for denied in denials)


def submitted(request: Request) -> dict[str, str]:
    """The form's text fields; a file where text is expected counts as nothing."""
    return {name: value for name, value in request.POST.items() if isinstance(value, str)}
