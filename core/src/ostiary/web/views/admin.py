"""The admins' pages: finding people, and seeing how one of their accounts stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pyramid.authorization import Allow
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.accounts import Regain, RegainState, Session
from ostiary.accounts.agents import browser_of
from ostiary.accounts.devices import Device
from ostiary.accounts.searching import MAX_TERM, found_ids
from ostiary.audit import retold
from ostiary.contracts import Assurance, Field, Outcome, PluginError, Text, User
from ostiary.signin import Member
from ostiary.signin.policy import TWO, is_protected
from ostiary.signin.runner import Fault
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.security import ADMIN
from ostiary.web.views.admin_acts import ALLOW, DENY, Deed, Subject, offered
from ostiary.web.views.visiting import Answered, member_of, signin_of

_, _n, _p, _np = translations("ostiary")

PERMISSION = "ostiary.admin.users"
PAGE_SIZE = 50
EVENTS = 20

QUERY = Field(
    name="q",
    label=_("Name, email address or user ID"),
    hint=_("A part of a name or an address will do."),
    max_length=MAX_TERM,
)
EXACT = Field(
    name="q",
    label=_("Name, email address or user ID"),
    hint=_("As it is written: this site keeps no list of its users that could be searched."),
    max_length=MAX_TERM,
)


def to_look(request: Request) -> Sequence[Assurance]:
    """What looking asks for: two kinds, whatever policy asks of admins otherwise."""
    return (TWO,)


def to_act(request: Request) -> Sequence[Assurance]:
    """What an act asks for: the same, and something of it just now (ASVS 5.0, 7.5.3)."""
    return (TWO, Assurance(within=signin_of(request).parts.fresh))


class Office:
    """The context of the admins' views. No credential gets in: nothing delegates its permission."""

    __acl__: ClassVar = [(Allow, ADMIN, PERMISSION)]

    def __init__(self, request: Request) -> None:
        self.request = request


@dataclass(frozen=True, slots=True)
class Factor:
    """A credential from its row: what it is called, never what it holds."""

    label: str
    kind: Text
    recovery: bool
    available: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of an account, in words."""

    at: datetime
    said: Text
    outcome: Outcome
    reason: str | None
    address: str | None


def users(request: Request) -> Answered:
    """Find people: all of them by name, a page at a time, or those that match."""
    typed = request.GET.get("q", "")
    accounts = runtime_of(request).accounts
    if accounts is None:
        return _looked_up(request, typed)
    with runtime_of(request).store.read() as connection:
        after = request.GET.get("after", "")
        ids = found_ids(connection, typed, after=after, limit=PAGE_SIZE + 1)
        found = accounts.of_ids(connection, ids[:PAGE_SIZE])
    return {
        "waiting": _waiting(request),
        "field": QUERY,
        "typed": typed,
        "found": found,
        "more": ids[PAGE_SIZE - 1] if len(ids) > PAGE_SIZE else None,
        "first": not after,
    }


def _looked_up(request: Request, typed: str) -> Answered:
    """A host's directory knows single people; whoever is found is shown at once."""
    directory = runtime_of(request).directory
    user = (directory.named(typed) or directory.get(typed)) if typed.strip() else None
    if user is not None:
        path = urls.path(request, "ostiary_admin_user", _query={"user": user.id})
        return urls.see_other(request, path)
    return {
        "waiting": _waiting(request),
        "field": EXACT,
        "typed": typed,
        "found": (),
        "more": None,
        "first": True,
    }


def _waiting(request: Request) -> list[tuple[User, Regain]]:
    """The requests that wait for a decision, the oldest first, with whose they are."""
    runtime = runtime_of(request)
    asked = [r for r in runtime.regaining.open_requests() if r.state is RegainState.ASKED]
    owners = [(runtime.directory.get(each.user_id), each) for each in asked[:PAGE_SIZE]]
    return [(owner, each) for owner, each in owners if owner is not None]


def user(request: Request) -> Answered:
    """One account: factors without secrets, sessions, devices, events, and what can be done."""
    subject = subject_of(request)
    runtime, parts = runtime_of(request), signin_of(request).parts
    now = runtime.now()
    credentials = parts.credentials(subject.user.id)
    with runtime.store.read() as connection:
        sessions: Sequence[Session] = runtime.sessions.of_user(connection, subject.user.id, now)
        devices: Sequence[Device] = runtime.devices.of_user(connection, subject.user.id, None, now)
    loaded = runtime.plugins.factors
    return {
        "subject": subject,
        "user": subject.user,
        "account": subject.account,
        "protected": is_protected(credentials),
        "must": parts.requiring.due(subject.user, now) and not is_protected(credentials),
        "factors": [
            Factor(
                label=each.credential.label,
                kind=loaded[each.name].title if each.name in loaded else each.title,
                recovery=each.recovery,
                available=each.name in loaded and not each.broken,
                created_at=each.created_at,
                used_at=each.used_at,
            )
            for each in credentials
        ],
        "sessions": [(browser_of(each.client.agent), each) for each in sessions],
        "devices": [(browser_of(each.client.agent), each) for each in devices],
        "deeds": [
            (deed, path_of(request, subject, deed)) for deed in offered(subject, credentials)
        ],
        "requests": runtime.regaining.of_user(subject.user.id),
        **_history(request, subject.user),
    }


def _history(request: Request, concerned: User) -> dict[str, object]:
    """What happened lately, if a plugin keeps it, and can tell."""
    runtime = runtime_of(request)
    recorder, directory = runtime.recorder, runtime.directory
    try:
        found = recorder.recent(concerned.id, EVENTS)
    except (Fault, PluginError):
        return {"events": (), "kept": True, "unreadable": True}
    known: dict[str, str | None] = {concerned.id: concerned.login}

    def name_of(user_id: str) -> str | None:
        if user_id not in known:
            other = directory.get(user_id)
            known[user_id] = None if other is None else other.login
        return known[user_id]

    return {
        "events": [
            Happened(
                at=each.time,
                said=retold(each, recorder.kind(each.type), name_of),
                outcome=each.outcome,
                reason=each.reason,
                address=each.client.address,
            )
            for each in found or ()
        ],
        "kept": found is not None,
        "unreadable": False,
    }


def subject_of(request: Request) -> Subject:
    """The person that the address names.

    Raises:
        HTTPNotFound: there is none.
    """
    runtime, wanted = runtime_of(request), request.GET.get("user", "")
    found = runtime.directory.get(wanted) if wanted and "\0" not in wanted else None
    if found is None:
        raise HTTPNotFound
    requests = runtime.regaining.of_user(found.id)
    return Subject(
        user=found,
        itself=found.id == admin_of(request).user_id,
        account=None if runtime.accounts is None else runtime.accounts.get(found.id),
        accounts=runtime.accounts,
        regaining=runtime.regaining,
        regain=next((each for each in requests if each.state is RegainState.ASKED), None),
        stopped=any(each.state is RegainState.STOPPED for each in requests),
    )


def admin_of(request: Request) -> Member:
    """Whoever looks; the permission has seen to it that there is a session."""
    member = member_of(request)
    if member is None:
        raise HTTPNotFound
    return member


def path_of(request: Request, subject: Subject, deed: Deed | None = None) -> str:
    """The page of a person, or of an act. Ids are a host's: anything may stand in them.

    A decision is about the very request that the admin has read.
    """
    query = {"user": subject.user.id}
    if deed is None:
        return urls.path(request, "ostiary_admin_user", _query=query)
    if deed in (ALLOW, DENY):
        query["request"] = subject.asked
    return urls.path(request, "ostiary_admin_act", act=deed.name, _query=query)
