"""The one place where a session is opened: whatever the path, the guards are asked here."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from ostiary.accounts import Limit
from ostiary.audit import Who
from ostiary.contracts import (
    Actor,
    Assurance,
    Attempt,
    Outcome,
    Proof,
    Purpose,
    Refused,
    Text,
    User,
)
from ostiary.signin import words
from ostiary.signin.challenges import hash_token
from ostiary.signin.parts import Parts, anonymous
from ostiary.signin.policy import reachable, sign_in_needs, unmet, usable
from ostiary.signin.runner import Fault
from ostiary.signin.values import Denied, SignedIn, Visitor
from ostiary.store import Unit


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
        if purpose is not Purpose.STEP_UP:
            needs = (*sign_in_needs(credentials), *needs)
        if not unmet(needs, proofs, now):
            asked = self._ask_guards(user, purpose, visitor)
            if isinstance(asked, Denied):
                return asked
            needs = (*needs, *asked)
        missing = unmet(needs, proofs, now)
        ways = usable(self.parts.factors, credentials, purpose)
        if missing and not reachable(ways, needs, proofs, now):
            return words.unavailable()
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
        """A session for proofs that :meth:`lacking` found enough (ASVS 5.0, 7.2.4)."""
        parts = self.parts
        cookie = parts.sessions.open(
            unit,
            user.id,
            tuple(proofs),
            visitor.client,
            limit=Limit.RECOVERY if any(proof.recovery for proof in proofs) else None,
            now=parts.now(),
        )
        device = parts.devices.remember(unit, visitor.device, user.id, visitor.client, parts.now())
        actor = Actor("user", user.id, "session", session=hash_token(cookie))
        who = Who(actor, visitor.client, visitor.request, tuple(proofs))
        parts.recorder.record(unit, "sign-in.done", who, subject=user.id)
        return SignedIn(cookie, user.id, next_url, device, notice)

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

    def _ask_guards(
        self, user: User, purpose: Purpose, visitor: Visitor
    ) -> tuple[Assurance, ...] | Denied:
        known = self.parts.knows(visitor, user.id)
        attempt = Attempt(user, purpose, "session", visitor.client, known)
        more: list[Assurance] = []
        for guard in self.parts.guards:
            try:
                said = self.parts.runner.ask(guard.name, guard.check_attempt, deepcopy(attempt))
                if said is not None and type(said) not in (Assurance, Refused):
                    raise self.parts.runner.refuse(guard.name, said, "None, Assurance, Refused")
            except Fault as fault:
                return replace(words.fault(), reason=fault.reason)
            if isinstance(said, Refused):
                return Denied(said.reason, said.text, said.field, over=True)
            if said is not None:
                more.append(said)
        return tuple(more)
