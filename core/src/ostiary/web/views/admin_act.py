"""The page of an admin's act: what it will do, and why it is done."""

from __future__ import annotations

from dataclasses import replace

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field
from ostiary.signin import Denied, words
from ostiary.signin.administering import (
    MAX_REASON,
    Administering,
    LastAdmin,
    NotAdmin,
    clean_reason,
)
from ostiary.text import translations
from ostiary.web import urls
from ostiary.web.kept import kept_form
from ostiary.web.notices import notice
from ostiary.web.views.admin import admin_of, path_of, subject_of
from ostiary.web.views.admin_acts import ALLOW, DEEDS, DENY, REVOKE, Deed, Subject, offered
from ostiary.web.views.visiting import Answered, problems, signin_of, stopped, submitted

_, _n, _p, _np = translations("ostiary")

REASON = Field(
    name="reason",
    # Translators: the label of a box in which an admin says why; also a label before what was
    # written there.
    label=_p("of an act", "Reason"),
    hint=_("Why you do this. It is kept in the record, and not sent to the person."),
    max_length=MAX_REASON,
)


TOLD = replace(REASON, hint=_("Why you do this. It is kept in the record, and sent to the person."))


def act(request: Request) -> Answered:
    """Ask for the reason, then act, and go back to the person."""
    deed, subject = DEEDS.get(request.matchdict["act"]), subject_of(request)
    if deed is None:
        raise HTTPNotFound
    typed = kept_form(request).get("reason", "")
    denied: Denied | None = None
    if request.method == "POST":
        typed = submitted(request).get("reason", "")
        denied = _judged(typed)
        if denied is None:
            return _done(request, deed, subject, clean_reason(typed))
    elif not _fits(request, deed, subject):
        return _back(request, deed, subject, changed=False)
    return {
        "deed": deed,
        "user": subject.user,
        "note": subject.regain.note if subject.regain and deed in (ALLOW, DENY) else None,
        "here": path_of(request, subject, deed),
        "back": path_of(request, subject),
        "field": TOLD if deed.told else REASON,
        "typed": typed,
        "problems": problems(request, *([denied] if denied else [])),
    }


def _judged(typed: str) -> Denied | None:
    reason = clean_reason(typed)
    if not reason:
        return words.empty(REASON.name, REASON.label)
    if len(reason) > MAX_REASON:
        return words.too_long(REASON.name, REASON.label, MAX_REASON)
    return None


def _fits(request: Request, deed: Deed, subject: Subject) -> bool:
    credentials = signin_of(request).parts.credentials(subject.user.id)
    read = request.GET.get("request", "")
    if deed in (ALLOW, DENY) and read != subject.asked:
        return False
    return deed in offered(subject, credentials)


def _done(request: Request, deed: Deed, subject: Subject, reason: str) -> Answered:
    if not _fits(request, deed, subject):
        return _back(request, deed, subject, changed=False)
    administering = Administering(signin_of(request).parts, admin_of(request))
    try:
        changed = deed.do(administering, subject, reason)
    except NotAdmin:
        raise HTTPForbidden("whoever acts is no admin any more") from None
    except LastAdmin:
        return stopped(request, words.last_admin(), "ostiary_admin_users")
    return _back(request, deed, subject, changed=changed)


def _back(request: Request, deed: Deed, subject: Subject, *, changed: bool) -> Answered:
    """To the person; whoever gave up their own rights may not look there any more."""
    gone = changed and subject.itself and deed is REVOKE
    to = urls.path(request, "ostiary_account") if gone else path_of(request, subject)
    response = urls.see_other(request, to)
    if changed:
        notice(request, response, deed.done)
    elif subject.itself and not deed.on_oneself:
        notice(request, response, _("This is your own account: another admin has to do that."))
    else:
        # Translators: what the admin asked for, such as that the account is disabled.
        notice(request, response, _("Nothing was changed: that is so already."))
    return response
