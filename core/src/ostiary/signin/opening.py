"""The one place where a session is opened: whatever the path, the guards are asked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from ostiary.accounts import RegainState, StoredCredential
from ostiary.audit import Who
from ostiary.contracts import (
    Actor,
    Assurance,
    Outcome,
    Proof,
    Purpose,
    Text,
    User,
)
from ostiary.mail.spoken import keep_spoken
from ostiary.signin import lifting, lost_words, remembering, words
from ostiary.signin.guarding import judge_attempt
from ostiary.signin.parts import Parts, anonymous
from ostiary.signin.policy import promised, reachable, sign_in_needs, unmet, usable
from ostiary.signin.values import Denied, SignedIn, Visitor
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import users


class NotEnough(Exception):
    """What was proved is less than what the account asks for by now."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Decides whether proofs are enough, and opens the session that they are enough for."""

    parts: Parts

    def lacking(
        self,
        user: User,
        proofs: Sequence[Proof],
        needs: Sequence[Assurance],
        purpose: Purpose,
        visitor: Visitor,
    ) -> tuple[Assurance, ...] | Denied:
        """What is still asked for; empty when a session may be opened now.

        The guards are asked once the proofs are in, and may add to what is needed.
        """
        now = self.parts.now()
        credentials = self.parts.credentials(user.id)
        if purpose is Purpose.SIGN_IN and _gone(proofs, credentials):
            return words.expired()
        if purpose is not Purpose.STEP_UP:
            base = sign_in_needs(credentials)
            if purpose is Purpose.SIGN_IN and remembering.stands_in(
                self.parts, user, credentials, proofs, visitor
            ):
                base = (Assurance(),)
            needs = (*base, *needs)
        if not unmet(needs, proofs, now):
            if lifting.is_stopped(self.parts, user.id):
                return lost_words.stopped()
            asked = judge_attempt(self.parts, user, purpose, visitor)
            if isinstance(asked, Denied):
                return asked
            needs = (*needs, *asked)
        missing = unmet(needs, proofs, now)
        ways = usable(self.parts.factors, credentials, purpose)
        if missing and not reachable(ways, needs, proofs, now):
            short = unmet(needs, (*proofs, *promised(credentials, now)), now)
            # Whoever is not signed in yet cannot add anything.
            beyond = short and purpose is Purpose.STEP_UP
            return words.out_of_reach() if beyond else words.unavailable()
        return missing

    def open(
        self,
        unit: Unit,
        user: User,
        proofs: Sequence[Proof],
        visitor: Visitor,
        *,
        next_url: str,
        notice: Text | None = None,
    ) -> SignedIn:
        """A session for proofs that :meth:`lacking` found enough (ASVS 5.0, 7.2.4).

        Raises:
            NotEnough: they are not any more: a factor was added or removed meanwhile, or a
                browser that stood in for the second proof was revoked, or the account shut.
        """
        parts, session_id = self.parts, uuid7(self.parts.now())
        credentials = parts.rows.of_user(unit, user.id)
        if _gone(proofs, credentials) or not is_welcome(parts, unit, user):
            raise NotEnough
        stood_in = remembering.still_stands_in(parts, unit, user, credentials, proofs, visitor)
        if stood_in is False:
            raise NotEnough
        actor = Actor("user", user.id, "session", session=session_id)
        who = Who(actor, visitor.client, visitor.request, tuple(proofs))
        limit = lifting.limit_at_sign_in(parts, unit, who, user, proofs, visitor)
        limit = limit or parts.requiring.limit_for(unit, user, proofs, parts.now())
        if visitor.session is not None:
            parts.sessions.end(unit, visitor.session, user.id)
        cookie = parts.sessions.open(
            unit, user.id, tuple(proofs), visitor.client, limit, parts.now(), session_id
        )
        device = self._recorded(unit, who, user, visitor, stood_in=bool(stood_in))
        return SignedIn(cookie, user.id, next_url, device, notice, limit)

    def _recorded(
        self,
        unit: Unit,
        who: Who,
        user: User,
        visitor: Visitor,
        *,
        stood_in: bool,
    ) -> str:
        """Tell the trail, and the owner of what their account did not know; the device's token."""
        parts = self.parts
        device = self._device(unit, user, visitor, stood_in=stood_in)
        token = parts.devices.keep(unit, visitor.device, user.id, visitor.client, parts.now())
        details = {"device": device}
        parts.recorder.record(unit, "sign-in.done", who, subject=user.id, details=details)
        if device == "new":
            parts.mail(unit, user, words.mail_new_device(), visitor)
        keep_spoken(unit, user.id, first=device == "new")
        remembering.remember(parts, unit, who, user, who.proofs, visitor, token)
        return token

    def _device(self, unit: Unit, user: User, visitor: Visitor, *, stood_in: bool) -> str:
        """What the account knows of this browser."""
        if self.parts.devices.known(unit, visitor.device, user.id):
            return "remembered" if stood_in else "known"
        return "new" if self.parts.devices.any(unit, user.id) else "first"

    def refuse_registration(self, visitor: Visitor, denied: Denied) -> Denied:
        """Record a refused registration."""
        self.parts.recorder.record_alone(
            "user.registered",
            anonymous(visitor),
            subject=None,
            outcome=Outcome.REFUSED,
            reason=denied.reason,
        )
        return denied


def _gone(proofs: Sequence[Proof], credentials: Sequence[StoredCredential]) -> bool:
    """Whether anything was proved by a credential that is no more."""
    kept = {None, *(stored.credential.id for stored in credentials)}
    return any(proof.credential not in kept for proof in proofs)


_DISABLED_AT = (
    select(users.c.disabled_at)
    .where(users.c.id == bindparam("user_id_"))
    .with_for_update(read=True)
)


def is_welcome(parts: Parts, unit: Unit, user: User) -> bool:
    """Whether the account is neither disabled nor stopped, as it stays until the unit ends.

    Ask it before the unit changes anything: who disables the account waits for the row, and
    this then waits for nothing of theirs. Of a host's users the directory was asked before.
    """
    row = unit.first(_DISABLED_AT, user_id_=user.id)
    disabled = row is not None and row.disabled_at is not None
    return not disabled and parts.regains.standing(unit, user.id) is not RegainState.STOPPED


def let_nobody_in(unit: Unit, user_id: str) -> None:
    """Wait for whoever is just being let in, and keep everybody else waiting until the unit ends.

    Ask it before the unit changes anything, as :func:`is_welcome`.
    """
    unit.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
