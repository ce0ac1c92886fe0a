"""Errors that nobody answered, in words and with a number, never with a traceback.

Each fault has a page for the house's own routes, and for all when it stands alone; a host's
errors stay the host's.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken, PredicateMismatch, URLDecodeError
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPException,
    HTTPForbidden,
    HTTPMethodNotAllowed,
    HTTPNotFound,
    HTTPRequestEntityTooLarge,
    HTTPUnauthorized,
)
from pyramid.request import Request
from pyramid.response import Response

from ostiary.signin import Fault
from ostiary.text import translations
from ostiary.web.confining import led
from ostiary.web.mount import has_route, is_ours, runtime_of, settings_of
from ostiary.web.narrowing import Limited
from ostiary.web.presenting import NotAuthenticated, is_presented
from ostiary.web.problems import error_page, wants_html
from ostiary.web.request_id import request_id
from ostiary.web.security import caller_of
from ostiary.web.urls import is_local_path, path_with_next, see_other

_, _n, _p, _np = translations("ostiary")

log = logging.getLogger(__name__)

SIGN_IN = "ostiary_sign_in"


class OursPredicate:
    """The view predicate ``ostiary_ours=True``: only for what the house answers."""

    def __init__(self, value: bool, info: Any) -> None:  # noqa: FBT001 - Pyramid's signature.
        self.value = value

    def text(self) -> str:
        """What introspection shows."""
        return f"ostiary_ours = {self.value}"

    phash = text

    def __call__(self, context: Any, request: Request) -> bool:
        """Whether the request is as the view asks."""
        return is_ours(request) is self.value


def add_errors(config: Configurator) -> None:
    """Register the error pages."""
    config.add_view_predicate("ostiary_ours", OursPredicate)
    for context, view in (
        (Exception, fault),
        (Fault, plugin_fault),
        (HTTPException, refusal),
        (HTTPBadRequest, bad_request),
        (URLDecodeError, bad_request),
        (BadCSRFToken, bad_token),
        (BadCSRFOrigin, bad_origin),
        (HTTPForbidden, forbidden),
        (HTTPNotFound, not_found),
        (PredicateMismatch, mismatch),
        (HTTPMethodNotAllowed, wrong_method),
        (HTTPRequestEntityTooLarge, too_large),
    ):
        config.add_exception_view(view, context=context, ostiary_ours=True)
    # A host's views present credentials too, and what to answer is the verifiers' to say.
    config.add_exception_view(unauthorized, context=HTTPUnauthorized)


def fault(error: Exception, request: Request) -> Response:
    """500. The log gets type and places; the message could hold a secret."""
    log.error(
        "%s in request %s\n%s",
        type(error).__name__,
        request_id(request),
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return error_page(
        request,
        500,
        _("Something went wrong"),
        _("The mistake is on our side, and has been noted. Try again in a moment."),
    )


def plugin_fault(error: Fault, request: Request) -> Response:
    """503: a part that everything needs does not work; the log has named it."""
    return error_page(
        request,
        503,
        _("Something went wrong"),
        _("A part of this site does not work at the moment. Try again later."),
    )


def refusal(error: HTTPException, request: Request) -> Response:
    """Redirects and answers that a view made on purpose pass; other errors get a page."""
    if error.status_int < 400:  # noqa: PLR2004 - RFC 9110, section 15.
        return error
    page = error_page(
        request, error.status_int, _("That did not work"), _("The request could not be answered.")
    )
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in error.headers:
            page.headers[name] = error.headers[name]
    return page


def bad_request(error: HTTPBadRequest | URLDecodeError, request: Request) -> Response:
    """400: what came cannot be read."""
    return error_page(
        request,
        400,
        _("That did not work"),
        _("The address or the form was not complete, or not as we expected it."),
    )


def bad_token(error: BadCSRFToken, request: Request) -> Response:
    """400: a form of another session, mostly one that was left open for long."""
    return error_page(
        request,
        400,
        _("This page was open for too long"),
        _(
            "To protect you, forms work only in the browser and the session that they were "
            "opened in. Cookies must be allowed. Nothing was changed."
        ),
        own_referer(request),
    )


def bad_origin(error: BadCSRFOrigin, request: Request) -> Response:
    """400: a form that another site sent, or that came under another name of this one."""
    return error_page(
        request,
        400,
        _("This form came from another site"),
        _(
            "To protect you, forms work only from pages of ${origin}. Open that address and "
            "try again. Nothing was changed.",
            origin=settings_of(request).public_url.origin,
        ),
    )


def own_referer(request: Request) -> str | None:
    """The path of the page that sent the request, as far as the browser tells."""
    origin = settings_of(request).public_url.origin
    referer = request.environ.get("HTTP_REFERER", "")
    own = referer.removeprefix(origin)
    return own if own != referer and is_local_path(own) else None


def forbidden(error: HTTPForbidden, request: Request) -> Response:
    """403; whoever is not signed in, or must add a factor, is asked to do so first."""
    caller = caller_of(request)
    if caller is None:
        return sign_in_first(request)
    if caller.limited and wants_html(request):
        return led(request)
    text = _("Your account may not open this page, or not in this way.")
    if isinstance(error.result, Limited):
        text = error.result.text
    # Translators: the title of a page: the account may not open a page.
    return error_page(request, 403, _("No access"), text)


def sign_in_first(request: Request) -> Response:
    """Send a person to sign in and back here; tell a program that it needs a credential."""
    if not wants_html(request) or not has_route(request, SIGN_IN):
        return unauthorized(HTTPUnauthorized(), request)
    # What was sent by a form cannot be sent again by a link.
    here = request.path_qs if request.method in {"GET", "HEAD"} else None
    return see_other(request, path_with_next(request, SIGN_IN, here))


def unauthorized(error: HTTPUnauthorized, request: Request) -> Response:
    """401, with the schemes that some verifier answers for (RFC 9110, section 15.5.2)."""
    cause = error.__cause__
    text = _("Sign in, or send credentials with the request.")
    if isinstance(cause, NotAuthenticated):
        text = cause.public
    elif is_presented(request):
        text = _("These credentials are not valid.")
    # Translators: the title of a page: somebody has to sign in first.
    response = error_page(request, 401, _("Not signed in"), text)
    realm = settings_of(request).title.replace("\\", "\\\\").replace('"', '\\"')
    realm = realm.encode("ascii", "replace").decode()
    schemes = {
        claim.scheme.lower(): claim.scheme
        for verifier in runtime_of(request).plugins.verifiers.values()
        for claim in verifier.claims
    }
    for scheme in schemes.values():
        charset = ', charset="UTF-8"' if scheme.lower() == "basic" else ""
        response.headers.add("WWW-Authenticate", f'{scheme.title()} realm="{realm}"{charset}')
    return response


def not_found(error: HTTPNotFound, request: Request) -> Response:
    """404."""
    return error_page(
        request,
        404,
        _("Page not found"),
        _("There is nothing at this address. If you typed it, check it for mistakes."),
    )


def mismatch(error: PredicateMismatch, request: Request) -> Response:
    """405 where the route has views, but none for this method; else 404."""
    allowed = _methods_of(request)
    if not allowed or request.method in allowed:
        return not_found(error, request)
    response = wrong_method(error, request)
    response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _methods_of(request: Request) -> set[str]:
    route = getattr(request, "matched_route", None)
    if route is None:
        return set()
    methods: set[str] = set()
    for entry in request.registry.introspector.get_category("views", ()):
        view = entry["introspectable"]
        if view.get("route_name") == route.name:
            asked = view.get("request_methods") or ("GET", "HEAD", "POST")
            methods.update([asked] if isinstance(asked, str) else asked)
    return methods | {"HEAD"} if "GET" in methods else methods


def wrong_method(error: HTTPException, request: Request) -> Response:
    """405."""
    response = error_page(
        request,
        405,
        _("That does not work here"),
        _("This address cannot be used in this way."),
    )
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def too_large(error: HTTPRequestEntityTooLarge, request: Request) -> Response:
    """413."""
    return error_page(
        request, 413, _("That was too much"), _("What was sent is larger than this page takes.")
    )
