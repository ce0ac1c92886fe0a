"""What every view stands behind: the form's token, the size of a form, no stray credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPForbidden,
    HTTPLengthRequired,
    HTTPRequestEntityTooLarge,
    HTTPUnsupportedMediaType,
)
from pyramid.interfaces import IDefaultPermission
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view
from pyramid.viewderivers import INGRESS

from ostiary.web.cookies import SESSION, get_cookie
from ostiary.web.csrf import SAFE_METHODS, check_csrf, check_origin
from ostiary.web.extending import extend
from ostiary.web.headers import mark_static
from ostiary.web.mount import is_ours
from ostiary.web.presenting import is_presented
from ostiary.web.security import caller_of

MAX_FORM = 64 * 1024
"""Bytes that a form of ours may have; an upload presents a credential and has limits of its own."""

MAX_FIELDS = 256
"""Fields of a form or a query of ours: each costs far more to parse than its bytes to read."""

_MULTIPART = "multipart/form-data"

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
        extend(request)
        if is_ours(request):
            _check_query(request)
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
    if ours:
        _check_body(request)
    if checked and (ours or get_cookie(request, SESSION) is not None):
        check_csrf(request)


def _check_query(request: Request) -> None:
    """Refuse a query that is too much to parse, or that cannot be read."""
    if request.query_string.count("&") >= MAX_FIELDS:
        raise HTTPBadRequest("the query has too many fields")
    try:
        request.GET  # noqa: B018 - reading it parses it, and WebOb keeps what it found.
    except UnicodeDecodeError:
        raise HTTPBadRequest("the query is not UTF-8") from None


def _check_body(request: Request) -> None:
    """Refuse a form that is too much to parse, before anything parses it."""
    if request.content_type == _MULTIPART:
        # No form of ours has a file.
        raise HTTPUnsupportedMediaType("forms are sent as application/x-www-form-urlencoded")
    if request.content_length is None and request.is_body_readable:
        raise HTTPLengthRequired("the form's length is missing")
    if (request.content_length or 0) > MAX_FORM:
        raise HTTPRequestEntityTooLarge("the form is too large")
    if request.body.count(b"&") >= MAX_FIELDS:
        raise HTTPBadRequest("the form has too many fields")
    try:
        request.POST  # noqa: B018 - as above.
    except UnicodeDecodeError:
        raise HTTPBadRequest("the form is not UTF-8") from None
