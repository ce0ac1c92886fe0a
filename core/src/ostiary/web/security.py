"""Who is asking, and whether they may: the security policy.

A session cookie or an Authorization header says who; a request with the header never acts by
its cookies. The host's ACL decides first. What came from a credential is then narrowed: the
permission must be one that may be delegated, and each restriction of the credential must say
yes over the resources of the context's lineage.

Principals: ``user:<id>`` (the directory's id, marked so that no id can pass for a name of
Pyramid's), ``system.Authenticated``, ``system.Everyone``, and ``ostiary.admin`` for a user whom
the directory calls privileged, by session only: no credential acts as an admin.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pyramid.authorization import ACLHelper, Authenticated, Everyone
from pyramid.httpexceptions import HTTPUnauthorized
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from ostiary.accounts import Session
from ostiary.audit import Who
from ostiary.contracts import (
    Actor,
    Identity,
    User,
)
from ostiary.web.client import client_of
from ostiary.web.cookies import SESSION, clear_cookie, get_cookie
from ostiary.web.mount import runtime_of
from ostiary.web.narrowing import narrowed
from ostiary.web.presenting import (
    NotAuthenticated,
    authenticate,
    is_presented,
)
from ostiary.web.request_id import request_id

log = logging.getLogger(__name__)

ADMIN = "ostiary.admin"
_CALLER = "_ostiary_caller"
_GRANTED = "_ostiary_granted"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request: known by a session, or by a credential (``session`` is None)."""

    identity: Identity
    user: User
    session: Session | None

    @property
    def limited(self) -> bool:
        """Whether it is a session that came by recovery: it may only add factors."""
        return self.session is not None and self.session.limit is not None

    @property
    def principals(self) -> tuple[str, ...]:
        """What access control lists may name."""
        names = (Everyone, Authenticated, f"user:{self.user.id}")
        return (*names, ADMIN) if self.user.privileged and self.session is not None else names


def caller_of(request: Request) -> Caller | None:
    """Who sends this request; asked of the database once a request, and only if needed.

    Raises:
        HTTPUnauthorized: a credential was presented that speaks for nobody.
    """
    # Straight from the instance: WebOb's way to what is not there is a long one.
    known = request.__dict__
    if _CALLER not in known:
        known[_CALLER] = _find(request)
    found: Caller | NotAuthenticated | None = known[_CALLER]
    if isinstance(found, NotAuthenticated):
        raise HTTPUnauthorized(str(found)) from found
    return found


def granted(request: Request) -> frozenset[str]:
    """The permissions that somebody who is known was allowed in this request, on anything."""
    return frozenset(request.__dict__.get(_GRANTED, ()))


def _find(request: Request) -> Caller | NotAuthenticated | None:
    if is_presented(request):
        try:
            identity, user = authenticate(request)
        except NotAuthenticated as refused:
            return refused
        return Caller(identity, user, None)
    cookie = get_cookie(request, SESSION)
    if cookie is None:
        return None
    runtime = runtime_of(request)
    now = runtime.now()
    found = runtime.callers.of(cookie, now)
    if found is None:
        return None
    session, user = found
    if runtime.sessions.is_due(session, now):
        request.add_finished_callback(lambda _request: _touch(request, session))
    return Caller(Identity(session.user_id, "session", proofs=session.proofs), user, session)


def who_of(request: Request) -> Who:
    """Who acts, for what is recorded of this request; nobody by a session that is limited.

    Raises:
        HTTPUnauthorized: as in :func:`caller_of`.
    """
    caller = caller_of(request)
    client, number = client_of(request), request_id(request)
    if caller is None or caller.limited:
        return Who(Actor("anonymous"), client, number)
    identity = caller.identity
    actor = Actor(
        "user",
        identity.user,
        means=identity.means,
        credential=identity.credential,
        delegates=identity.delegates,
        session=None if caller.session is None else caller.session.id,
        shown=identity.shown,
    )
    return Who(actor, client, number, identity.proofs)


def _touch(request: Request, session: Session) -> None:
    """Keep the session from idling out; the answer is on its way and must not suffer."""
    runtime = runtime_of(request)
    try:
        runtime.sessions.touch(session, runtime.now())
    except Exception as error:  # noqa: BLE001 - the next request will touch it.
        log.error("a session was not touched: %s", type(error).__name__)  # noqa: TRY400 - secrets


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Pyramid's way to us."""

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def identity(self, request: Request) -> Identity | None:
        """Who acts. A session that came by recovery acts for nobody: it may only add factors."""
        caller = caller_of(request)
        return caller.identity if caller is not None and not caller.limited else None

    def authenticated_userid(self, request: Request) -> str | None:
        """The id of the user, as the directory gives it."""
        identity = self.identity(request)
        return None if identity is None else identity.user

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """The ACL's word, narrowed by the credential if one was presented."""
        caller = caller_of(request)
        if caller is None or caller.limited:
            return self._acl.permits(context, (Everyone,), permission)
        allowed = self._acl.permits(context, caller.principals, permission)
        if allowed and caller.session is None:
            # A Denied is falsy, as Pyramid asks of it: only None says that nothing objects.
            objection = narrowed(request, context, permission, caller.identity)
            allowed = allowed if objection is None else objection
        if allowed:
            request.__dict__.setdefault(_GRANTED, set()).add(permission)
        return allowed

    def remember(self, request: Request, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Nothing else opens a session.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("sessions are opened by signing in; send people to ostiary_sign_in")

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Headers that make the browser forget the session."""
        response = Response()
        clear_cookie(request, response, SESSION)
        return [("Set-Cookie", value) for value in response.headers.getall("Set-Cookie")]
