"""The way round for whoever has proved too little: to the proofs, and back to the form.

People are led; programs, which could not follow, are told where their person can go. What a
form said is kept on the server until it can be sent, see :mod:`ostiary.web.kept`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Assurance, StoreError
from ostiary.signin import Member
from ostiary.signin.flows import need_from_json, need_to_json
from ostiary.signin.keeping import KeptForm, NotKept
from ostiary.signin.policy import unmet
from ostiary.store import Unit
from ostiary.text import translations
from ostiary.web import kept, urls
from ostiary.web.csrf import SAFE_METHODS
from ostiary.web.errors import own_referer
from ostiary.web.mount import runtime_of, settings_of
from ostiary.web.page import Page
from ostiary.web.problems import wants_html
from ostiary.web.security import caller_of
from ostiary.web.views.visiting import signin_of, stepped_up

_, _n, _p, _np = translations("ostiary")

ASK = "ask"
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", ""})
_CONTEXT = "ostiary-step-up"
_MAX_LED = 1024  # Sealed and encoded it is longer, and some proxies take 8 KiB of an address.


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view asks for, and how one comes back to it.

    ``returns`` says that the address can be opened, and then shows the form filled in.
    """

    needs: Sequence[Assurance]
    secrets: Collection[str] = ()
    returns: bool = True


def detour(request: Request, member: Member, wanted: Wanted) -> Response | None:
    """None where enough is proved; else what leads to the proofs (ASVS 5.0, 7.5.1)."""
    if not unmet(wanted.needs, member.proofs, runtime_of(request).now()):
        return None
    if not is_for_people(request):
        return _for_program(request, member, wanted.needs)
    if request.method in SAFE_METHODS:
        return stepped_up(request, member, wanted.needs, request.path_qs)
    form = kept.form_of(request, wanted.secrets)
    try:
        return stepped_up(
            request, member, wanted.needs, lambda unit: _back(request, unit, form, wanted)
        )
    except (NotKept, BadCSRFOrigin, BadCSRFToken):
        return _not_kept(request, member, wanted)


def is_for_people(request: Request) -> bool:
    """Whether a redirect leads a person anywhere: a page was opened, or a form was sent.

    Scripts are told by ``Sec-Fetch-Mode`` (W3C Fetch Metadata), which they cannot set, or by
    not asking for HTML.
    """
    mode = request.environ.get("HTTP_SEC_FETCH_MODE", "navigate")
    asked = not request.environ.get("HTTP_ACCEPT") or wants_html(request)
    by_form = request.method in SAFE_METHODS or (
        request.method == "POST" and request.content_type in _FORMS
    )
    return mode == "navigate" and asked and by_form


def _back(request: Request, unit: Unit, form: KeptForm, wanted: Wanted) -> str:
    """Where to come back to, with the form kept if there is anything in it."""
    empty = not (form.fields or form.secrets or form.files)
    if empty and wanted.returns:
        return urls.safe_next(request, form.to)
    if not urls.is_local_path(form.to):
        raise NotKept
    token = kept.keep(request, unit, form)
    if not wanted.returns:
        return urls.path(request, "ostiary_kept", _query={kept.PARAMETER: token})
    back = kept.address(request, token)
    if not urls.is_local_path(back):
        raise NotKept
    return back


def _not_kept(request: Request, member: Member, wanted: Wanted) -> Response:
    """A page that says so before anything is lost: the form is still one step back."""
    here = kept.address(request)
    to = here if wanted.returns and urls.is_local_path(here) else None
    values = {"ask": ask_address(request, member, wanted.needs, to)}
    response = render_to_response("ostiary:web/templates/not_kept.jinja", values, request)
    response.status_int = 413
    return response


def _for_program(request: Request, member: Member, needs: Sequence[Assurance]) -> Response:
    """403, and where a person can prove more; nothing is kept of what was sent."""
    denied = signin_of(request).answering.unable(member, needs)
    page = Page(request, bare=True)
    text = denied.text if denied else _("This asks for a fresh or stronger proof of who you are.")
    origin = settings_of(request).public_url.origin
    body: dict[str, Any] = {
        "error": denied.reason if denied else "step-up-required",
        "message": page.localization.say(text, page.locale),
        "needs": [
            {
                "proofs": need.proofs,
                "within": None if need.within is None else int(need.within.total_seconds()),
                "phishing_resistant": need.phishing_resistant,
            }
            for need in needs
        ],
    }
    if denied is None:
        body["step_up"] = origin + ask_address(request, member, needs, own_referer(request))
    else:
        body["security"] = origin + urls.path(request, "ostiary_security")
    return Response(status=403, json_body=body)


# Addresses at which a step-up begins.


def ask_address(
    request: Request, member: Member, needs: Sequence[Assurance], to: str | None
) -> str:
    """A path at which this session is asked for these proofs, and is led on from there.

    It is sealed, so that nobody else can say what is asked for or where it leads.
    """
    runtime = runtime_of(request)
    until = runtime.now() + runtime.settings.flow_lifetime
    default = urls.path(request, "ostiary_account")
    leads = default if to is None or len(to) > _MAX_LED else to
    plain = json.dumps([until.isoformat(), [need_to_json(need) for need in needs], leads])
    sealed = runtime.keys.seal(plain.encode(), _CONTEXT, _session(request))
    value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    return urls.path(request, "ostiary_step_up", _query={ASK: value})


def asked_for(request: Request, member: Member) -> Response | None:
    """Begin what the address asks for; None where it asks for nothing that can be read."""
    runtime, value = runtime_of(request), request.GET.get(ASK, "")
    try:
        sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        until, needs, to = json.loads(runtime.keys.open(sealed, _CONTEXT, _session(request)))
    except (ValueError, binascii.Error, StoreError):
        return None
    if datetime.fromisoformat(until) <= runtime.now():
        return None
    wanted = tuple(need_from_json(need) for need in needs)
    return stepped_up(request, member, wanted, to) or urls.see_other(request, to)


def _session(request: Request) -> str:
    caller = caller_of(request)
    assert caller is not None and caller.session is not None  # noqa: S101, PT018 - of a member
    return caller.session.id
