"""Giving an account up, and keeping it after all."""

from __future__ import annotations

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field
from ostiary.signin import Denied, Member
from ostiary.signin.closing import Closing
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.notices import notice
from ostiary.web.views.addresses import account_of
from ostiary.web.views.visiting import Answered, problems, signed_in, stopped, submitted

_, _n, _p, _np = translations("ostiary")

NAME = Field(
    name="name",
    label=_("Your user name"),
    hint=_("Type it to confirm that your account is to be deleted."),
    autocomplete="off",
)


def closing_of(request: Request) -> Closing:
    """Deletion, where the core keeps the users."""
    closing = runtime_of(request).closing
    if closing is None:
        raise HTTPNotFound
    return closing


@signed_in
def delete(request: Request, member: Member) -> Answered:
    """What goes and what stays; the name, typed once more, gives the account up."""
    closing, account = closing_of(request), account_of(request, member)
    response = urls.see_other(request, urls.path(request, "ostiary_account"))
    if account.delete_at is not None:
        return response
    form = submitted(request) if request.method == "POST" else {}
    denied: Denied | None = None
    if request.method == "POST":
        asked = closing.ask(member, form.get("name", ""))
        if not isinstance(asked, Denied):
            # The reminder on every page of the account says the rest.
            notice(request, response, _("Your other sessions were ended."))
            return response
        if asked.over:
            return stopped(request, asked, "ostiary_account")
        denied = asked
    return {
        "name_field": NAME,
        "login": account.login,
        "due": runtime_of(request).now() + closing.delay,
        "typed": form,
        "problems": problems(request, *([denied] if denied else [])),
    }


@signed_in
def keep(request: Request, member: Member) -> Answered:
    """Call the deletion off; the link of the mail leads here."""
    closing, account = closing_of(request), account_of(request, member)
    response = urls.see_other(request, urls.path(request, "ostiary_account"))
    if request.method == "POST":
        if closing.cancel(member):
            notice(request, response, _("Your account is kept."))
        return response
    return response if account.delete_at is None else {}
