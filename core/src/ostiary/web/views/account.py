"""The front page, and the first page of an account."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.accounts import address as parse_address
from ostiary.signin import Member, acting
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.security import caller_of
from ostiary.web.views.register import registering_of
from ostiary.web.views.visiting import Answered, member_of, signed_in

_, _n, _p, _np = translations("ostiary")


def home(request: Request) -> Answered:
    """Where to begin; for whoever is signed in, their account."""
    if member_of(request) is not None:
        return urls.see_other(request, urls.path(request, "ostiary_account"))
    return {}


@signed_in
def account(request: Request, member: Member) -> Answered:
    """Who you are here: name, addresses, and how well the account is protected."""
    runtime = runtime_of(request)
    caller = caller_of(request)
    known = runtime.accounts.get(member.user_id) if runtime.accounts else None
    credentials = runtime.signin.parts.credentials(member.user_id)
    return {
        "user": caller.user if caller else None,
        "addresses": known.addresses if known else (),
        "protected": any(credential.second for credential in credentials),
    }


@signed_in
def resend(request: Request, member: Member) -> Answered:
    """Send the message that proves an address once more."""
    runtime, registering = runtime_of(request), registering_of(request)
    known = runtime.accounts.get(member.user_id) if runtime.accounts else None
    wanted = [
        each
        for each in (known.addresses if known else ())
        if each.id == request.matchdict["address"] and each.verified_at is None
    ]
    if request.method != "POST" or known is None or not wanted:
        raise HTTPNotFound
    response = urls.see_other(request, urls.path(request, "ostiary_account"))
    if not runtime.signin.parts.budgets.charge("mail", member.user_id):
        notice(request, response, _("Several messages were sent already. Wait an hour."))
        return response
    with runtime.store.write() as unit:
        registering.claim(
            unit, acting(member), member.visitor, known.user, parse_address(wanted[0].address)
        )
    notice(request, response, _("We sent you a message. Open it to confirm your address."))
    return response
