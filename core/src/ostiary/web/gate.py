"""What every view stands behind: the form's token, the size of a form, no stray credentials."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPForbidden,
    HTTPLengthRequired,
    HTTPRequestEntityTooLarge,
    HTTPUnauthorized,
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
from ostiary.web.security import caller_of, granted

log = logging.getLogger(__name__)

MAX_FORM = 64 * 1024
"""Bytes that a form of ours may have; an upload presents a credential and has limits of its own."""

MAX_FIELDS = 256
"""Fields of a form or a query of ours: each costs far more to parse than its bytes to read."""

_MULTIPART = "multipart/form-data"
_FORMS = ("", "application/x-www-form-urlencoded")

View: TypeAlias = Callable[[Any, Request], Response]


def add_gate(config: Configurator) -> None:
    """Put the gate around every view but exception views, outermost of all."""
    config.add_view_deriver(gate, "ostiary_gate", under=INGRESS, over="secured_view")


def permissions_in_body(info: Any) -> frozenset[str]:
    """The permissions of which a view must get one, by the option ``resource_in_body``.

    Raises:
        ConfigurationError: the option is not names of permissions, or the view has a
            ``permission`` besides.
    """
    said = info.options.get("resource_in_body")
    if said is None:
        return frozenset()
    names = frozenset((said,) if isinstance(said, str) else said if isinstance(said, tuple) else ())
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ConfigurationError(
            "resource_in_body names the permissions of which the view itself gets one: "
            'give resource_in_body="upload", or a tuple of names'
        )
    if info.options.get("permission") is not None:
        raise ConfigurationError("a view has a permission or resource_in_body, not both")
    return names


def gate(view: View, info: Any) -> View:
    """The gate of one view.

    An unsafe request that acts by cookie must pass :func:`~ostiary.web.csrf.check_csrf`; the
    house's own forms always do, a host's views when the request has a session cookie, unless
    the view says ``require_csrf=False``. Pyramid asks no policy where a view has no
    permission, so that no restriction of a credential would be judged: such a view refuses
    identities that came from a credential, unless it says by ``resource_in_body`` that it asks
    itself, once it has read what it is about.
    """
    if info.exception_only:
        return view
    if isinstance(info.original_view, static_view):
        return _static(view)
    guarded = _has_permission(info)
    checked = info.options.get("require_csrf") is not False
    asked_within = permissions_in_body(info)

    def gated(context: Any, request: Request) -> Response:
        extend(request)
        if asked_within and caller_of(request) is None:
            # Before the body is read: of strangers it may be as large as they like.
            raise HTTPUnauthorized
        if is_ours(request):
            _check_query(request)
        if is_presented(request):
            check_origin(request)
            if not guarded and not asked_within:
                _refuse_credential(request)
        else:
            _check_form(request, checked=checked)
        response = view(context, request)
        if asked_within and not asked_within & granted(request):
            _withhold(request, response)
        return response

    return gated


gate.options = ("resource_in_body",)  # type: ignore[attr-defined] # Where Pyramid looks for them.


def _withhold(request: Request, response: Response) -> None:
    """Refuse what a view answers that did not ask whether it may; errors pass."""
    if response.status_int < 400:  # noqa: PLR2004 - RFC 9110, section 15.
        route = getattr(request, "matched_route", None)
        log.error("the view of %s did not ask for its permission", getattr(route, "name", "?"))
        raise HTTPForbidden("the view did not ask whether it may")


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
    # Only these are parsed as forms; what is JSON may hold as many as it likes.
    if request.content_type in _FORMS and request.body.count(b"&") >= MAX_FIELDS:
        raise HTTPBadRequest("the form has too many fields")
    try:
        request.POST  # noqa: B018 - as above.
    except UnicodeDecodeError:
        raise HTTPBadRequest("the form is not UTF-8") from None
