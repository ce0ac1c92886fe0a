"""The factors of an account: seen, added, renamed, removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from ostiary.accounts import StoredCredential
from ostiary.contracts import Factor, Field, Text
from ostiary.signin import Added, Asked, AtOnce, Denied, Fault, Member, Waiting, words
from ostiary.signin.policy import has_second, replaces, shut_out
from ostiary.text import say, translations
from ostiary.web import urls
from ostiary.web.cookies import SESSION, set_cookie
from ostiary.web.kept import CHALLENGE, kept_form
from ostiary.web.mount import runtime_of
from ostiary.web.notices import leave_changed, notice, take_changed
from ostiary.web.views import steps
from ostiary.web.views.visiting import (
    Answered,
    problems,
    signed_in,
    signin_of,
    stopped,
    submitted,
)

_, _n, _p, _np = translations("ostiary")

LABEL = Field(
    name="label",
    label=_p("of a factor", "Name (optional)"),
    # Translators: it: a passkey or an app that is being added; Phone and Work are examples of
    # names.
    hint=_("To tell it from others, such as “Phone” or “Work”."),
    max_length=100,
)
NEW_LABEL = Field(name="label", label=_p("of a factor", "New name"), max_length=100)


@dataclass(frozen=True, slots=True)
class Shown:
    """One credential, as the page shows it; nothing of its secret."""

    id: str
    kind: Text | None  # Where the name does not say it already.
    label: str
    lines: tuple[Text, ...]
    created_at: datetime
    used_at: datetime | None
    available: bool
    removable: bool  # False for the only way in, which the store would refuse to remove.


@dataclass(frozen=True, slots=True)
class Addition:
    """A control that adds a factor, or replaces the one there is."""

    factor: str
    text: Text


@signed_in
def security(request: Request, member: Member) -> Answered:
    """What the account is protected with."""
    changed = take_changed(request, member.user_id)
    credentials = signin_of(request).parts.credentials(member.user_id)
    factors = runtime_of(request).plugins.factors
    protected = has_second(credentials)

    def offered(factor: Factor) -> bool:
        if member.limit is not None and replaces(factor, credentials):
            return False
        return protected or not factor.properties.recovery

    return {
        "credentials": [_shown(request, stored, credentials) for stored in credentials],
        "additions": [
            Addition(factor.name, control(factor, credentials))
            for factor in factors.values()
            if offered(factor)
        ],
        "protected": protected,
        "shut_out": shut_out(factors.values(), credentials),
        "ceremony": signin_of(request).enrolling.changed(member, *changed) if changed else None,
    }


@signed_in
def add(request: Request, member: Member) -> Answered:
    """Add a factor: what it shows and asks is on one page; what it asks further, on the next."""
    factor = runtime_of(request).plugins.factors.get(request.matchdict["factor"])
    if factor is None:
        raise HTTPNotFound
    enrolling = signin_of(request).enrolling
    here = urls.path(request, "ostiary_add", factor=factor.name)
    next_url = urls.safe_next(request, request.GET.get("next"), "")
    if next_url:
        here = urls.path(request, "ostiary_add", factor=factor.name, _query={"next": next_url})
    form = submitted(request) if request.method == "POST" else {}
    outcome: Added | Asked | AtOnce | Waiting | Denied
    if "at_once" in form:
        outcome = enrolling.at_once(member, factor, form.get("label", ""))
    elif form:
        outcome = enrolling.finish(member, form.get("challenge", ""), form, form.get("label", ""))
    else:
        outcome = enrolling.begin(member, factor)
    if isinstance(outcome, Added):
        return _added(request, outcome, next_url)
    further = bool(form) and isinstance(outcome, Asked)
    denied = outcome if isinstance(outcome, Denied) else None
    if denied is not None and denied.over:
        return stopped(request, denied, "ostiary_security")
    if denied is not None or isinstance(outcome, Waiting):
        outcome = enrolling.begin(member, factor)
        if isinstance(outcome, Denied):
            return stopped(request, outcome, "ostiary_security")
    kept = kept_form(request)
    if isinstance(outcome, Asked) and kept.get(CHALLENGE, outcome.handle) != outcome.handle:
        # They were led away to prove more, and now see another key or other codes.
        denied = words.asked_anew()
    credentials = signin_of(request).parts.credentials(member.user_id)
    return {
        "factor": factor,
        "control": control(factor, credentials),
        "steps": steps.enrolling(
            factor, runtime_of(request).plugins.factors.values(), credentials, member.limit
        ),
        "further": further,
        "asked": outcome if isinstance(outcome, Asked) else None,
        "here": here,
        "label_field": LABEL if factor.properties.most > 1 else None,
        "typed": form or kept,
        "problems": problems(request, *([denied] if denied else [])),
    }


@signed_in
def rename(request: Request, member: Member) -> Answered:
    """Give a credential another name."""
    stored = _mine(request, member)
    denied: Denied | None = None
    label = kept_form(request).get("label", stored.credential.label)
    if request.method == "POST":
        label = submitted(request).get("label", "")
        denied = signin_of(request).changing.rename(member, stored.credential.id, label)
        if denied is None:
            return _back(request, _("The name was changed."), stored)
        if denied.over:
            return stopped(request, denied, "ostiary_security")
    return {
        "credential": _shown(request, stored, (stored,)),
        "label_field": NEW_LABEL,
        "label": label,
        "problems": problems(request, *([denied] if denied else [])),
    }


@signed_in
def remove(request: Request, member: Member) -> Answered:
    """Remove a credential, after a question."""
    stored = _mine(request, member)
    if request.method == "POST":
        denied = signin_of(request).changing.remove(member, stored.credential.id)
        if denied is not None:
            return stopped(request, denied, "ostiary_security")
        # Translators: it: a way to sign in (a factor), whichever.
        return _back(request, _("It was removed."), stored)
    credentials = signin_of(request).parts.credentials(member.user_id)
    others = [c for c in credentials if c.credential.id != stored.credential.id]
    return {
        "credential": _shown(request, stored, credentials),
        "last_second": stored.second and not any(c.second for c in others),
    }


def _mine(request: Request, member: Member) -> StoredCredential:
    """The credential of the path, if it is this person's."""
    for stored in signin_of(request).parts.credentials(member.user_id):
        if stored.credential.id == request.matchdict["credential"]:
            return stored
    raise HTTPNotFound


