"""Sessions that may only add factors: what they may open, and where everything else leads.

A view of the house that is not named here is closed to them, one of a plugin too; a host's
views are told of nobody (:meth:`ostiary.web.security.SecurityPolicy.identity`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.static import static_view

from ostiary.accounts import Limit
from ostiary.signin.policy import is_protected
from ostiary.web import urls
from ostiary.web.csrf import SAFE_METHODS
from ostiary.web.mount import is_ours, runtime_of
from ostiary.web.presenting import is_presented
from ostiary.web.security import caller_of

REQUIRED = "ostiary_required"

OPEN = frozenset(
    {
        REQUIRED,
        "ostiary_accessibility",
        "ostiary_health",
        "ostiary_help",
        "ostiary_home",
        "ostiary_language",
        # To prove more, here or in a new session.
        "ostiary_sign_in",
        "ostiary_verify",
        "ostiary_return",
        "ostiary_step_up",
        "ostiary_extend",
        "ostiary_kept",
        "ostiary_sign_out",
        # To see the account, and to add to it; some factors need a confirmed address.
        "ostiary_account",
        "ostiary_security",
        "ostiary_add",
        "ostiary_verify_address",
        "ostiary_addresses",
        "ostiary_resend",
        # What a mail leads to, in whatever browser.
        "ostiary_reset",
        "ostiary_reset_link",
        "ostiary_renew",
        "ostiary_regain",
        "ostiary_regain_cancel",
        # To answer two kinds after recovery or a reset, which lifts the limit.
        "ostiary_lift",
        # The colours of all these.
        "ostiary_stylesheet",
        # To call a deletion off in time, which whoever has just got in by recovery may have to.
        "ostiary_keep",
    }
)
"""The routes that a limited session may open."""

View: TypeAlias = Callable[[Any, Request], Response]


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody has to add a second factor: now, or from a day on."""

    since: date | None


def add_confining(config: Configurator) -> None:
    """Put it around every view, below the gate."""
    config.add_view_deriver(confined, "ostiary_confined", under="ostiary_gate", over="secured_view")


def confined(view: View, info: Any) -> View:
    """One view, closed to limited sessions unless its route is open to them."""
    if info.exception_only or isinstance(info.original_view, static_view):
        return view

    def asked(context: Any, request: Request) -> Response:
        if is_ours(request) and not is_presented(request) and not _is_open(request):
            caller = caller_of(request)
            if caller is not None and caller.limited:
                return led(request)
        return view(context, request)

    return asked


def _is_open(request: Request) -> bool:
    route = getattr(request, "matched_route", None)
    return route is not None and route.name in OPEN


def led(request: Request) -> Response:
    """To the page that says what is asked first, and from there back to here."""
    # What was sent by a form cannot be sent again by a link.
    here = request.path_qs if request.method in SAFE_METHODS else None
    return urls.see_other(request, urls.path_with_next(request, REQUIRED, here))


def asked_of(request: Request) -> Asked | None:
    """What whoever is signed in has yet to add, for their pages."""
    caller = caller_of(request)
    if caller is None or caller.session is None:
        return None
    if caller.session.limit is Limit.ENROL:
        return Asked(None)
    runtime = runtime_of(request)
    parts = runtime.signin.parts
    if caller.limited or not parts.requiring.asked_of(caller.user):
        return None
    if is_protected(parts.credentials(caller.user.id)):
        return None
    due = parts.requiring.due(caller.user, runtime.now())
    return Asked(None if due else parts.requiring.since)
