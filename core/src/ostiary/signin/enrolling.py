"""Adding, renaming and removing factors of an account."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from ostiary.accounts import (
    LabelRefused,
    LastFirstProof,
    Limit,
    LookupTaken,
    SessionEnded,
    StoredCredential,
    TooMany,
)
from ostiary.accounts.credentials import lock_credentials
from ostiary.accounts.tokens import new_token
from ostiary.contracts import (
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
    Text,
    User,
)
from ostiary.signin import letters, remembering, words
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.checks import claimed
from ostiary.signin.parts import Parts, acting, acting_session, picked, said_no
from ostiary.signin.policy import change_needs, has_second, is_protected, lasting_kinds
from ostiary.signin.runner import Fault
from ostiary.signin.values import Answer, Asked, Denied, Member, Waiting
from ostiary.signin.ways import Ways
from ostiary.store import Unit
from ostiary.text import say, translations

_, _n, _p, _np = translations("ostiary")


class LastKind(Exception):
    """What would be left is of one kind, with a second factor among it."""


class Limited(Exception):
    """The session may only add factors, as it is now."""

    def __init__(self, limit: Limit) -> None:
        super().__init__(limit.value)
        self.limit = limit


class LastSecond(Exception):
    """The person must have a second factor, and would have none."""


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
    """Changes of factors by whoever is signed in."""

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

    def rename(self, member: Member, credential_id: str, label: str) -> Denied | None:
        """Give a credential another name; also one whose plugin is away."""
        parts = self.parts
        user, stored = self._mine(member, credential_id)
        if stored is None:
            return words.gone()
        if member.limit is not None:
            return words.limited(member.limit)
        try:
            with parts.store.write() as unit:
                return self._renamed(unit, member, user, stored, label)
        except LabelRefused as refused:
            return Denied("label", refused.text, "label", status=400)
        except SessionEnded:
            return words.expired()

    def _renamed(
        self, unit: Unit, member: Member, user: User, stored: StoredCredential, label: str
    ) -> Denied | None:
        parts, old = self.parts, stored.credential
        session = acting_session(parts, unit, member)
        if session.limit is not None:
            return words.limited(session.limit)
        renamed = parts.rows.rename(unit, old.id, member.user_id, label)
        if renamed is None:
            return words.gone()
        parts.recorder.record(
            unit,
            "factor.renamed",
            acting(member),
            subject=member.user_id,
            details={"factor": stored.name},
            before={"label": old.label},
            after={"label": renamed},
        )
        parts.mail(unit, user, letters.factor_renamed(old.label, renamed), member.visitor)
        return None

    def remove(self, member: Member, credential_id: str) -> Denied | None:
        """Remove a credential; also one whose plugin is away, never the last first proof."""
        parts = self.parts
        user, stored = self._mine(member, credential_id)
        if stored is None:
            return words.gone()
        if member.limit is not None:
            return words.limited(member.limit)
        try:
            with parts.store.write() as unit:
                return self._removed(unit, member, user, stored)
        except LastFirstProof:
            return words.last_first_proof()
        except LastKind:
            return words.last_kind()
        except LastSecond:
            return words.last_second()
        except SessionEnded:
            return words.expired()

    def _removed(
        self, unit: Unit, member: Member, user: User, stored: StoredCredential
    ) -> Denied | None:
        """Also the sessions go that it opened, which may be a thief's (ASVS 5.0, 7.4.3)."""
        parts = self.parts
        session = acting_session(parts, unit, member)
        if session.limit is not None:
            return words.limited(session.limit)
        if not parts.rows.remove(unit, stored.credential.id, member.user_id):
            return words.gone()
        left = parts.rows.of_user(unit, member.user_id)
        if has_second(left) and len(lasting_kinds(left)) < len(lasting_kinds((*left, stored))):
            raise LastKind
        if is_protected((*left, stored)) and parts.requiring.lacks(unit, user, parts.now()):
            raise LastSecond
        parts.recorder.record(
            unit,
            "factor.removed",
            acting(member),
            subject=member.user_id,
            details={"factor": stored.name, "label": stored.credential.label},
        )
        parts.mail(unit, user, letters.factor_removed(named(stored)), member.visitor)
        parts.flows.end_all(unit, user.id)
        parts.sessions.drop_proofs(unit, session, stored.credential.id)
        ended = parts.sessions.end_proved_by(unit, session, stored.credential.id, parts.now())
        self._after_change(unit, member, stored.name, ended)
        return None

    def changed(self, member: Member, factor_name: str) -> Ceremony | None:
        """What the browser should be told after a rename or a removal; of no consequence here."""
        factor = self.parts.factors.get(factor_name)
        if factor is None:
            return None
        try:
            return self.parts.asker.changed(factor, self._situation(member, factor))
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
        try:
            with parts.store.write() as unit:
                if asked is not None and not parts.challenges.remove(unit, asked.handle):
                    return words.expired()
                return self._stored(unit, member, user, factor, enrolled, label)
        except Limited as limited:
            return self._refuse(member, factor, words.limited(limited.limit))
        except TooMany:
            return words.too_many_credentials(factor.properties.most)
        except LookupTaken:
            return self._refuse(member, factor, words.enrolled_elsewhere())
        except LabelRefused as refused:
            return Denied("label", refused.text, "label", status=400)
        except SessionEnded:
            return words.expired()

    def _stored(
        self,
        unit: Unit,
        member: Member,
        user: User,
        factor: Factor,
        enrolled: Enrolled,
        label: str,
    ) -> Added:
        parts = self.parts
        lock_credentials(unit, user.id)
        session = acting_session(parts, unit, member)
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
        self._after_change(unit, after, factor.name, ended)
        return Added(cookie, stored)

    def _replaced(self, unit: Unit, user: User, factor: Factor) -> tuple[str, ...]:
        """What a new one takes the place of; the broken ones too."""
        if factor.properties.most > 1:
            return ()
        mine = self.parts.rows.of_user(unit, user.id)
        return tuple(each.credential.id for each in mine if each.name == factor.name)

    def _after_change(self, unit: Unit, member: Member, factor_name: str, ended: int) -> None:
        """End the account's other sessions where a factor declares that its change does.

        Whatever has changed, no browser stands in for a proof any longer. ``ended`` is how many
        sessions ended already, by what was taken away.
        """
        remembering.forget(self.parts, unit, acting(member), member.user_id, "factor-changed")
        factor = self.parts.factors.get(factor_name)
        ends = factor is not None and factor.properties.ends_sessions
        if ends:
            ended += self.parts.sessions.end_all(unit, member.user_id, member.session_id)
        if not (ends or ended):
            return
        self.parts.recorder.record(
            unit,
            "session.others-ended",
            acting(member),
            subject=member.user_id,
            details={"count": ended},
        )

    def _situation(self, member: Member, factor: Factor) -> Situation:
        user = self.parts.directory.get(member.user_id)
        if user is None:
            raise Fault(factor.name, "no-user")
        return self.ways.about(member.visitor, factor, user)

    def _mine(
        self, member: Member, credential_id: str
    ) -> tuple[User, StoredCredential] | tuple[User, None]:
        user = self.parts.directory.get(member.user_id) or User(member.user_id, "")
        mine: Sequence[StoredCredential] = self.parts.credentials(member.user_id)
        for stored in mine:
            if stored.part == "factor" and stored.credential.id == credential_id:
                return user, stored
        return user, None

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


def named(stored: StoredCredential) -> Text:
    """A credential in words: what kind it is and how its owner calls it."""
    return _("${kind} “${label}”", kind=stored.title, label=stored.credential.label)


def judge_chosen(
    parts: Parts, user: User, factor: Factor, enrolled: Enrolled, asked: Asked | None
) -> Denied | None:
    """What the guards say of a secret that a person thought up, before it is stored."""
    if enrolled.chosen is None:
        return None
    fields = getattr(asked.challenge, "fields", ()) if asked is not None else ()
    for guard in parts.guards:
        try:
            said = parts.runner.ask(
                guard.name, guard.check_chosen, deepcopy(user), factor.name, enrolled.chosen
            )
            if said is not None and type(said) is not Refused:
                raise parts.runner.refuse(guard.name, said, "None, Refused")
        except Fault as fault:
            return replace(words.fault(), reason=fault.reason)
        if said is not None:
            at = said.field or (fields[0].name if fields else None)
            return Denied(said.reason, said.text, at)
    return None
