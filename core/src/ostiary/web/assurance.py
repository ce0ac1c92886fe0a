"""The view option ``assurance=``: whoever has proved less is asked for more, and led back.

::

    config.add_view(delete, route_name="delete", permission="delete",
                    assurance=(Assurance(proofs=2), Assurance(within=timedelta(minutes=15))))

Every assurance must be met (ASVS 5.0, 7.5.1 and 7.5.3), and those that the operator asks for
the view's permission: a minimum is enforced also where the view says nothing. The permission is
asked first: nobody proves more for what they may not do.

A form comes back as it was filled in (:func:`ostiary.web.kept_form`). ``assurance_secrets``
names fields that must not be kept, besides those whose names say so; ``assurance_returns=True``
says of a view for POST alone that another one, at the same address, shows the form again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPUnauthorized
from pyramid.interfaces import IDefaultPermission
from pyramid.predicates import RequestMethodPredicate
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED

from ostiary.accounts import Limit
from ostiary.contracts import Assurance
from ostiary.signin import Member
from ostiary.signin.policy import attainable, lasting, replaces, unmet
from ostiary.web import kept, urls
from ostiary.web.detour import Wanted, detour, is_for_people
from ostiary.web.errors import unauthorized
from ostiary.web.minimums import ACCOUNT_CHANGE, minimum_of
from ostiary.web.mount import runtime_of
from ostiary.web.narrowing import record_once
from ostiary.web.security import caller_of
from ostiary.web.views.visiting import member_of, signin_of

Needs: TypeAlias = Assurance | Sequence[Assurance] | Callable[[Request], Sequence[Assurance]]
"""What a view asks for; a callable is asked once somebody is signed in."""

View: TypeAlias = Callable[[Any, Request], Response]

_SAFE = frozenset({"GET", "HEAD"})


def add_assurance(config: Configurator) -> None:
    """Let every view say what it asks for."""
    assured.options = ("assurance", "assurance_secrets", "assurance_returns")  # type: ignore[attr-defined] # Pyramid looks for it there.
    config.add_view_deriver(assured, "ostiary_assurance", under="csrf_view", over="owrapped_view")


def for_changes(request: Request) -> Sequence[Assurance]:
    """What a change of the account asks for: as a sign-in, and something of it just now."""
    member = member_of(request)
    if member is None:
        return ()
    minimum = minimum_of(request, ACCOUNT_CHANGE)
    return (*signin_of(request).enrolling.needs(member), *minimum)


def for_additions(request: Request) -> Sequence[Assurance]:
    """The same for adding a factor, as far as the account's factors can give it.

    Otherwise nobody could ever add the first one that a minimum asks for. To replace the only
    one that there may be is a change; after recovery it is what the session is for.
    """
    member = member_of(request)
    if member is None:
        return ()
    needs = signin_of(request).enrolling.needs(member)
    if member.limit is Limit.RECOVERY:
        return needs
    credentials = signin_of(request).parts.credentials(member.user_id)
    factor = runtime_of(request).plugins.factors.get(request.matchdict["factor"])
    if factor is not None and replaces(factor, credentials):
        return for_changes(request)
    if member.limit is not None:
        return needs
    minimum = minimum_of(request, ACCOUNT_CHANGE)
    return (*needs, *(attainable(need, credentials) for need in minimum))


# Those whose session is limited may do one thing: add factors.
_OWN = (for_changes, for_additions)


def assured(view: View, info: Any) -> View:
    """One view, behind what it asks for and what the operator asks for its permission."""
    wanted: Needs = info.options.get("assurance") or ()
    permission = info.options.get("permission")
    if permission is None:
        permission = info.registry.queryUtility(IDefaultPermission)
    asks = wanted != () or permission not in {None, NO_PERMISSION_REQUIRED}
    if not asks or info.exception_only:
        return view
    secrets = frozenset(info.options.get("assurance_secrets") or ())
    returns = bool(info.options.get("assurance_returns")) or _answers_get(info)

    def asked(context: Any, request: Request) -> Response:
        minimum = () if permission == NO_PERMISSION_REQUIRED else minimum_of(request, permission)
        if wanted == () and not minimum:
            return view(context, request)
        nobody = _nobody(request, returns=returns)
        if nobody is not None:
            return nobody
        _hold_limited(request, wanted)
        needs, member = (*_needs(wanted, request), *minimum), member_of(request)
        if member is None:
            _hold_credential(request, needs)
            return view(context, request)
        way_round = detour(request, _counting(member), Wanted(needs, secrets, returns))
        if way_round is not None:
            return way_round
        response = view(context, request)
        # A view that shows no form again gives way: nothing that was typed is lost for that.
        return kept.shown_elsewhere(request) or response

    return asked


def _answers_get(info: Any) -> bool:
    methods = [p.val for p in info.predicates if isinstance(p, RequestMethodPredicate)]
    return all("GET" in each for each in methods)


def _needs(wanted: Needs, request: Request) -> Sequence[Assurance]:
    if isinstance(wanted, Assurance):
        return (wanted,)
    return wanted(request) if callable(wanted) else wanted


def _nobody(request: Request, *, returns: bool) -> Response | None:
    """To the sign-in, for whoever is not signed in; programs are told what to present."""
    if caller_of(request) is not None:
        return None
    if not is_for_people(request):
        return unauthorized(HTTPUnauthorized(), request)
    here = request.path_qs if request.method in _SAFE or returns else None
    return urls.see_other(request, urls.path_with_next(request, "ostiary_sign_in", here))


def _hold_limited(request: Request, wanted: Needs) -> None:
    """Refuse a session that may only add factors, wherever it does not do that."""
    member = member_of(request)
    if member is not None and member.limit is not None and wanted not in _OWN:
        raise HTTPForbidden("this session may only add factors")


def _hold_credential(request: Request, needs: Sequence[Assurance]) -> None:
    """Refuse a credential that proves too little: it cannot prove more than it does."""
    caller = caller_of(request)
    assert caller is not None  # noqa: S101 - asked before
    if unmet(needs, caller.identity.proofs, runtime_of(request).now()):
        record_once(request, caller.identity, "assurance")
        raise HTTPForbidden("a credential cannot prove more than it does")


def _counting(member: Member) -> Member:
    """Recovery proves nothing but that factors may be added."""
    if member.limit is Limit.RECOVERY:
        return member
    return replace(member, proofs=lasting(member.proofs))
