"""The addresses of an account: seen, added, confirmed, made the primary one, removed."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from ostiary.accounts import Account, Address
from ostiary.contracts import Field, Text
from ostiary.signin import Denied, Member
from ostiary.signin.addresses import Addressing
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.kept import kept_form
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.views import steps
from ostiary.web.views.visiting import Answered, problems, signed_in, stopped, submitted

_, _n, _p, _np = translations("ostiary")

ADDRESS = Field(
    name="address",
    label=_("New email address"),
    hint=_("We send a message there to make sure that it is yours."),
    autocomplete="email",
)
SENT = _("We sent you a message. Open it to confirm your address.")


def addressing_of(request: Request) -> Addressing:
    """Changes of addresses, where the core keeps the users."""
    addressing = runtime_of(request).addressing
    if addressing is None:
        raise HTTPNotFound
    return addressing


def account_of(request: Request, member: Member) -> Account:
    """The account of whoever is signed in, where the core keeps the users."""
    accounts = runtime_of(request).accounts
    account = None if accounts is None else accounts.get(member.user_id)
    if account is None:
        raise HTTPNotFound
    return account


@signed_in
def addresses(request: Request, member: Member) -> Answered:
    """The addresses, and what can be done with each."""
    return {"addresses": account_of(request, member).addresses}


@signed_in
def add(request: Request, member: Member) -> Answered:
    """Claim another address; what was typed stays in the form."""
    form = submitted(request) if request.method == "POST" else {}
    denied: Denied | None = None
    if request.method == "POST":
        denied = addressing_of(request).add(member, form.get("address", ""))
        if denied is None:
            return _back(request, SENT)
        if denied.over:
            return stopped(request, denied, "ostiary_addresses")
    return {
        "address_field": ADDRESS,
        "steps": steps.adding_address(1),
        "typed": form or kept_form(request),
        "problems": problems(request, *([denied] if denied else [])),
    }


@signed_in
def resend(request: Request, member: Member) -> Answered:
    """Send the message that proves an address once more."""
    address = _mine(request, member)
    if request.method != "POST" or address.verified_at is not None:
        raise HTTPNotFound
    denied = addressing_of(request).resend(member, address.id)
    return _back(request, SENT if denied is None else denied.text)


@signed_in
def primary(request: Request, member: Member) -> Answered:
    """Make an address the primary one, after a question."""
    address = _mine(request, member)
    if address.primary:
        return urls.see_other(request, urls.path(request, "ostiary_addresses"))
    if request.method == "POST":
        denied = addressing_of(request).make_primary(member, address.id)
        if denied is not None:
            return stopped(request, denied, "ostiary_addresses")
        return _back(request, _("The primary address was changed."))
    return {"address": address}


@signed_in
def remove(request: Request, member: Member) -> Answered:
    """Remove an address, after a question."""
    address = _mine(request, member)
    if request.method == "POST":
        denied = addressing_of(request).remove(member, address.id)
        if denied is not None:
            return stopped(request, denied, "ostiary_addresses")
        return _back(request, _("The address was removed."))
    return {"address": address}


def _mine(request: Request, member: Member) -> Address:
    """The address of the path, if it is this person's."""
    for address in account_of(request, member).addresses:
        if address.id == request.matchdict["address"]:
            return address
    raise HTTPNotFound


def _back(request: Request, text: Text) -> Response:
    response = urls.see_other(request, urls.path(request, "ostiary_addresses"))
    notice(request, response, text)
    return response
