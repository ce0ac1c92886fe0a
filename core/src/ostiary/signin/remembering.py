"""Browsers that stand in for the second proof of a sign-in, because their owner asked for it.

One stands in at a sign-in only, for what policy asks of every account with a second factor, and
beside a proof that was given just now: never at a step-up, never for who is privileged, never
where a guard asks for more, never beside a mailed link or a recovery code. It proves nothing:
the session keeps what was proved, so that a view that asks for two proofs still does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ostiary.accounts import StoredCredential
from ostiary.audit import Who
from ostiary.contracts import Factor, Proof, Purpose, User
from ostiary.signin import letters
from ostiary.signin.parts import Parts
from ostiary.signin.policy import TWO, is_protected, sign_in_needs, unmet
from ostiary.signin.values import Flow, Visitor
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


def may(
    parts: Parts, user: User, credentials: Sequence[StoredCredential], proofs: Sequence[Proof]
) -> bool:
    """Whether a browser may be remembered after these proofs, or stand in beside them."""
    sound = all(proof.credential is not None and not proof.recovery for proof in proofs)
    allowed = parts.remembered is not None and not user.privileged
    return allowed and sound and is_protected(credentials)


def stands_in(
    parts: Parts,
    user: User,
    credentials: Sequence[StoredCredential],
    proofs: Sequence[Proof],
    visitor: Visitor,
) -> bool:
    """Whether this browser stands in for what these proofs leave open."""
    if not proofs or not may(parts, user, credentials, proofs):
        return False
    return parts.devices.remembered(parts.store.readers, visitor.device, user.id, parts.now())


def still_stands_in(
    parts: Parts,
    unit: Unit,
    user: User,
    credentials: Sequence[StoredCredential],
    proofs: Sequence[Proof],
    visitor: Visitor,
) -> bool | None:
    """The same for the unit that opens the session; None where nobody need stand in.

    A factor may have been added meanwhile, or the browser revoked: ``credentials`` are those
    that the unit sees.
    """
    if not unmet(sign_in_needs(credentials), proofs, parts.now()):
        return None
    if not may(parts, user, credentials, proofs):
        return False
    return parts.devices.stand_in(unit, visitor.device, user.id, parts.now())


def offered(
    parts: Parts, flow: Flow, user: User, credentials: Sequence[StoredCredential], factor: Factor
) -> timedelta | None:
    """For how long the browser could be remembered if this factor's answer is the last one."""
    if flow.purpose is not Purpose.SIGN_IN or factor.properties.recovery:
        return None
    now = parts.now()
    proofs = [*flow.proofs, Proof(factor.name, "", factor.properties.strength, now)]
    last = not unmet((*sign_in_needs(credentials), *flow.needs), proofs, now)
    return parts.remembered if last and may(parts, user, credentials, proofs) else None


def remember(
    parts: Parts,
    unit: Unit,
    who: Who,
    user: User,
    proofs: Sequence[Proof],
    visitor: Visitor,
    token: str,
) -> None:
    """Remember the browser, if that was asked for and two kinds were proved just now."""
    lifetime = parts.remembered
    if not visitor.remember or lifetime is None or not TWO.met_by(proofs, parts.now()):
        return
    if not may(parts, user, parts.rows.of_user(unit, user.id), proofs):
        return
    until = parts.now() + lifetime
    parts.devices.remember(unit, token, user.id, until)
    parts.recorder.record(
        unit,
        "device.remembered",
        who,
        subject=user.id,
        details={"until": until.isoformat(timespec="seconds")},
    )
    parts.mail(unit, user, letters.browser_trusted(until), visitor)


def forget(
    parts: Parts, unit: Unit, who: Who, user_id: str, reason: str, device_id: str | None = None
) -> int:
    """Remember no browser of an account any longer, since something of it changed.

    Call it in the unit of every change of a password or factor, and where somebody is made
    an admin.

    Args:
        parts: the rooms.
        unit: the act.
        who: who acts.
        user_id: whose browsers.
        reason: why, for the record: ``factor-changed``, ``owner``, ``admin``.
        device_id: the one browser that is meant; without it, all of them.

    Returns:
        how many were remembered.
    """
    count = parts.devices.revoke(unit, user_id, parts.now(), device_id)
    if count:
        parts.recorder.record(
            unit, "device.forgotten", who, subject=user_id, reason=reason, details={"count": count}
        )
    return count
