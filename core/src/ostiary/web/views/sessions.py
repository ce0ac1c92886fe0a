"""Where somebody is signed in, and with which browsers one step is enough; and staying so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request
from pyramid.response import Response

from ostiary.accounts import Session, browser_of
from ostiary.contracts import Assurance, Text
from ostiary.signin import Denied, Leaving, Member
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.cookies import SESSION, set_cookie
from ostiary.web.ending import ending, ending_of
from ostiary.web.notices import notice
from ostiary.web.places import places_of
from ostiary.web.views.visiting import (
    Answered,
    member_of,
    signed_in,
    signin_of,
    stopped,
    submitted,
)

_, _n, _p, _np = translations("ostiary")

_SCRIPT = "application/json"


@dataclass(frozen=True, slots=True)
class Shown:
    """One session, as the page shows it."""

    id: str
    browser: Text
    address: str | None
    place: Text | None
    created_at: datetime
    seen_at: datetime
    current: bool


def for_renewal(request: Request) -> Sequence[Assurance]:
    """All that a sign-in asks for, proved just now."""
    member = member_of(request)
    return () if member is None else leaving_of(request).renewal_needs(member)


def leaving_of(request: Request) -> Leaving:
    """What ends sessions."""
    return signin_of(request).leaving


@signed_in
def sessions(request: Request, member: Member) -> Answered:
    """The sessions of the account and its remembered browsers."""
    if request.method == "POST":
        return _forget(request, member, submitted(request).get("device"))
    leaving = leaving_of(request)
    return {
        "sessions": _shown(request, leaving.sessions(member), member),
        "devices": leaving.devices(member),
        "browser_of": browser_of,
    }


@signed_in
def end(request: Request, member: Member) -> Answered:
    """End one other session, after a question."""
    session_id = request.matchdict["session"]
    if session_id == member.session_id:
        return urls.see_other(request, urls.path(request, "ostiary_sign_out"))
    leaving = leaving_of(request)
    if request.method == "POST":
        denied = leaving.end(member, session_id)
        if denied is not None:
            return stopped(request, denied, "ostiary_sessions")
        return _back(request, _("The session was ended."))
    mine = [session for session in leaving.sessions(member) if session.id == session_id]
    if mine:
        return {"session": _shown(request, mine, member)[0]}
    return _back(request, _("This session has ended already."))


@signed_in
def end_others(request: Request, member: Member) -> Answered:
    """End all other sessions, after a question."""
    leaving = leaving_of(request)
    if request.method == "POST":
        ended = leaving.end_others(member)
        if isinstance(ended, Denied):
            return stopped(request, ended, "ostiary_sessions")
        return _back(request, _n("One session was ended.", "${n} sessions were ended.", ended))
    return {"count": len(leaving.sessions(member)) - 1}


@signed_in
def extend(request: Request, member: Member) -> Answered:
    """Stay signed in: put off the end that comes when nobody uses the site.

    A script asks for JSON, and only because somebody pressed its button.
    """
    if request.method != "POST":
        return {"ending": ending_of(request), "limited": member.limit is not None}
    extended = leaving_of(request).extend(member)
    if isinstance(extended, Denied):
        return stopped(request, extended, "ostiary_sign_in")
    if _SCRIPT in request.environ.get("HTTP_ACCEPT", ""):
        now = ending(request, extended)
        return Response(json_body={"left": now.left, "final": now.final})
    response = urls.see_other(request, urls.path(request, "ostiary_extend"))
    notice(request, response, _("You stay signed in."))
    return response


@signed_in
def renew(request: Request, member: Member) -> Answered:
    """Go on with a session whose time is over; everything has been proved again by now."""
    if request.method != "POST":
        return {}
    renewed = leaving_of(request).renew(member)
    if isinstance(renewed, Denied):
        return stopped(request, renewed, "ostiary_extend")
    response = urls.see_other(request, urls.path(request, "ostiary_extend"))
    set_cookie(request, response, SESSION, renewed)
    notice(request, response, _("You stay signed in."))
    return response


def _forget(request: Request, member: Member, device_id: str | None) -> Response:
    """Remember one browser no longer, or none of them."""
    forgotten = leaving_of(request).forget(member, device_id)
    if isinstance(forgotten, Denied):
        return stopped(request, forgotten, "ostiary_sessions")
    # Translators: there: in the browser, or the browsers, that are trusted no longer.
    return _back(request, _("From now on every sign-in there asks for the second step again."))


def _back(request: Request, text: Text) -> Response:
    response = urls.see_other(request, urls.path(request, "ostiary_sessions"))
    notice(request, response, text)
    return response


def _shown(request: Request, found: Sequence[Session], member: Member) -> list[Shown]:
    places = places_of(request, [session.client.address for session in found])
    return [
        Shown(
            id=session.id,
            browser=browser_of(session.client.agent),
            address=session.client.address,
            place=places.get(session.client.address or ""),
            created_at=session.created_at,
            seen_at=session.seen_at,
            current=session.id == member.session_id,
        )
        for session in found
    ]