def _added(request: Request, added: Added, next_url: str) -> Response:
    """On to where the person was led away from; where more is asked, they are led here again."""
    stored = added.credential
    # Translators: ${label} is the name that somebody gave to a factor, such as a passkey or an app.
    text = _("“${label}” was added.", label=stored.credential.label)
    response = _back(request, text)
    if next_url:
        # Where they go, nothing says so any more.
        runtime, owner = runtime_of(request), stored.credential.user_id
        credentials = runtime.signin.parts.credentials(owner)
        if stored.second and shut_out(runtime.plugins.factors.values(), credentials):
            # Translators: ${label} is the name that somebody gave to a factor; it: this factor.
            # “Security” is a page.
            text = _(
                "“${label}” was added. If you lost it, you would be shut out: go to Security, and "
                "add a way to get back in too.",
                label=stored.credential.label,
            )
        response = urls.see_other(request, next_url)
        notice(request, response, text)
    set_cookie(request, response, SESSION, added.cookie)
    return response


def _back(request: Request, text: Text, changed: StoredCredential | None = None) -> Response:
    """To the list; a factor whose credential was changed may then speak to the browser."""
    response = urls.see_other(request, urls.path(request, "ostiary_security"))
    notice(request, response, text)
    if changed is not None:
        known = changed.credential
        leave_changed(request, response, known.user_id, changed.name, known.public)
    return response


def control(factor: Factor, credentials: tuple[StoredCredential, ...]) -> Text:
    """The words of the control that adds the factor."""
    if replaces(factor, credentials):
        # Translators: a button or a link. ${factor} is a title such as Authenticator app or
        # Password.
        return factor.change or _("Replace: ${factor}", factor=factor.title)
    return factor.add or _("Add: ${factor}", factor=factor.title)


def _is_way_in(stored: StoredCredential) -> bool:
    return stored.part == "factor" and stored.first and not stored.recovery


def _shown(request: Request, stored: StoredCredential, among: Sequence[StoredCredential]) -> Shown:
    """A credential in words; one whose plugin is away, or that is broken, from its row."""
    factor = runtime_of(request).plugins.factors.get(stored.name) if not stored.broken else None
    title = stored.title if factor is None else factor.title
    lines: tuple[Text, ...] = ()
    if factor is not None:
        try:
            said = runtime_of(request).runner.ask(factor.name, factor.describe, stored.credential)
        except Fault:
            said = ()
        if isinstance(said, tuple) and all(isinstance(line, Text) for line in said):
            lines = said
    return Shown(
        id=stored.credential.id,
        kind=None if stored.credential.label in {str(title), say(title)} else title,
        label=stored.credential.label,
        lines=lines,
        created_at=stored.created_at,
        used_at=stored.used_at,
        available=factor is not None,
        removable=not _is_way_in(stored) or sum(map(_is_way_in, among)) > 1,
    )
