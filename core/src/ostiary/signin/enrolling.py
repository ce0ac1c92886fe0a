"""Adding factors to an account."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ostiary.accounts import (
    LabelRefused,
    Limit,
    LookupTaken,
    Session,
    StoredCredential,
    TooMany,
)
from ostiary.accounts.credentials import lock_credentials
from ostiary.accounts.tokens import new_token
from ostiary.contracts import (
    JSON,
    Assurance,
    Ceremony,
    Challenge,
    Enrolled,
    Factor,
    Outcome,
    Pending,
    Proof,
    Purpose,
    Refused,
    User,
)
from ostiary.signin import letters, words
from ostiary.signin.acts import act
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.changing import after_change, named
from ostiary.signin.checks import claimed
from ostiary.signin.guarding import judge_chosen
from ostiary.signin.parts import Parts, acting, picked, said_no
from ostiary.signin.policy import change_needs, replaces
from ostiary.signin.runner import Fault
from ostiary.signin.values import Answer, Asked, Denied, Member, Waiting
from ostiary.signin.ways import Ways
from ostiary.store import Unit
from ostiary.text import say


class Limited(Exception):
    """The session may only add factors, as it is now."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.value)
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Added:
    """A factor was added; the session goes on under a new cookie."""

    cookie: str
    credential: StoredCredential


