"""What a reset of somebody's factors means for their sign-ins, and what makes it good.

After a reset, as after a sign-in by recovery, a session may only add factors, until two kinds
are *answered* in it, none of them by recovery or a mailed link (NIST SP 800-63B-4, section
4.2.2). To enrol a factor is not to answer: whoever came in by less could do that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ostiary.accounts import Limit, RegainState, Session
from ostiary.audit import Who
from ostiary.contracts import Proof, User
from ostiary.signin import lost_words
from ostiary.signin.parts import Parts
from ostiary.signin.values import Member, Visitor
from ostiary.store import Unit

_SETTLED = (RegainState.ASKED, RegainState.GRANTED, RegainState.RESET)


def answers(proofs: Sequence[Proof]) -> tuple[Proof, ...]:
    """The proofs that count: by a factor that was there before, and not for recovery."""
    return tuple(p for p in proofs if p.credential is not None and not p.recovery)


def sure(proofs: Sequence[Proof]) -> bool:
    """Whether two kinds were answered."""
    return len({kind for proof in answers(proofs) for kind in proof.strength.kinds}) > 1


def proving(member: Member) -> Member:
    """A limited member as a step-up must see them that is to lift the limit."""
    return replace(member, proofs=answers(member.proofs))


def limit_at_sign_in(
    parts: Parts, unit: Unit, who: Who, user: User, proofs: Sequence[Proof], visitor: Visitor
) -> Limit | None:
    """Limit a session that opens after a reset; one that is sure ends the reset instead.

    It ends a request for a reset too: whoever has both factors has not lost them.
    """
    if sure(proofs):
        settle(parts, unit, who, user, visitor)
        return None
    return Limit.RECOVERY if parts.regains.standing(unit, user.id) else None


def is_stopped(parts: Parts, user_id: str) -> bool:
    """Whether the owner stopped what followed a reset: nobody gets in before an admin acts."""
    return parts.regains.standing(parts.store.readers, user_id) is RegainState.STOPPED


def lift(
    parts: Parts,
    unit: Unit,
    who: Who,
    user: User,
    session: Session,
    new: Sequence[Proof],
    visitor: Visitor,
) -> bool:
    """Lift the limit of a session that has now answered two kinds; whether it did.

    Args:
        parts: the rooms.
        unit: the step-up.
        who: who acts.
        user: whose session.
        session: as it was before.
        new: what was answered in the step-up.
        visitor: the browser.
    """
    proofs = (*session.proofs, *new)
    if session.limit is not Limit.RECOVERY or not new or not sure(proofs):
        return False
    parts.sessions.lift(unit, session.id)
    settle(parts, unit, who, user, visitor)
    return True


def settle(parts: Parts, unit: Unit, who: Who, user: User, visitor: Visitor) -> None:
    """End what was asked, granted or carried out for an account, since its owner is sure."""
    for each in parts.regains.settle(unit, user.id, _SETTLED, parts.now()):
        if each.state is RegainState.RESET:
            parts.recorder.record(unit, "regain.lifted", who, subject=user.id)
        else:
            parts.recorder.record(unit, "regain.cancelled", who, subject=user.id, reason="sign-in")
            parts.mail(unit, user, lost_words.mail_regain_cancelled(), visitor)
