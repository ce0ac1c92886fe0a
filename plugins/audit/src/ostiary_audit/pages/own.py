"""What happened to oneself and to one's things: ``/account/history``, ``/history/KIND/NAME``."""

from __future__ import annotations

from dataclasses import replace

from pyramid.httpexceptions import HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request

from ostiary.contracts import EventType, Outcome, ResourceType
from ostiary.events import CORE_EVENTS
from ostiary.runtime import Runtime
from ostiary.signin import Denied, Fault, Member
from ostiary.web.mount import runtime_of
from ostiary.web.views.visiting import Answered, signin_of, stopped
from ostiary_audit.events import DISOWNED
from ostiary_audit.pages.filters import OWN, asked_of
from ostiary_audit.pages.shown import shown
from ostiary_audit.reading import entry_at, page_of
from ostiary_audit.sink import trail_of
from ostiary_audit.trail import Trail

HISTORY, OF_RESOURCE, NOT_ME = (
    "ostiary_audit_history",
    "ostiary_audit_resource",
    "ostiary_audit_not_me",
)


def kinds_of(runtime: Runtime) -> list[str]:
    """The first words of all declared types."""
    types: tuple[EventType, ...] = (*CORE_EVENTS, *runtime.plugins.event_types)
    return [each.name.partition(".")[0] for each in types]


def trail_for(request: Request) -> Trail:
    """The trail, with all that has happened until now."""
    trail = trail_of(runtime_of(request).house)
    trail.sequencer.catch_up()
    return trail


def history(request: Request, member: Member) -> Answered:
    """Everything that belongs in one's own history."""
    trail = trail_for(request)
    asked = asked_of(request.GET, OWN, kinds_of(trail.runtime))
    page = page_of(trail.store, replace(asked.view, user=member.user_id))
    return {
        "asked": asked,
        "problems": asked.problems,
        "events": shown(request, page.entries, member.user_id),
        "before": page.before,
        "mine": owned(request, member.user_id),
    }


def of_resource(request: Request, member: Member) -> Answered:
    """Everything that reached a thing that one owns, by whomever and whatever."""
    kind, name = _named(request, member)
    trail = trail_for(request)
    asked = asked_of(request.GET, OWN, kinds_of(trail.runtime))
    # Of their own time only: a name that was given up may have had other owners, whose it was.
    view = replace(asked.view, resource=(kind.kind, name), user=member.user_id)
    page = page_of(trail.store, view)
    return {
        "asked": asked,
        "problems": asked.problems,
        "events": shown(request, page.entries, member.user_id),
        "before": page.before,
        "kind": kind,
        "name": name,
    }


def not_me(request: Request, member: Member) -> Answered:
    """Somebody else got in: end their sessions, and say what to change."""
    trail = trail_for(request)
    found = entry_at(trail.store, request.GET.get("event", "").replace("\0", ""))
    if found is None or found.row.subject != member.user_id:
        raise HTTPNotFound
    (event,) = shown(request, [found], member.user_id)
    if request.method != "POST":
        return {"event": event}
    ended = signin_of(request).leaving.end_others(member)
    if isinstance(ended, Denied):
        return stopped(request, ended, HISTORY)
    details = {"event": found.row.id, "count": ended}
    request.ostiary.record(DISOWNED, subject=member.user_id, outcome=Outcome.DONE, details=details)
    values = {"event": event, "ended": ended}
    return render_to_response("ostiary_audit:templates/changes.jinja", values, request)


def owned(request: Request, user_id: str) -> list[tuple[ResourceType, str]]:
    """The things that a person owns; of a kind whose plugin fails, none."""
    found: list[tuple[ResourceType, str]] = []
    for kind in runtime_of(request).plugins.resource_types:
        found += [(kind, name) for name in _owned(request, kind, user_id)]
    return found


def _owned(request: Request, kind: ResourceType, user_id: str) -> tuple[str, ...]:
    try:
        names = runtime_of(request).runner.call(f"resource {kind.kind}", kind.owned_by, user_id)
    except Fault:
        return ()
    return tuple(names)


def _named(request: Request, member: Member) -> tuple[ResourceType, str]:
    """What the address names, if it is one's own: to everybody else there is nothing.

    Raises:
        HTTPNotFound: there is no such thing, or it is not theirs.
    """
    for kind in runtime_of(request).plugins.resource_types:
        if kind.kind == request.matchdict["kind"]:
            try:
                name = runtime_of(request).runner.call(
                    f"resource {kind.kind}", kind.normalize, request.matchdict["name"]
                )
            except Fault:
                break
            if name in _owned(request, kind, member.user_id):
                return kind, name
    raise HTTPNotFound