@dataclass(frozen=True, slots=True)
class AtOnce:
    """The factor asks nothing: a button is all that is needed."""


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Enrolments by whoever is signed in."""

    parts: Parts
    ways: Ways

    def needs(self, member: Member) -> tuple[Assurance, ...]:
        """What a change of factors asks for (ASVS 5.0, 7.5.1)."""
        return change_needs(self.parts.credentials(member.user_id), self.parts.fresh)

    def begin(
        self, member: Member, factor: Factor, *, again: bool = False
    ) -> Asked | AtOnce | Denied:
        """Ask what adding the factor needs; what was asked before is asked again as it was."""
        parts = self.parts
        if member.limit is not None and replaces(factor, parts.credentials(member.user_id)):
            return words.limited(member.limit)
        if not again:
            with parts.store.read() as connection:
                current = parts.challenges.current(
                    connection, member.session_hash, Purpose.ENROL, factor.name
                )
            if current is not None:
                return current
        said = self._begun(member, factor, handle := new_token())
        if isinstance(said, Denied):
            return said
        if isinstance(said, Enrolled):
            return AtOnce()
        return self._put(member, factor, said, handle)

    def at_once(self, member: Member, factor: Factor, label: str) -> Added | Denied:
        """Add a factor that asks nothing."""
        said = self._begun(member, factor, new_token())
        if isinstance(said, Denied):
            return said
        if not isinstance(said, Enrolled):
            return words.expired()
        return self._store(member, factor, said, None, label)

    def finish(
        self, member: Member, handle: str, submitted: Answer, label: str
    ) -> Added | Asked | Waiting | Denied:
        """Judge the answer to an enrolment, and store what comes of it."""
        parts = self.parts
        with parts.store.read() as connection:
            asked = parts.challenges.load(connection, handle, member.session_hash, Purpose.ENROL)
        factor = None if asked is None else parts.factors.get(asked.factor)
        if asked is None or factor is None:
            return words.expired()
        answer = picked(asked.challenge, submitted)
        if isinstance(answer, Denied):
            return answer
        with parts.store.write() as unit:
            taken = parts.challenges.take_try(unit, handle)
        if not taken:
            return self._refuse(member, factor, words.no_tries_left())
        try:
            situation = self._situation(member, factor)
            said = parts.asker.finish_enrolment(factor, situation, asked, answer)
        except Fault as fault:
            return self._refuse(member, factor, replace(words.fault(), reason=fault.reason))
        if isinstance(said, Pending):
            return Waiting()
        if isinstance(said, Refused):
            return self._refuse(member, factor, said_no(said, asked))
        if isinstance(said, Challenge):
            with parts.store.write() as unit:
                if not parts.challenges.remove(unit, handle):
                    return words.expired()
            return self._put(member, factor, said, new_token())
        return self._store(member, factor, said, asked, label)

    def changed(self, member: Member, factor_name: str, public: JSON) -> Ceremony | None:
        """What the browser should be told after a rename or a removal; of no consequence here."""
        factor = self.parts.factors.get(factor_name)
        if factor is None:
            return None
        try:
            return self.parts.asker.changed(factor, self._situation(member, factor), public)
        except Fault:
            return None

    def _begun(self, member: Member, factor: Factor, handle: str) -> Challenge | Enrolled | Denied:
        try:
            said = self.parts.asker.begin(
                factor, Purpose.ENROL, self._situation(member, factor), handle
            )
        except Fault as fault:
            return self._refuse(member, factor, replace(words.fault(), reason=fault.reason))
        if isinstance(said, Refused):
            return Denied(said.reason, said.text, said.field, over=True)
        return said

    def _put(
        self, member: Member, factor: Factor, challenge: Challenge, handle: str
    ) -> Asked | Denied:
        user = self.parts.user(member.user_id)
        return self.ways.put(
            member.visitor,
            member.session_hash,
            Purpose.ENROL,
            factor,
            challenge,
            handle,
            user,
            self._situation(member, factor),
        )

    def _store(
        self, member: Member, factor: Factor, enrolled: Enrolled, asked: Asked | None, label: str
    ) -> Added | Denied:
        """Everything that an enrolment changes, in one transaction, or nothing."""
        parts = self.parts
        user = parts.directory.get(member.user_id)
        if user is None:
            return words.closed()
        denied = judge_chosen(parts, user, factor, enrolled, asked)
        if denied is not None:
            return self._refuse(member, factor, denied)

        def store(unit: Unit, session: Session) -> Added | Denied:
            if asked is not None and not parts.challenges.remove(unit, asked.handle):
                return words.expired()
            return self._stored(unit, member, session, user, factor, enrolled, label)

        try:
            return act(
                parts,
                member,
                store,
                # In the order in which whoever deletes the account takes them.
                lock=lambda unit: lock_credentials(unit, user.id),
                limited=True,
            )
        except Limited as limited:
            return self._refuse(member, factor, words.limited(limited.limit))
        except TooMany:
            return words.too_many_credentials(factor.properties.most)
        except LookupTaken:
            return self._refuse(member, factor, words.enrolled_elsewhere())
        except LabelRefused as refused:
            return Denied("label", refused.text, "label", status=400)

    def _stored(
        self,
        unit: Unit,
        member: Member,
        session: Session,
        user: User,
        factor: Factor,
        enrolled: Enrolled,
        label: str,
    ) -> Added:
        parts = self.parts
        replaced = self._replaced(unit, user, factor)
        if replaced and session.limit is not None:
            raise Limited(session.limit)  # That is more than adding.
        stored = parts.rows.insert(
            unit,
            "factor",
            factor.name,
            factor.title,
            factor.properties,
            user.id,
            enrolled,
            label.strip() or say(enrolled.label),
            parts.now(),
        )
        if replaced or factor.properties.ends_sessions:
            parts.flows.end_all(unit, user.id)
        ended = sum(
            parts.sessions.end_proved_by(unit, session, old, parts.now()) for old in replaced
        )
        proof = Proof(
            factor.name,
            stored.credential.id,
            claimed(factor.properties, enrolled.strength),
            parts.now(),
            # Never lifts a limit: what came by recovery stays so.
            recovery=factor.properties.recovery or session.limit is Limit.RECOVERY,
        )
        cookie = parts.sessions.add_proofs(unit, session, [proof])
        parts.requiring.lift(unit, hash_token(cookie), parts.now())
        parts.recorder.record(
            unit,
            "factor.changed" if replaced else "factor.added",
            acting(member),
            subject=user.id,
            details={"factor": factor.name, "label": stored.credential.label},
        )
        letter = letters.factor_changed if replaced else letters.factor_added
        parts.mail(unit, user, letter(named(stored)), member.visitor)
        after = replace(member, session_hash=hash_token(cookie))
        after_change(parts, unit, after, factor.name, ended)
        return Added(cookie, stored)

    def _replaced(self, unit: Unit, user: User, factor: Factor) -> tuple[str, ...]:
        """What a new one takes the place of; the broken ones too."""
        if factor.properties.most > 1:
            return ()
        mine = self.parts.rows.of_user(unit, user.id)
        return tuple(each.credential.id for each in mine if each.name == factor.name)

    def _situation(self, member: Member, factor: Factor) -> Situation:
        user = self.parts.directory.get(member.user_id)
        if user is None:
            raise Fault(factor.name, "no-user")
        return self.ways.about(member.visitor, factor, user)

    def _refuse(self, member: Member, factor: Factor, denied: Denied) -> Denied:
        self.parts.recorder.record_alone(
            "factor.refused",
            acting(member),
            subject=member.user_id,
            outcome=Outcome.REFUSED,
            reason=denied.reason,
            details={"factor": factor.name},
        )
        return denied
