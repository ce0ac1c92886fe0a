"""Resetting a lost factor: a mailed link stands in for it, and never for another proof.

The way is that of a sign-in whose first proof is the link. What the account asks for besides
is asked as ever, except that nothing mailed counts again: it would come to the same mailbox.
Then the lost factor is enrolled anew, and only then a session is opened (ASVS 5.0, 6.4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from ostiary.accounts import FACTOR, Links, LookupTaken, StoredCredential, new_token
from ostiary.accounts.credentials import lock_credentials
from ostiary.contracts import (
    Assurance,
    Challenge,
    Enrolled,
    Factor,
    Kind,
    Outcome,
    Pending,
    Proof,
    Purpose,
    Refused,
    Strength,
    User,
)
from ostiary.signin import lost_words, remembering, words
from ostiary.signin.accepting import Lost
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.charging import place_of, spelled
from ostiary.signin.enrolling import AtOnce, judge_chosen
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

RESET = "reset"

# Whom a link for a name without an account would go to: it is written, and taken back.
_NOBODY = User("", "", "nobody@nowhere.invalid")


class _Unsent(Exception):
    """There is nobody to send the link to."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """What a mailed link is about: somebody's lost factor."""

    user: User
    factor: Factor


@dataclass(frozen=True, slots=True)
class Ready:
    """A reset that has come as far as its last page, and the flow that it is."""

    flow: Flow
    user: User
    factor: Factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Resetting:
    """Resets, from the question for a name to the session.

    ``link_url`` makes the mailed link's absolute URL, from ``ostiary.public_url``.
    """

    parts: Parts
    ways: Ways
    opening: Opening
    links: Links
    link_url: Callable[[str], str]

    @property
    def offered(self) -> tuple[Factor, ...]:
        """The factors that can be reset by mail."""
        return tuple(f for f in self.parts.factors.values() if f.properties.reset_by_mail)

    def ask(self, visitor: Visitor, factor_name: str, typed: str) -> Denied | None:
        """Mail a link, if there is somebody to mail it to.

        Whoever asks is told nothing of that, and it takes the same work: the same budgets,
        questions to the database, link, letter and event (ASVS 5.0, 6.3.8).
        """
        parts = self.parts
        factor = next((f for f in self.offered if f.name == factor_name), None)
        if factor is None:
            return words.expired()
        if not typed.strip():
            return words.empty("name", lost_words.NAME)
        if not parts.budgets.charge("client", place_of(visitor.client)):
            return words.too_many()
        try:
            user = parts.directory.named(typed)
        except Fault as fault:
            return words.fault(fault.reason)
        name = spelled(typed)
        room = parts.budgets.charge("mail", "name", name)
        room &= parts.budgets.charge("mail", name if user is None else user.id)
        own = self._own("" if user is None else user.id, factor)
        silent = _silent(user, own, room=room)
        with parts.store.write() as unit:
            try:
                with unit.savepoint():
                    to = _NOBODY if user is None or silent is not None else user
                    self._send(unit, visitor, to, factor, _about(to, factor, own or ()))
            except _Unsent:
                pass
            self._record(unit, "reset.asked", visitor, user, factor, silent)
        return None

    def _send(self, unit: Unit, visitor: Visitor, to: User, factor: Factor, about: str) -> None:
        token = self.links.make(unit, RESET, to.id, None, self.parts.now(), about=about)
        mail = lost_words.mail_reset(factor.title, self.link_url(token))
        # Nothing has changed yet: what to do if it was not them stands in the mail.
        self.parts.mail(unit, to, mail, visitor, warns=False)
        if to is _NOBODY:
            raise _Unsent

    def linked(self, token: str) -> Lapse | None:
        """What a link would reset; the link stays good."""
        with self.parts.store.read() as connection:
            link = self.links.peek(connection, token, RESET, self.parts.now())
        user = None if link is None else self.parts.user(link.user_id)
        if link is None or user is None:
            return None
        for factor in self.offered:
            own = self._own(user.id, factor)
            if own is not None and _about(user, factor, own) == link.about:
                return Lapse(user, factor)
        return None

    def use(self, visitor: Visitor, token: str) -> Further | Denied:
        """Use the link: it is the first proof of a sign-in that ends with a new enrolment."""
        parts, lapse = self.parts, self.linked(token)
        if lapse is None:
            return lost_words.link_expired()
        user, factor = lapse.user, lapse.factor
        proof = Proof(factor.name, None, _stands_for(factor), parts.now())
        missing = (
            self.opening.lacking(user, [proof], (), Purpose.SIGN_IN, visitor)
            if user.active
            else words.closed()
        )
        if isinstance(missing, Denied):
            return self._refuse(visitor, user, factor, missing)
        with parts.store.write() as unit:
            if self.links.use(unit, token, RESET, parts.now()) is None:
                return lost_words.link_expired()
            flow_token, _flow = parts.flows.open(
                unit, visitor, Purpose.SIGN_IN, user_id=user.id, proofs=[proof], needs=missing
            )
            self._record(unit, "reset.begun", visitor, user, factor)
        return Further(flow_token, renew=not missing)

    # The last page.

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
        return self._store(visitor, ready, said, None) if isinstance(said, Enrolled) else _gone()

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
            return _gone()
        answer = picked(asked.challenge, submitted)
        if isinstance(answer, Denied):
            return answer
        with parts.store.write() as unit:
            taken = parts.challenges.take_try(unit, handle)
        if not taken:
            return self._refuse(visitor, ready.user, factor, words.no_tries_left())
        situation = self.ways.about(visitor, factor, ready.user)
        try:
            said = parts.asker.finish_enrolment(factor, situation, asked, answer)
        except Fault as fault:
            return self._refuse(visitor, ready.user, factor, words.fault(fault.reason))
        if isinstance(said, Pending):
            return Waiting()
        if isinstance(said, Refused):
            return self._refuse(visitor, ready.user, factor, said_no(said, asked))
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
            return _gone()
        needs = (*sign_in_needs(parts.credentials(user.id)), *flow.needs)
        if unmet(needs, flow.proofs, parts.now()):
            return Further(visitor.flow or "")
        return Ready(flow, user, factor)

    def _begun(
        self, visitor: Visitor, ready: Ready, situation: Situation, handle: str
    ) -> Challenge | Enrolled | Denied:
        try:
            said = self.parts.asker.begin(ready.factor, Purpose.ENROL, situation, handle)
        except Fault as fault:
            denied = words.fault(fault.reason)
            return self._refuse(visitor, ready.user, ready.factor, denied)
        if isinstance(said, Refused):
            return Denied(said.reason, said.text, said.field, over=True)
        return said

    def _further(
        self, visitor: Visitor, ready: Ready, asked: Asked, said: Challenge, situation: Situation
    ) -> Further | Denied:
        with self.parts.store.write() as unit:
            if not self.parts.challenges.remove(unit, asked.handle):
                return _gone()
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
            return self._refuse(visitor, user, factor, denied)
        missing = (
            self.opening.lacking(user, flow.proofs, flow.needs, Purpose.SIGN_IN, visitor)
            if user.active
            else words.closed()
        )
        if isinstance(missing, Denied):
            return self._refuse(visitor, user, factor, missing)
        try:
            with parts.store.write() as unit:
                if missing:
                    return self._more(unit, visitor, flow, missing)
                self._use_up(unit, user, flow, asked)
                return self._stored(unit, visitor, ready, enrolled)
        except (Lost, NotEnough):
            return self._refuse(visitor, user, factor, lost_words.changed_meanwhile())
        except LookupTaken:
            return self._refuse(visitor, user, factor, words.enrolled_elsewhere())

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
        return Further(visitor.flow or "") if kept else _gone()

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
        self._record(unit, "reset.done", visitor, user, factor, count=ended)
        parts.mail(unit, user, lost_words.mail_reset_done(factor.title), visitor)
        return self.opening.open(unit, user, ready.flow.proofs, visitor, next_url="")

    # What both have in common.

    def _own(self, user_id: str, factor: Factor) -> tuple[StoredCredential, ...] | None:
        """Those that a new one takes the place of; broken ones too, since that mends them.

        None where the account has other factors only: a mailed link adds no way in beside
        them. An account without any, such as a host's user of old, begins with it.
        """
        mine = [c for c in self.parts.credentials(user_id) if c.part == FACTOR]
        own = tuple(c for c in mine if c.name == factor.name)
        return own if own or not mine else None

    def _record(
        self,
        unit: Unit,
        event: str,
        visitor: Visitor,
        user: User | None,
        factor: Factor,
        reason: str | None = None,
        **details: int,
    ) -> None:
        self.parts.recorder.record(
            unit,
            event,
            anonymous(visitor),
            subject=None if user is None else user.id,
            outcome=Outcome.DONE if reason is None else Outcome.REFUSED,
            reason=reason,
            details={"factor": factor.name, **details},
        )

    def _refuse(self, visitor: Visitor, user: User, factor: Factor, denied: Denied) -> Denied:
        with self.parts.store.write() as unit:
            self._record(unit, "reset.refused", visitor, user, factor, denied.reason)
        return denied


def _stands_for(factor: Factor) -> Strength:
    """What a link proves in the factor's place: one kind, so that it is never all there is."""
    kinds = factor.properties.strength.kinds
    return Strength(frozenset({Kind.KNOW}) if Kind.KNOW in kinds else kinds)


def _gone() -> Denied:
    return words.expired()


def _silent(user: User | None, own: Sequence[StoredCredential] | None, *, room: bool) -> str | None:
    """Why nothing is sent, for the record."""
    if user is None:
        return "no-user"
    if not user.active:
        return "inactive"
    if user.address is None:
        return "no-address"
    if own is None:
        return "no-credential"
    return None if room else "mail-budget"


def _about(user: User, factor: Factor, own: Sequence[StoredCredential]) -> str:
    """What a link is good for: this factor as it is now, and this mailbox.

    Changed meanwhile, the factor is not lost, and a mailbox that was given up may be read by
    somebody else: the link is void then.
    """
    known = [f"{c.credential.id}:{c.version}" for c in own]
    return hash_token("\n".join((factor.name, user.address or "", *known)))
