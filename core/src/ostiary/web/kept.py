"""What is kept of a form whose sender must prove more first, and how a view has it back.

::

    def rename(request):
        typed = kept_form(request) or request.POST      # Filled in again, to be sent by hand.
        return {"name": typed.get("name", "")}

Nothing is ever sent again by itself: a person looks at the form and sends it once more.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pyramid.request import Request
from pyramid.response import Response
from webob.multidict import MultiDict

from ostiary.signin.keeping import Holder, Keeping, KeptForm
from ostiary.store import Unit
from ostiary.web import csrf, urls
from ostiary.web.cookies import browser_token
from ostiary.web.mount import runtime_of
from ostiary.web.security import caller_of

PARAMETER = "ostiary_kept"
"""What carries the token in an address."""

CHALLENGE = "challenge"
"""The field of the house's own forms that names a factor's question."""

_TAKEN = "_ostiary_kept_form"

# Wherever they stand in a name; the others as words of it: "postcode" and "keyboard" are none.
_SECRET = re.compile(
    r"passw|passphrase|passcode|pwd|secret|token|csrf|credential"
    r"|(?<![a-z])(?:api|private)?(?:codes?|keys?|otp|pin|cvc|cvv|answer)(?![a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def kept_form(request: Request) -> MultiDict[str, str]:
    """The form that this person sent before they had proved enough, as it was filled in.

    It is empty where there is none. It is given out once, to the browser and the session that
    sent it; a further call in the same request has the same answer. Files and secrets are not
    in it. A view that answers both GET and POST and asks for it is shown again, filled in; for
    others there is a page that lists the fields.
    """
    form = take(request)
    return MultiDict() if form is None else MultiDict(form.fields)


def take(request: Request) -> KeptForm | None:
    """The kept form whose token is in the address; it is used up by this request."""
    if not hasattr(request, _TAKEN):
        setattr(request, _TAKEN, _take(request))
    form: KeptForm | None = getattr(request, _TAKEN)
    return form


def shown_elsewhere(request: Request) -> Response | None:
    """The way to the page that shows any form, if nobody asked for the one in the address."""
    token = token_in(request)
    if request.method != "GET" or token is None or hasattr(request, _TAKEN):
        return None
    to = urls.path(request, "ostiary_kept", _query={PARAMETER: token})
    return urls.see_other(request, urls.safe_next(request, to))


def token_in(request: Request) -> str | None:
    """The token in the address. A host's query may be anything, so nothing is decoded for it."""
    for part in request.query_string.split("&"):
        name, _, value = part.partition("=")
        if name == PARAMETER:
            return str(value)
    return None


def keep(request: Request, unit: Unit, form: KeptForm) -> str:
    """Keep a form for whoever sends this request; the token.

    Raises:
        NotKept: it is too large, or too many of them wait.
        BadCSRFOrigin: the request comes from elsewhere.
        BadCSRFToken: nothing shows that its sender saw the form.
    """
    # The gate has looked already, but for a view that says require_csrf=False.
    csrf.check_csrf(request)
    holder = _holder(request)
    assert holder is not None  # noqa: S101 - a step-up is asked of a session
    return _keeping(request).put(unit, holder, form)


def form_of(request: Request, secrets: Collection[str]) -> KeptForm:
    """What may be kept of the form that was sent; ``secrets`` are fields that the view names."""
    fields, hidden, files = [], [], []
    for name, value in request.POST.items():
        if not name or name == csrf.FIELD:
            continue
        if not isinstance(value, str):
            files.append(name)
        elif name in secrets or is_secret(name):
            hidden.append(name)
        else:
            fields.append((name, value))
    return KeptForm(address(request), tuple(fields), tuple(hidden), tuple(files))


def is_secret(name: str) -> bool:
    """Whether a field's name says that what is typed there is nobody else's business."""
    return _SECRET.search(_CAMEL.sub("-", name).lower()) is not None


def address(request: Request, token: str | None = None) -> str:
    """The address of this request, with the token of a kept form, or without any."""
    parts = [part for part in request.query_string.split("&") if part]
    query = [part for part in parts if part.partition("=")[0] != PARAMETER]
    if token is not None:
        query.append(f"{PARAMETER}={token}")
    return str(request.path) + ("?" + "&".join(query) if query else "")


def _take(request: Request) -> KeptForm | None:
    holder, token = _holder(request), token_in(request)
    if request.method != "GET" or holder is None or token is None:
        return None
    with runtime_of(request).store.write() as unit:
        return _keeping(request).take(unit, holder, token)


def _keeping(request: Request) -> Keeping:
    runtime = runtime_of(request)
    return Keeping(runtime.keys, runtime.now, runtime.settings.flow_lifetime)


def _holder(request: Request) -> Holder | None:
    caller = caller_of(request)
    if caller is None or caller.session is None:
        return None
    return Holder(caller.user.id, caller.session.id, browser_token(request))
