"""What every view stands behind: the form's token, the size of a form, no stray credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPRequestEntityTooLarge
from pyramid.interfaces import IDefaultPermission
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view
from pyramid.viewderivers import INGRESS

from ostiary.web.cookies import SESSION, get_cookie
from ostiary.web.csrf import SAFE_METHODS, check_csrf, check_origin
from ostiary.web.headers import mark_static
from ostiary.web.mount import is_ours
from ostiary.web.presenting import is_presented
from ostiary.web.security import caller_of

MAX_FORM = 1 << 20
"""Bytes that a form of ours may have; an upload presents a credential and has limits of its own."""

View: TypeAlias = Callable[[Any, Request], Response]


def add_gate(config: Configurator) -> None:
    """Put the gate around every view but exception views, outermost of all."""
    config.add_view_deriver(gate, "ostiary_gate", under=INGRESS, over="secured_view")


def gate(view: View, info: Any) -> View:
    """The gate of one view.

    An unsafe request that acts by cookie must pass :func:`~ostiary.web.csrf.check_csrf`; the
    house's own forms always do, a host's views when the request has a session cookie, unless
    the view says ``require_csrf=False``. Pyramid asks no policy where a view has no
    permission, so that no restriction of a credential would be judged: such a view refuses
    identities that came from a credential.
    """
    if info.exception_only:
        return view
    if isinstance(info.original_view, static_view):
        return _static(view)
    guarded = _has_permission(info)
    checked = info.options.get("require_csrf") is not False

    def gated(context: Any, request: Request) -> Response:
        if is_presented(request):
            check_origin(request)
            if not guarded:
                _refuse_credential(request)
        else:
            _check_form(request, checked=checked)
        return view(context, request)

    return gated


def _static(view: View) -> View:
    def marked(context: Any, request: Request) -> Response:
        response = view(context, request)
        mark_static(request)
        return response

    return marked


def _has_permission(info: Any) -> bool:
    permission = info.options.get("permission")
    if permission is None:
        permission = info.registry.queryUtility(IDefaultPermission)
    return permission is not None and permission != NO_PERMISSION_REQUIRED


def _refuse_credential(request: Request) -> None:
    caller = caller_of(request)
    if caller is not None and caller.session is None:
        raise HTTPForbidden("a credential opens only what asks for a permission")


def _check_form(request: Request, *, checked: bool) -> None:
    if request.method in SAFE_METHODS:
        return
    ours = is_ours(request)
    if ours and (request.content_length or 0) > MAX_FORM:
        raise HTTPRequestEntityTooLarge("the form is too large")
    if checked and (ours or get_cookie(request, SESSION) is not None):
        check_csrf(request)
