"""Judging answers: charged before they are asked about, accepted in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ostiary.accounts import StoredCredential
from ostiary.accounts.tokens import new_token
from ostiary.contracts import (
    Assurance,
    Challenge,
    Credential,
    Factor,
    First,
    Mail,
    Pending,
    Proof,
    Purpose,
    Refused,
    User,
    Verified,
    Wait,
)
from ostiary.contracts import (
    Outcome as EventOutcome,
)
from ostiary.signin import words
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.checks import claimed
from ostiary.signin.opening import Opening
from ostiary.signin.parts import Parts, acting, anonymous, picked, said_no
from ostiary.signin.runner import Fault
from ostiary.signin.values import (
    Answer,
    Asked,
    Denied,
    Flow,
    Further,
    Member,
    Outcome,
    SignedIn,
    Visitor,
    Waiting,
)
from ostiary.signin.ways import Ways
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

RUNS = 3


class _Lost(Exception):
    """Somebody was faster: the challenge, the form or the flow was used up meanwhile."""


class _Raced(Exception):
    """The credential's row is not as the factor saw it: it must be asked again."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The way in, from the first answer to the session."""

    parts: Parts
    ways: Ways
    opening: Opening

    # The first proof.

    def first(
        self, visitor: Visitor, token: str, typed: str, submitted: Answer, next_url: str
    ) -> Outcome:
        """Judge what the sign-in page sent: a name where one is needed, and the answer."""
        parts = self.parts
        asked = parts.challenges.unseal(token, hash_token(visitor.browser), Purpose.SIGN_IN)
        factor = None if asked is None else parts.factors.get(asked.factor)
        if asked is None or factor is None:
            return words.expired()
        named = factor.properties.first is First.AFTER_NAME
        if named and not typed.strip():
            return words.empty("name", _("User name or email address"))
        answer = picked(asked.challenge, submitted)
        if isinstance(answer, Denied):
            return answer
        user = parts.directory.named(typed) if named else None
        if not self._charge_first(visitor, typed if named else None, user):
            return self.opening.refuse(visitor, _id(user), words.too_many(), factor.name)
        if not self._spend_early(asked):
            return words.expired()
        flow = Flow("", Purpose.SIGN_IN, None, None, (), (), next_url, asked.expires_at)
        return self._judge(visitor, flow, asked, factor, answer, user)

    def begin(self, visitor: Visitor, factor_name: str, typed: str, next_url: str) -> Outcome:
        """Begin with a factor that is not asked on the sign-in page itself.

        An unknown name goes the same way, with the factor's decoy, and nothing is sent.
        """
        parts = self.parts
        factor = parts.factors.get(factor_name)
        if factor is None or factor.properties.first is First.NO:
            return words.expired()
        named = factor.properties.first is First.AFTER_NAME
        if named and not typed.strip():
            return words.empty("name", _("User name or email address"))
        user = parts.directory.named(typed) if named else None
        if not self._charge_first(visitor, typed if named else None, user):
            return self.opening.refuse(visitor, _id(user), words.too_many(), factor.name)
        try:
            situation, recipient = self._typed(visitor, factor, user)
        except Fault:
            return words.fault()
        with parts.store.write() as unit:
            flow_token, flow = parts.flows.open(
                unit, Purpose.SIGN_IN, user_id=None, next_url=next_url
            )
        asked = self.ways.ask(visitor, flow, factor, recipient, situation)
        return asked if isinstance(asked, Denied) else Further(flow_token)

    # Further proofs, step-up included.

    def answer(
        self,
        visitor: Visitor,
        purpose: Purpose,
        handle: str,
        submitted: Answer,
        kind: type[Challenge] = Challenge,
    ) -> Outcome:
        """Judge the answer to a challenge, of this kind, of the flow that this browser is in."""
        parts = self.parts
        with parts.store.read() as connection:
            flow = parts.flows.load(connection, visitor, purpose)
            asked = (
                parts.challenges.load(connection, handle, flow.token_hash, purpose)
                if flow is not None
                else None
            )
        factor = None if asked is None else parts.factors.get(asked.factor)
        if flow is None or asked is None or factor is None:
            return words.expired()
        if not isinstance(asked.challenge, kind):
            return words.expired()
        answer = picked(asked.challenge, submitted)
        if isinstance(answer, Denied):
            return answer
        typed = parts.user(asked.user_id) if flow.user_id is None else None
        if not self._charge_further(visitor, flow, asked, typed):
            denied = words.too_many()
            return self.opening.refuse(visitor, asked.user_id, denied, factor.name)
        with parts.store.write() as unit:
            taken = parts.challenges.take_try(unit, handle)
        if not taken:
            denied = words.no_tries_left()
            return self.opening.refuse(visitor, asked.user_id, denied, factor.name)
        return self._judge(visitor, flow, asked, factor, answer, typed)

    def step_up(
        self, member: Member, needs: Sequence[Assurance], next_url: str
    ) -> Further | Denied:
        """Begin to prove more, for somebody who is signed in."""
        parts = self.parts
        user = parts.user(member.user_id)
        if user is None or not user.active:
            return words.closed()
        missing = self.opening.lacking(user, member.proofs, needs, Purpose.STEP_UP, member.visitor)
        if isinstance(missing, Denied):
            return missing
        with parts.store.write() as unit:
            token, _flow = parts.flows.open(
                unit,
                Purpose.STEP_UP,
                user_id=user.id,
                proofs=member.proofs,
                needs=needs,
                session_hash=member.session_hash,
                next_url=next_url,
            )
        return Further(token)

    # Judging.

    def _judge(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        answer: Answer,
        typed: User | None,
    ) -> Outcome:
        """Ask the factor, and again with the new row while somebody else changes it."""
        for _run in range(RUNS):
            try:
                situation, recipient = self._situation(visitor, flow, asked, factor, typed)
                said = self.parts.asker.answer(factor, situation, asked, answer)
            except Fault as fault:
                subject = flow.user_id or _id(typed)
                denied = replace(words.fault(), reason=fault.reason)
                return self.opening.refuse(visitor, subject, denied, factor.name)
            if isinstance(said, Pending):
                return Waiting()
            if isinstance(said, Refused):
                return self._refused(visitor, flow, asked, factor, said, recipient)
            if isinstance(said, Challenge):
                return self._further(visitor, flow, asked, factor, said, recipient, situation)
            try:
                return self._accept(visitor, flow, asked, factor, *said)
            except _Lost:
                return words.expired()
            except _Raced:
                continue
        return words.expired()

    def _situation(
        self, visitor: Visitor, flow: Flow, asked: Asked, factor: Factor, typed: User | None
    ) -> tuple[Situation, User | None]:
        user = self.parts.user(flow.user_id)
        if user is not None:
            return self.ways.about(visitor, factor, user), user
        if factor.properties.first is First.FINDS_USER:
            return Situation(visitor.client), None
        return self._typed(visitor, factor, typed)

    def _typed(
        self, visitor: Visitor, factor: Factor, user: User | None
    ) -> tuple[Situation, User | None]:
        """What a factor is told of a name that was typed: its credentials, and not whose.

        Raises:
            Fault: no credential, and the factor has no decoy to take its place.
        """
        if factor.properties.first is First.FINDS_USER:
            return Situation(visitor.client), None
        # The same work whether or not there is such an account.
        own = self.ways.own(factor, "" if user is None else user.id)
        decoy = self.parts.runner.ask(factor.name, factor.decoy)
        if type(decoy) is not Credential:
            raise self.parts.runner.refuse(factor.name, decoy, "a Credential as decoy")
        if user is not None and own:
            return Situation(visitor.client, None, user.id, own), user
        return Situation(visitor.client, None, "", (), decoy), None

    def _refused(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        refused: Refused,
        user: User | None,
    ) -> Denied:
        parts = self.parts
        details = {"factor": factor.name}
        kind = "step-up.refused" if flow.purpose is Purpose.STEP_UP else "sign-in.refused"
        with parts.store.write() as unit:
            parts.recorder.record(
                unit,
                kind,
                anonymous(visitor),
                subject=_id(user),
                outcome=EventOutcome.REFUSED,
                reason=refused.reason,
                details=details,
            )
            if refused.alarm and user is not None:
                parts.mail(unit, user, _alarm(factor, refused), visitor)
        if flow.user_id is None and factor.properties.first is First.AFTER_NAME:
            # Whatever was wrong, it must not be told apart from an unknown name.
            return words.wrong()
        return said_no(refused, asked)

    def _further(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        challenge: Challenge,
        user: User | None,
        situation: Situation,
    ) -> Outcome:
        """A further question before the yes, in the place of this one."""
        parts = self.parts
        token = visitor.flow or ""
        with parts.store.write() as unit:
            if not (
                parts.challenges.spend(unit, asked)
                if asked.sealed
                else parts.challenges.remove(unit, asked.handle)
            ):
                return words.expired()
            if asked.sealed:
                token, flow = parts.flows.open(
                    unit, Purpose.SIGN_IN, user_id=None, next_url=flow.next
                )
        put = self.ways.put(
            visitor,
            flow.token_hash,
            flow.purpose,
            factor,
            challenge,
            new_token(),
            user,
            situation,
        )
        return put if isinstance(put, Denied) else Further(token)

    # Accepting.

    def _accept(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        verified: Verified,
        stored: StoredCredential,
    ) -> Outcome:
        """Everything that a yes changes, in one transaction, or nothing.

        Raises:
            _Lost: the challenge was used up meanwhile.
            _Raced: the credential's row was changed meanwhile.
        """
        parts = self.parts
        user = parts.user(stored.credential.user_id)
        if user is None:
            return words.wrong()
        proof = Proof(
            factor=factor.name,
            credential=stored.credential.id,
            strength=claimed(factor.properties, verified.strength),
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
            self._use_up(unit, asked)
            if not parts.rows.accept(unit, stored, verified, parts.now()):
                raise _Raced
            if isinstance(missing, Denied):
                self._end_refused(unit, visitor, flow, user, missing, factor)
                return missing
            if missing:
                return self._go_on(unit, visitor, flow, user, proofs, missing)
            if flow.token_hash and not parts.flows.end(unit, flow):
                raise _Lost
            if flow.purpose is Purpose.STEP_UP:
                return self._stepped_up(unit, visitor, flow, user, proofs, verified)
            return self.opening.open(
                unit, user, proofs, visitor, next_url=flow.next, notice=verified.notice
            )

    def _use_up(self, unit: Unit, asked: Asked) -> None:
        challenges = self.parts.challenges
        if asked.sealed and type(asked.challenge).tries == 1:
            return  # Spent before the factor was asked.
        gone = (
            challenges.spend(unit, asked) if asked.sealed else challenges.remove(unit, asked.handle)
        )
        if not gone:
            raise _Lost

    def _go_on(
        self,
        unit: Unit,
        visitor: Visitor,
        flow: Flow,
        user: User,
        proofs: Sequence[Proof],
        missing: Sequence[Assurance],
    ) -> Further:
        parts = self.parts
        needs = flow.needs if flow.purpose is Purpose.STEP_UP else (*flow.needs, *missing)
        if not flow.token_hash:
            token, _flow = parts.flows.open(
                unit,
                flow.purpose,
                user_id=user.id,
                proofs=proofs,
                needs=needs,
                next_url=flow.next,
            )
            return Further(token)
        if not parts.flows.advance(unit, flow, user.id, proofs, needs):
            raise _Lost
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
            raise _Lost
        new = [proof for proof in proofs if proof not in session.proofs]
        cookie = parts.sessions.add_proofs(unit, session, new)
        member = Member(user.id, hash_token(cookie), tuple(proofs), visitor)
        parts.recorder.record(unit, "step-up.done", acting(member), subject=user.id)
        return SignedIn(cookie, user.id, flow.next, None, verified.notice)

    def _end_refused(
        self, unit: Unit, visitor: Visitor, flow: Flow, user: User, denied: Denied, factor: Factor
    ) -> None:
        if flow.token_hash:
            self.parts.flows.end(unit, flow)
        self.parts.recorder.record(
            unit,
            "sign-in.refused",
            anonymous(visitor),
            subject=user.id,
            outcome=EventOutcome.REFUSED,
            reason=denied.reason,
            details={"factor": factor.name},
        )

    # Charging.

    def _charge_first(self, visitor: Visitor, typed: str | None, user: User | None) -> bool:
        """Charge for a first proof, for unknown names alike."""
        parts = self.parts
        roomy = parts.budgets.charge("client", visitor.client.address or "unknown")
        if typed is None:
            return roomy
        if user is not None:
            return parts.charge("known_device", "stranger", visitor, user.id) and roomy
        return parts.budgets.charge("stranger", "name", typed.strip().casefold()) and roomy

    def _charge_further(
        self, visitor: Visitor, flow: Flow, asked: Asked, typed: User | None
    ) -> bool:
        if isinstance(asked.challenge, Wait):
            return True  # Charged when it was asked.
        if flow.user_id is not None:
            return self.parts.charge("second_factor", "second_factor", visitor, flow.user_id)
        return self._charge_first(visitor, asked.handle, typed)

    def _spend_early(self, asked: Asked) -> bool:
        """Use up a sealed challenge that has one try, before anybody is asked about it."""
        parts = self.parts
        if type(asked.challenge).tries > 1:
            with parts.store.read() as connection:
                return not parts.challenges.is_spent(connection, asked)
        with parts.store.write() as unit:
            return parts.challenges.spend(unit, asked)


def _id(user: User | None) -> str | None:
    return None if user is None else user.id


def _alarm(factor: Factor, refused: Refused) -> Mail:
    """What the owner is told when an answer looks like somebody else's."""
    return Mail(
        subject=_("A suspicious attempt to sign in to your account"),
        lines=(
            _("Somebody answered with your ${factor}, and it was refused:", factor=factor.title),
            refused.text,
        ),
    )
