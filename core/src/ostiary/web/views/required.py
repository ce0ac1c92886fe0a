"""The page that limited sessions are led to: what is asked of them, why, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyramid.request import Request

from ostiary.accounts import Limit, StoredCredential
from ostiary.contracts import Factor
from ostiary.signin import Member, acting
from ostiary.signin.policy import TWO, is_protected, lasting, lasting_kinds
from ostiary.web import urls
from ostiary.web.mount import runtime_of
from ostiary.web.security import caller_of
from ostiary.web.views import steps
from ostiary.web.views.security import Addition, control
from ostiary.web.views.steps import Steps
from ostiary.web.views.visiting import Answered, signed_in, signin_of, stepped_up


@signed_in
def required(request: Request, member: Member) -> Answered:
    """Add a factor first; whoever has done so elsewhere proves it here, and goes on."""
    wanted = request.GET.get("next")
    to = urls.safe_next(request, wanted, urls.path(request, "ostiary_account"))
    credentials = signin_of(request).parts.credentials(member.user_id)
    protected = is_protected(credentials)
    if member.limit is Limit.ENROL and (protected or not _is_due(request)):
        proved = replace(member, proofs=lasting(member.proofs))
        detour = stepped_up(request, proved, (TWO,), request.path_qs) if protected else None
        if detour is not None:
            return detour
        _let_go_on(request, member)
        return urls.see_other(request, to)
    if member.limit is None and protected:
        return urls.see_other(request, to)
    had = frozenset() if member.limit is Limit.RECOVERY else lasting_kinds(credentials)

    def helps(factor: Factor) -> bool:
        properties = factor.properties
        if properties.recovery or any(c.name == factor.name for c in credentials):
            return not properties.recovery and properties.most > 1
        return member.limit is Limit.RECOVERY or len(had | properties.strength.kinds) > 1

    recovering = member.limit is Limit.RECOVERY
    liftable = recovering and len(lasting_kinds(credentials)) > 1
    return {
        "liftable": liftable,
        "steps": _steps(member, credentials, liftable=liftable) if recovering else None,
        "limit": None if member.limit is None else member.limit.value,
        "admin": _is_privileged(request),
        "additions": [
            Addition(factor.name, control(factor, credentials))
            for factor in runtime_of(request).plugins.factors.values()
            if helps(factor)
        ],
        "next": to if wanted else None,
    }


def _steps(
    member: Member, credentials: Sequence[StoredCredential], *, liftable: bool
) -> Steps | None:
    """None where only the person knows whether they lost one of the ways that are there."""
    lasting = {each.credential.id for each in credentials if not each.recovery}
    # What is enrolled in such a session is proved with a mark of recovery.
    added = any(proof.recovery and proof.credential in lasting for proof in member.proofs)
    if liftable and not added:
        return None
    return steps.recovering(2 if liftable else 1)


def _is_privileged(request: Request) -> bool:
    caller = caller_of(request)
    return caller is not None and caller.user.privileged


def _is_due(request: Request) -> bool:
    caller, parts = caller_of(request), signin_of(request).parts
    return caller is not None and parts.requiring.due(caller.user, parts.now())


def _let_go_on(request: Request, member: Member) -> None:
    """Their second factor came in another session, or is asked for no more."""
    parts = signin_of(request).parts
    user = parts.user(member.user_id)
    with parts.store.write() as unit:
        lifted = parts.requiring.lift(unit, member.session_hash, parts.now())
        released = user is not None and parts.requiring.release(unit, user, parts.now())
        if lifted or released:
            parts.recorder.record(unit, "session.unlimited", acting(member), subject=member.user_id)
