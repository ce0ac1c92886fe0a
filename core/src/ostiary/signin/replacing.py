"""The last page of a reset: what was lost is enrolled anew, and a session opened.

Only once all is proved that the account asks for besides (ASVS 5.0, 6.4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from ostiary.accounts import FACTOR, LookupTaken, new_token
from ostiary.accounts.credentials import lock_credentials
from ostiary.contracts import (
    Assurance,
    Challenge,
    Enrolled,
    Factor,
    Outcome,
    Pending,
    Purpose,
    Refused,
    User,
)
from ostiary.signin import lost_words, remembering, words
from ostiary.signin.accepting import Lost
from ostiary.signin.asking import Situation
from ostiary.signin.enrolling import AtOnce
from ostiary.signin.guarding import judge_chosen
from ostiary.signin.opening import NotEnough, Opening, is_welcome
from ostiary.signin.parts import Parts, anonymous, picked, said_no
from ostiary.signin.policy import sign_in_needs, unmet
from ostiary.signin.runner import Fault
from ostiary.signin.values import (
    Answer,
    Asked,
    Denied,
    Flow,
    Further,
    SignedIn,
    Visitor,
    Waiting,
)
from ostiary.signin.ways import Ways
from ostiary.store import Unit
from ostiary.store.tables import credentials
from ostiary.text import say


@dataclass(frozen=True, slots=True)
class Ready:
    """A reset that has come as far as its last page, and the flow that it is."""

    flow: Flow
    user: User
    factor: Factor


@dataclass(frozen=True, slots=True)
class Replacing:
    """What comes in the place of a lost factor, after its link and all further proofs."""

    parts: Parts
    ways: Ways
    opening: Opening

    def begin(self, visitor: Visitor) -> tuple[Ready, Asked | AtOnce] | Further | Denied:
        """Ask what the factor needs to be enrolled anew."""
        parts, ready = self.parts, self._ready(visitor)
        if not isinstance(ready, Ready):
            return ready
        flow, user, factor = ready.flow, ready.user, ready.factor
        with parts.store.read() as connection:
            current = parts.challenges.current(
                connection, flow.token_hash, Purpose.ENROL, factor.name
            )
        if current is not None:
            return ready, current
        situation, handle = self.ways.about(visitor, factor, user), new_token()
        said = self._begun(visitor, ready, situation, handle)
        if isinstance(said, Denied):
            return said
        if isinstance(said, Enrolled):
            return ready, AtOnce()
        put = self.ways.put(
            visitor, flow.token_hash, Purpose.ENROL, factor, said, handle, user, situation
        )
        return put if isinstance(put, Denied) else (ready, put)

    def is_ready(self, visitor: Visitor) -> bool:
        """Whether this browser is in a reset that has come as far as its last page."""
        return isinstance(self._ready(visitor), Ready)

    def at_once(self, visitor: Visitor) -> SignedIn | Further | Denied:
        """Enrol a factor that asks nothing."""
        ready = self._ready(visitor)
        if not isinstance(ready, Ready):
            return ready
        situation = self.ways.about(visitor, ready.factor, ready.user)
        said = self._begun(visitor, ready, situation, new_token())
        if isinstance(said, Denied):
            return said
        return (
            self._store(visitor, ready, said, None)
            if isinstance(said, Enrolled)
            else words.expired()
        )

    def finish(
        self, visitor: Visitor, handle: str, submitted: Answer
    ) -> SignedIn | Further | Waiting | Denied:
        """Judge the answer to the enrolment; what comes of it takes the place of what was lost.

        A further question of the factor is a :class:`Further` too: the same page asks it.
        """
        parts, ready = self.parts, self._ready(visitor)
        if not isinstance(ready, Ready):
            return ready
        bound_to, factor = ready.flow.token_hash, ready.factor
        with parts.store.read() as connection:
            asked = parts.challenges.load(connection, handle, bound_to, Purpose.ENROL)
        if asked is None or asked.factor != factor.name:
            return words.expired()
        answer = picked(asked.challenge, submitted)
        if isinstance(answer, Denied):
            return answer
        with parts.store.write() as unit:
            taken = parts.challenges.take_try(unit, handle)
        if not taken:
            return refuse_reset(parts, visitor, ready.user, factor, words.no_tries_left())
        situation = self.ways.about(visitor, factor, ready.user)
        try:
            said = parts.asker.finish_enrolment(factor, situation, asked, answer)
        except Fault as fault:
            return refuse_reset(parts, visitor, ready.user, factor, words.fault(fault.reason))
        if isinstance(said, Pending):
            return Waiting()
        if isinstance(said, Refused):
            return refuse_reset(parts, visitor, ready.user, factor, said_no(said, asked))
        if isinstance(said, Challenge):
            return self._further(visitor, ready, asked, said, situation)
        return self._store(visitor, ready, said, asked)

    def _ready(self, visitor: Visitor) -> Ready | Further | Denied:
        """The reset of this browser, once all is proved; till then the way to the next proof."""
        parts = self.parts
        with parts.store.read() as connection:
            flow = parts.flows.load(connection, visitor, Purpose.SIGN_IN)
        lost = None if flow is None else flow.resets
        user = None if flow is None else parts.user(flow.user_id)
        factor = None if lost is None else parts.factors.get(lost.factor)
        if flow is None or user is None or lost is None or factor is None:
            return words.expired()
        needs = (*sign_in_needs(parts.credentials(user.id)), *flow.needs)
        if unmet(needs, flow.proofs, parts.now()):
            return Further(visitor.flow or "")
        return Ready(flow, user, factor)

    def _begun(
        self, visitor: Visitor, ready: Ready, situation: Situation, handle: str
    ) -> Challenge | Enrolled | Denied:
        parts = self.parts
        try:
            said = parts.asker.begin(ready.factor, Purpose.ENROL, situation, handle)
        except Fault as fault:
            denied = words.fault(fault.reason)
            return refuse_reset(parts, visitor, ready.user, ready.factor, denied)
        if isinstance(said, Refused):
            return Denied(said.reason, said.text, said.field, over=True)
        return said

    def _further(
        self, visitor: Visitor, ready: Ready, asked: Asked, said: Challenge, situation: Situation
    ) -> Further | Denied:
        with self.parts.store.write() as unit:
            if not self.parts.challenges.remove(unit, asked.handle):
                return words.expired()
        put = self.ways.put(
            visitor,
            ready.flow.token_hash,
            Purpose.ENROL,
            ready.factor,
            said,
            new_token(),
            ready.user,
            situation,
        )
        return put if isinstance(put, Denied) else Further(visitor.flow or "", renew=True)

    def _store(
        self, visitor: Visitor, ready: Ready, enrolled: Enrolled, asked: Asked | None
    ) -> SignedIn | Further | Denied:
        """Everything that a reset changes, in one transaction, or nothing."""
        parts, flow, user, factor = self.parts, ready.flow, ready.user, ready.factor
        denied = judge_chosen(parts, user, factor, enrolled, asked)
        if denied is not None:
            return refuse_reset(parts, visitor, user, factor, denied)
        missing = (
            self.opening.lacking(user, flow.proofs, flow.needs, Purpose.SIGN_IN, visitor)
            if user.active
            else words.closed()
        )
        if isinstance(missing, Denied):
            return refuse_reset(parts, visitor, user, factor, missing)
        try:
            with parts.store.write() as unit:
                if missing:
                    return self._more(unit, visitor, flow, missing)
                self._use_up(unit, user, flow, asked)
                return self._stored(unit, visitor, ready, enrolled)
        except (Lost, NotEnough):
            return refuse_reset(parts, visitor, user, factor, lost_words.changed_meanwhile())
        except LookupTaken:
            return refuse_reset(parts, visitor, user, factor, words.enrolled_elsewhere())

    def _use_up(self, unit: Unit, user: User, flow: Flow, asked: Asked | None) -> None:
        # In the order in which whoever deletes the account takes them.
        lock_credentials(unit, user.id)
        if not is_welcome(self.parts, unit, user):
            raise Lost
        if asked is not None and not self.parts.challenges.remove(unit, asked.handle):
            raise Lost
        if not self.parts.flows.end(unit, flow):
            raise Lost

    def _more(
        self, unit: Unit, visitor: Visitor, flow: Flow, missing: Sequence[Assurance]
    ) -> Further | Denied:
        """A guard has only now asked for more than was proved."""
        needs = (*flow.needs, *(need for need in missing if need not in flow.needs))
        kept = self.parts.flows.advance(unit, flow, flow.user_id or "", flow.proofs, needs)
        return Further(visitor.flow or "") if kept else words.expired()

    def _stored(self, unit: Unit, visitor: Visitor, ready: Ready, enrolled: Enrolled) -> SignedIn:
        """The old one goes, and whatever was opened or begun with it (ASVS 5.0, 7.4.3)."""
        parts, user, factor = self.parts, ready.user, ready.factor
        lost = ready.flow.resets
        own = [c for c in parts.rows.of_user(unit, user.id) if c.name == factor.name]
        if lost is None or any(each.created_at > lost.at for each in own):
            raise Lost  # Its owner has changed it meanwhile: it is not lost.
        gone = [each.credential.id for each in own]
        unit.execute(delete(credentials).where(credentials.c.id.in_(gone)))
        parts.rows.insert(
            unit,
            FACTOR,
            factor.name,
            factor.title,
            factor.properties,
            user.id,
            enrolled,
            say(enrolled.label),
            parts.now(),
        )
        ended = parts.shut_out(unit, user.id)
        remembering.forget(parts, unit, anonymous(visitor), user.id, "factor-changed")
        record_reset(parts, unit, "reset.done", visitor, user, factor, count=ended)
        mail = lost_words.mail_reset_done(factor.title)
        parts.mail(unit, user, mail, visitor, warns=False)
        return self.opening.open(unit, user, ready.flow.proofs, visitor, next_url="")


def record_reset(
    parts: Parts,
    unit: Unit,
    event: str,
    visitor: Visitor,
    user: User | None,
    factor: Factor,
    reason: str | None = None,
    **details: int,
) -> None:
    """Record a step of a reset, or that it was refused."""
    parts.recorder.record(
        unit,
        event,
        anonymous(visitor),
        subject=None if user is None else user.id,
        outcome=Outcome.DONE if reason is None else Outcome.REFUSED,
        reason=reason,
        details={"factor": factor.name, **details},
    )


def refuse_reset(
    parts: Parts, visitor: Visitor, user: User, factor: Factor, denied: Denied
) -> Denied:
    """Record a refusal, outside any act."""
    with parts.store.write() as unit:
        record_reset(parts, unit, "reset.refused", visitor, user, factor, denied.reason)
    return denied
