"""What a yes changes: everything in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ostiary.accounts import SessionEnded, StoredCredential
from ostiary.contracts import Assurance, Factor, Proof, Purpose, User, Verified
from ostiary.signin import letters, words
from ostiary.signin.challenges import hash_token
from ostiary.signin.checks import claimed
from ostiary.signin.lifting import lift
from ostiary.signin.opening import NotEnough, Opening, is_welcome
from ostiary.signin.parts import Parts, acting, anonymous, record_refusal
from ostiary.signin.values import (
    Asked,
    Denied,
    Flow,
    Further,
    Member,
    Outcome,
    SignedIn,
    Visitor,
)
from ostiary.store import Unit


class Lost(Exception):
    """Somebody was faster: the challenge, the form or the flow was used up meanwhile."""


class Raced(Exception):
    """The credential's row, or what the account asks for, is not as it was: ask again."""


@dataclass(frozen=True, slots=True)
class Accepting:
    """Uses the challenge up, raises the mark, and opens a session or goes on."""

    parts: Parts
    opening: Opening

    def accept(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        verified: Verified,
        stored: StoredCredential,
    ) -> Outcome:
        """Make what follows from a yes.

        Raises:
            Lost: the challenge was used up meanwhile.
            Raced: the credential's row was changed meanwhile.
        """
        parts = self.parts
        user = parts.user(stored.credential.user_id)
        # A credential that was enrolled as no way in opens none, whatever its factor asked.
        barred = flow.user_id is None and not stored.first
        if user is None or flow.user_id not in (None, user.id) or barred:
            return parts.refuse(visitor, flow.purpose, flow.user_id, words.wrong(), factor)
        proof = Proof(
            factor=factor.name,
            credential=stored.credential.id,
            # Nor more than it was enrolled with: a key that gets a PIN later may have a new holder.
            strength=claimed(factor.properties, verified.strength).cut_to(stored.strength),
            at=parts.now(),
            recovery=factor.properties.recovery,
        )
        proofs = (*flow.proofs, proof)
        missing = (
            self.opening.lacking(user, proofs, flow.needs, flow.purpose, visitor)
            if user.active
            else words.closed()
        )
        with parts.store.write() as unit:
            if not missing and not is_welcome(parts, unit, user):
                raise Raced
            self._use_up(unit, asked)
            self._take(unit, visitor, user, factor, verified, stored)
            if isinstance(missing, Denied):
                if flow.token_hash:
                    parts.flows.end(unit, flow)
                record_refusal(parts, unit, visitor, flow.purpose, user.id, missing, factor)
                return missing
            if missing:
                self._record_proved(unit, visitor, flow, user, proofs)
                return self._go_on(unit, visitor, flow, user, proofs, missing)
            if flow.resets is not None:
                # No session is opened before the lost factor was enrolled anew.
                return replace(self._go_on(unit, visitor, flow, user, proofs, ()), renew=True)
            if flow.token_hash and not parts.flows.end(unit, flow):
                raise Lost
            if flow.purpose is Purpose.STEP_UP:
                return self._stepped_up(unit, visitor, flow, user, proofs, verified)
            return self._opened(unit, visitor, flow, user, proofs, verified)

    def _opened(
        self,
        unit: Unit,
        visitor: Visitor,
        flow: Flow,
        user: User,
        proofs: Sequence[Proof],
        verified: Verified,
    ) -> SignedIn:
        try:
            return self.opening.open(
                unit, user, proofs, visitor, next_url=flow.next, notice=verified.notice
            )
        except NotEnough:
            # Judged again, with what the account asks for now.
            raise Raced from None

    def _use_up(self, unit: Unit, asked: Asked) -> None:
        challenges = self.parts.challenges
        if asked.sealed and type(asked.challenge).tries == 1:
            return  # Spent before the factor was asked.
        gone = (
            challenges.spend(unit, asked) if asked.sealed else challenges.remove(unit, asked.handle)
        )
        if not gone:
            raise Lost

    def _take(
        self,
        unit: Unit,
        visitor: Visitor,
        user: User,
        factor: Factor,
        verified: Verified,
        stored: StoredCredential,
    ) -> None:
        """Change the credential as the factor says; its owner is told where it is for recovery."""
        parts = self.parts
        if not parts.rows.accept(unit, stored, verified, parts.now()):
            raise Raced
        if factor.properties.recovery:
            # Whatever comes of it: it may have been a thief.
            details = {"factor": factor.name}
            parts.recorder.record(
                unit, "recovery.used", anonymous(visitor), subject=user.id, details=details
            )
            parts.mail(unit, user, letters.recovery_used(factor.title), visitor)

    def _record_proved(
        self, unit: Unit, visitor: Visitor, flow: Flow, user: User, proofs: Sequence[Proof]
    ) -> None:
        """Leave a trace also of who has a stolen password, and stops at the next question."""
        if flow.purpose is Purpose.SIGN_IN:
            who = replace(anonymous(visitor), proofs=tuple(proofs))
            details = {"factor": proofs[-1].factor}
            self.parts.recorder.record(
                unit, "sign-in.proved", who, subject=user.id, details=details
            )

    def _go_on(
        self,
        unit: Unit,
        visitor: Visitor,
        flow: Flow,
        user: User,
        proofs: Sequence[Proof],
        missing: Sequence[Assurance],
    ) -> Further:
        """Keep the proof, and what a guard may have asked for on top."""
        parts = self.parts
        needs = (*flow.needs, *(need for need in missing if need not in flow.needs))
        if not flow.token_hash:
            token, _flow = parts.flows.open(
                unit,
                visitor,
                flow.purpose,
                user_id=user.id,
                proofs=proofs,
                needs=needs,
                next_url=flow.next,
            )
            return Further(token)
        if not parts.flows.advance(unit, flow, user.id, proofs, needs):
            raise Lost
        return Further(visitor.flow or "")

    def _stepped_up(
        self,
        unit: Unit,
        visitor: Visitor,
        flow: Flow,
        user: User,
        proofs: Sequence[Proof],
        verified: Verified,
    ) -> SignedIn:
        parts = self.parts
        session = parts.sessions.by_hash(unit, flow.session_hash or "", parts.now())
        if session is None:
            raise Lost
        new = [proof for proof in proofs if proof not in session.proofs]
        try:
            cookie = parts.sessions.add_proofs(unit, session, new)
        except SessionEnded:
            # Another step-up, of another tab, has just rotated it.
            raise Lost from None
        parts.challenges.move(unit, session.id_hash, hash_token(cookie))
        parts.requiring.lift(unit, hash_token(cookie), parts.now())
        member = Member(user.id, hash_token(cookie), tuple(proofs), visitor)
        lift(parts, unit, acting(member), user, session, new, visitor)
        parts.recorder.record(unit, "step-up.done", acting(member), subject=user.id)
        return SignedIn(cookie, user.id, flow.next, None, verified.notice)
