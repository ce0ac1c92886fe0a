"""Judging answers: charged before anybody is asked about them, then put to the factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ostiary.accounts.tokens import new_token
from ostiary.contracts import (
    Assurance,
    Challenge,
    Credential,
    Factor,
    First,
    Pending,
    Purpose,
    Refused,
    User,
)
from ostiary.signin import letters, lost_words, words
from ostiary.signin.accepting import Accepting, Lost, Raced
from ostiary.signin.asking import DecoyAccepted, Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.charging import Charging, Room, spelled
from ostiary.signin.opening import Opening
from ostiary.signin.parts import Parts, picked, record_refusal, said_no
from ostiary.signin.policy import Usable, helpful, promised
from ostiary.signin.runner import Fault
from ostiary.signin.values import (
    Answer,
    Asked,
    Denied,
    Flow,
    Further,
    Member,
    Outcome,
    Visitor,
    Waiting,
)
from ostiary.signin.ways import Ways
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

RUNS = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed as a name, as far as anybody may know.

    ``concerns`` is the account that it names, for its records. ``user`` is None where the
    try must look like that of an unknown name. ``name`` is how budgets count what was typed:
    what goes out is charged to it, whether or not there is such an account.
    """

    user: User | None = None
    concerns: str | None = None
    name: str | None = None

    @classmethod
    def of(cls, user: User | None, room: Room, name: str | None) -> Typed:
        """Somebody whose account may be out of budget."""
        if user is None:
            return cls(name=name)
        return cls(None if room is Room.BARRED else user, user.id, name)


NOBODY = Typed()


