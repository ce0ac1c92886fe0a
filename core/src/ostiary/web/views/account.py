"""The front page, and the first page of an account."""

from __future__ import annotations

from pyramid.request import Request

from ostiary.signin import Member
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.security import caller_of
from ostiary.web.views.standing import standing
from ostiary.web.views.visiting import Answered, member_of, signed_in


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
    confirmed = any(each.verified_at for each in known.addresses) if known else None
    return {
        "user": caller.user if caller else None,
        "addresses": known.addresses if known else (),
        "standing": standing(runtime.plugins.factors.values(), credentials, confirmed=confirmed),
    }
