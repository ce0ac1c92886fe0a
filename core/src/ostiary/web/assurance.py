"""The view option ``assurance=``: whoever has proved less is asked for more, and led back.

::

    config.add_view(delete, route_name="delete", permission="delete",
                    assurance=(Assurance(proofs=2), Assurance(within=timedelta(minutes=15))))

Every assurance must be met (ASVS 5.0, 7.5.1 and 7.5.3). The permission is asked first: nobody
proves more for what they may not do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Assurance
from ostiary.signin.policy import unmet
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.security import caller_of
from ostiary.web.views.visiting import member_of, signin_of, stepped_up

Needs: TypeAlias = Assurance | Sequence[Assurance] | Callable[[Request], Sequence[Assurance]]
"""What a view asks for; a callable is asked once somebody is signed in."""

View: TypeAlias = Callable[[Any, Request], Response]


def add_assurance(config: Configurator) -> None:
    """Let every view say what it asks for."""
    assured.options = ("assurance",)  # type: ignore[attr-defined] # Pyramid looks for it there.
    config.add_view_deriver(
        assured, "ostiary_assurance", under="secured_view", over="owrapped_view"
    )


def for_changes(request: Request) -> Sequence[Assurance]:
    """What a change of the account asks for: as a sign-in, and something of it just now."""
    member = member_of(request)
    return () if member is None else signin_of(request).enrolling.needs(member)


def assured(view: View, info: Any) -> View:
    """One view, behind what it asks for."""
    wanted: Needs | None = info.options.get("assurance")
    if wanted is None:
        return view

    def asked(context: Any, request: Request) -> Response:
        caller, member = caller_of(request), member_of(request)
        if caller is None:
            to = urls.path_with_next(request, "ostiary_sign_in", request.path_qs)
            return urls.see_other(request, to)
        needs = _needs(wanted, request)
        if member is None:
            if unmet(needs, caller.identity.proofs, runtime_of(request).now()):
                raise HTTPForbidden("a credential cannot prove more than it does")
            return view(context, request)
        detour = stepped_up(request, member, needs, request.path_qs)
        return view(context, request) if detour is None else detour

    return asked


def _needs(wanted: Needs, request: Request) -> Sequence[Assurance]:
    if isinstance(wanted, Assurance):
        return (wanted,)
    return wanted(request) if callable(wanted) else wanted