@dataclass(frozen=True, slots=True)
class Answering:
    """The way in, from the first answer to the session."""

    parts: Parts
    ways: Ways
    opening: Opening
    charging: Charging
    accepting: Accepting

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
        try:
            user = parts.directory.named(typed) if named else None
        except Fault as fault:
            denied = words.fault(fault.reason)
            return parts.refuse(visitor, Purpose.SIGN_IN, None, denied, factor)
        room = self.charging.first(visitor, typed if named else None, user)
        if room is Room.SPENT:
            return parts.refuse(visitor, Purpose.SIGN_IN, _id(user), words.too_many(), factor)
        if not self._spend_early(asked):
            return words.expired()
        flow = Flow("", Purpose.SIGN_IN, None, None, (), (), next_url, asked.expires_at)
        who = Typed.of(user, room, spelled(typed) if named else None)
        return self._judge(visitor, flow, asked, factor, answer, who)

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
        try:
            user = parts.directory.named(typed) if named else None
        except Fault as fault:
            denied = words.fault(fault.reason)
            return parts.refuse(visitor, Purpose.SIGN_IN, None, denied, factor)
        room = self.charging.first(visitor, typed if named else None, user)
        if room is Room.SPENT:
            return parts.refuse(visitor, Purpose.SIGN_IN, _id(user), words.too_many(), factor)
        try:
            who = Typed.of(user, room, spelled(typed) if named else None)
            situation, recipient = self._typed(visitor, factor, who)
        except Fault as fault:
            denied = words.fault(fault.reason)
            return parts.refuse(visitor, Purpose.SIGN_IN, _id(user), denied, factor)
        with parts.store.write() as unit:
            flow_token, flow = parts.flows.open(
                unit, visitor, Purpose.SIGN_IN, user_id=None, next_url=next_url
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
        readers = parts.store.readers
        flow = parts.flows.load(readers, visitor, purpose)
        asked = (
            parts.challenges.load(readers, handle, flow.token_hash, purpose)
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
        user = parts.user(asked.user_id if flow.user_id is None else flow.user_id)
        if user is None and flow.user_id is not None:
            return words.expired()  # The account is gone, and what was proved goes with it.
        room = self.charging.further(visitor, flow, asked, user)
        if room is Room.SPENT:
            return parts.refuse(visitor, purpose, _id(user), words.too_many(), factor)
        with parts.store.write() as unit:
            taken = parts.challenges.take_try(unit, handle)
        if not taken:
            return parts.refuse(visitor, purpose, _id(user), words.no_tries_left(), factor)
        typed = Typed.of(user, room, asked.typed) if flow.user_id is None else NOBODY
        return self._judge(visitor, flow, asked, factor, answer, typed)

    def unable(self, member: Member, needs: Sequence[Assurance]) -> Denied | None:
        """Why somebody who is signed in cannot prove as much; None where nothing is in the way."""
        user = self.parts.user(member.user_id)
        if user is None or not user.active:
            return words.closed()
        missing = self.opening.lacking(user, member.proofs, needs, Purpose.STEP_UP, member.visitor)
        return missing if isinstance(missing, Denied) else None

    def missing_factors(self, member: Member, needs: Sequence[Assurance]) -> tuple[Factor, ...]:
        """The factors that would help if they were added, the best first."""
        parts = self.parts
        given = (*member.proofs, *promised(parts.credentials(member.user_id), parts.now()))
        others = [
            Usable(factor, ())
            for factor in parts.factors.values()
            if not factor.properties.recovery
        ]
        return tuple(way.factor for way in helpful(others, needs, given, parts.now()))

    def step_up(
        self, member: Member, needs: Sequence[Assurance], next_url: str | Callable[[Unit], str]
    ) -> Further | Denied:
        """Begin to prove more, for somebody who is signed in.

        Args:
            member: who; its proofs are those that count.
            needs: what is asked for.
            next_url: where to go then; or what finds it, in the same unit.
        """
        parts = self.parts
        denied = self.unable(member, needs)
        if denied is not None:
            return denied
        with parts.store.write() as unit:
            token, _flow = parts.flows.open(
                unit,
                member.visitor,
                Purpose.STEP_UP,
                user_id=member.user_id,
                proofs=member.proofs,
                needs=needs,
                session_hash=member.session_hash,
                next_url=next_url if isinstance(next_url, str) else next_url(unit),
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
        typed: Typed,
    ) -> Outcome:
        """Ask the factor, and again with the new row while somebody else changes it."""
        parts, concerns = self.parts, flow.user_id or typed.concerns
        for _run in range(RUNS):
            try:
                situation, recipient = self._situation(visitor, flow, factor, typed)
                said = parts.asker.answer(factor, situation, asked, answer)
            except Fault as fault:
                denied = words.fault(fault.reason)
                parts.refuse(visitor, flow.purpose, concerns, denied, factor)
                return words.wrong() if isinstance(fault, DecoyAccepted) else denied
            if isinstance(said, Pending):
                return Waiting()
            if isinstance(said, Refused):
                return self._refused(
                    visitor, flow, asked, factor, said, situation, recipient, concerns
                )
            if isinstance(said, Challenge):
                return self._further(visitor, flow, asked, factor, said, recipient, situation)
            try:
                return self.accepting.accept(visitor, flow, asked, factor, *said)
            except Lost:
                return words.expired()
            except Raced:
                continue
        return parts.refuse(visitor, flow.purpose, concerns, words.expired(), factor)

    def _situation(
        self, visitor: Visitor, flow: Flow, factor: Factor, typed: Typed
    ) -> tuple[Situation, User | None]:
        user = self.parts.user(flow.user_id)
        if user is not None:
            return self.ways.about(visitor, factor, user), user
        return self._typed(visitor, factor, typed)

    def _typed(
        self, visitor: Visitor, factor: Factor, typed: Typed
    ) -> tuple[Situation, User | None]:
        """What a factor is told of a name that was typed: its credentials, and not whose.

        Raises:
            Fault: the factor has no decoy to take the place of a credential.
        """
        if factor.properties.first is First.FINDS_USER:
            return Situation(visitor.client), None
        # The same work whether or not there is such an account.
        own = self.ways.own(factor, typed.concerns or "")
        decoy = self.parts.runner.ask(factor.name, factor.decoy)
        if type(decoy) is not Credential:
            raise self.parts.runner.refuse(factor.name, decoy, "a Credential as decoy")
        if typed.user is not None and own:
            return Situation(visitor.client, None, typed.user.id, own, None, typed.name), typed.user
        return Situation(visitor.client, None, "", (), decoy, typed.name), None

    def _refused(
        self,
        visitor: Visitor,
        flow: Flow,
        asked: Asked,
        factor: Factor,
        refused: Refused,
        situation: Situation,
        recipient: User | None,
        concerns: str | None,
    ) -> Denied:
        parts, denied = self.parts, said_no(refused, asked)
        if refused.alarm and flow.user_id is None and recipient is None:
            recipient = self._found(factor, situation)
            concerns = concerns or _id(recipient)
        with parts.store.write() as unit:
            record_refusal(parts, unit, visitor, flow.purpose, concerns, denied, factor)
            if refused.alarm and recipient is not None:
                mail = letters.suspicious(factor.title, refused.text)
                parts.mail(unit, recipient, mail, visitor)
        if flow.user_id is None and factor.properties.first is First.AFTER_NAME:
            # Whatever was wrong, it must not be told apart from an unknown name.
            return words.wrong()
        return denied

    def _found(self, factor: Factor, situation: Situation) -> User | None:
        """Whose credential it was that a factor found by itself, and raises an alarm about."""
        owners = {stored.credential.user_id for stored in situation.handed.values()}
        if factor.properties.first is not First.FINDS_USER or len(owners) != 1:
            return None
        return self.parts.user(owners.pop())

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
        if challenge.mail is not None and flow.resets is not None:
            return lost_words.same_mailbox()
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
                    unit, visitor, Purpose.SIGN_IN, user_id=None, next_url=flow.next
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

    def _spend_early(self, asked: Asked) -> bool:
        """Use up a sealed challenge that has one try, before anybody is asked about it."""
        parts = self.parts
        if type(asked.challenge).tries > 1:
            return not parts.challenges.is_spent(parts.store.readers, asked)
        with parts.store.write() as unit:
            return parts.challenges.spend(unit, asked)


def _id(user: User | None) -> str | None:
    return None if user is None else user.id
