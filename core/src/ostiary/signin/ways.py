"""Which ways in are offered, and asking the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Thread

from ostiary.accounts import StoredCredential
from ostiary.accounts.tokens import new_token
from ostiary.contracts import (
    Assurance,
    Ceremony,
    Challenge,
    Enrolled,
    Factor,
    First,
    Form,
    Outcome,
    Purpose,
    Refused,
    Text,
    User,
    Wait,
)
from ostiary.signin import lost_words, words
from ostiary.signin.asking import Situation
from ostiary.signin.challenges import hash_token
from ostiary.signin.parts import Parts, answering
from ostiary.signin.policy import Usable, helpful, sign_in_needs, usable
from ostiary.signin.remembering import offered
from ostiary.signin.runner import Fault
from ostiary.signin.values import Asked, Choice, Denied, Flow, Option, Question, Visitor
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


def use_text(factor: Factor) -> Text:
    """The control that chooses a factor."""
    # Translators: a button or a link. ${factor} is a title such as Authenticator app or Password.
    return factor.use or _("Use: ${factor}", factor=factor.title)


@dataclass(frozen=True, slots=True)
class Ways:
    """Offers the ways in, and asks."""

    parts: Parts

    def options(self, visitor: Visitor) -> tuple[Option, ...]:
        """What the sign-in page composes itself from; a factor that fails is left out.

        What can be asked at once is sealed into the page, and no row is written: anybody may
        open it, as often as they like.
        """
        offered = []
        for factor in self.parts.factors.values():
            if factor.properties.first is First.NO:
                continue
            option = self._option(factor, visitor)
            if option is not None:
                offered.append(option)
        return tuple(offered)

    def _option(self, factor: Factor, visitor: Visitor) -> Option | None:
        handle = new_token()
        situation = Situation(visitor.client)
        try:
            said = self.parts.asker.begin(factor, Purpose.SIGN_IN, situation, handle)
        except Fault:
            return None
        named = factor.properties.first is First.AFTER_NAME
        option = Option(factor.name, factor.title, use_text(factor), named)
        if not isinstance(said, Form | Ceremony) or said.mail is not None or said.send is not None:
            # It goes elsewhere, or needs the name first: by its own button.
            return option
        asked = self.parts.challenges.new(
            said,
            Purpose.SIGN_IN,
            factor.name,
            hash_token(visitor.browser),
            user_id=None,
            handle=handle,
        )
        return replace(option, challenge=said, token=self.parts.challenges.seal(asked))

    def question(self, visitor: Visitor, purpose: Purpose, wish: str | None) -> Question | Denied:
        """What to ask now: the open challenge, or that of the factor that was wished for.

        Without a wish the last used factor is asked, else the strongest.
        """
        parts = self.parts
        readers = parts.store.readers
        flow = parts.flows.load(readers, visitor, purpose)
        current = parts.challenges.current(readers, flow.token_hash, purpose) if flow else None
        if flow is None:
            return words.expired()
        if flow.user_id is None:
            return self._before_anybody(current, purpose)
        user = parts.user(flow.user_id)
        if user is None:
            return words.expired()
        credentials = parts.credentials(user.id)
        able = self.able(flow, credentials)
        if not able:
            return words.unavailable()
        names = {way.factor.name: way for way in able}
        fallback = current.factor if current is not None and current.factor in names else None
        way = names.get(wish or "") or names.get(fallback or "") or able[0]
        situation = Situation(visitor.client, user, user.id, _own(way.factor, credentials))
        asked = self._asked_before(flow, way) or self.ask(
            visitor, flow, way.factor, user, situation
        )
        others = tuple(_choice(other) for other in able if other is not way)
        remember = offered(parts, flow, user, credentials, way.factor)
        resets = flow.resets is not None
        return Question(asked, way.factor.title, others, purpose, remember, resets=resets)

    def able(self, flow: Flow, credentials: Sequence[StoredCredential]) -> tuple[Usable, ...]:
        """The factors of which an answer would bring the flow nearer to its end."""
        needs: Sequence[Assurance] = flow.needs
        if flow.purpose is not Purpose.STEP_UP:
            needs = (*sign_in_needs(credentials), *needs)
        ways = usable(self.parts.factors, credentials, flow.purpose)
        return helpful(ways, needs, flow.proofs, self.parts.now())

    def ask(
        self,
        visitor: Visitor,
        flow: Flow,
        factor: Factor,
        user: User | None,
        situation: Situation,
    ) -> Asked | Denied:
        """Begin a challenge of this flow.

        Args:
            visitor: the browser.
            flow: what the challenge is bound to.
            factor: whom to ask.
            user: to whom mail goes: who was proved, or at first who was typed.
            situation: what the factor is told.
        """
        handle = new_token()
        try:
            said = self.parts.asker.begin(factor, flow.purpose, situation, handle)
        except Fault as fault:
            return self._fault(visitor, flow.purpose, factor, situation, fault, words.fault())
        if isinstance(said, Refused):
            return Denied(said.reason, said.text, said.field)
        assert not isinstance(said, Enrolled)  # noqa: S101 - only an enrolment begins like that
        if said.mail is not None and flow.resets is not None:
            return lost_words.same_mailbox()
        return self.put(
            visitor, flow.token_hash, flow.purpose, factor, said, handle, user, situation
        )

    def about(self, visitor: Visitor, factor: Factor, user: User) -> Situation:
        """What a factor is told of a user who was proved, as the rows are now."""
        return Situation(visitor.client, user, user.id, self.own(factor, user.id))

    def own(self, factor: Factor, user_id: str) -> tuple[StoredCredential, ...]:
        """The credentials that an account has of a factor, as far as it can be handed them."""
        return _own(factor, self.parts.credentials(user_id))

    def put(
        self,
        visitor: Visitor,
        bound_to: str,
        purpose: Purpose,
        factor: Factor,
        challenge: Challenge,
        handle: str,
        user: User | None,
        situation: Situation,
    ) -> Asked | Denied:
        """Store a challenge, and only then let out what goes with it.

        A phone that is quick must not answer before the row exists. A decoy's challenge looks
        the same and sends nothing.
        """
        parts = self.parts
        denied = self._refused(visitor, bound_to, challenge, user, situation)
        if denied is not None:
            return denied
        goes_out = self._goes_out(challenge, user, situation)
        asked = parts.challenges.new(
            challenge,
            purpose,
            factor.name,
            bound_to,
            user_id=situation.only,
            handle=handle,
            typed=situation.typed,
        )
        with parts.store.write() as unit:
            parts.challenges.put(unit, asked)
            if challenge.mail is not None and user is not None and goes_out:
                parts.mail(unit, user, challenge.mail, visitor)
        if challenge.send is None or not goes_out:
            return asked
        if situation.typed is not None:
            # Neither the time that it takes nor its failure may tell a name from an unknown one.
            told = (visitor, factor, challenge, asked, situation)
            Thread(target=self._send, args=told, name="ostiary-send", daemon=True).start()
            return asked
        return self._send(visitor, factor, challenge, asked, situation)

    def _refused(
        self,
        visitor: Visitor,
        bound_to: str,
        challenge: Challenge,
        user: User | None,
        situation: Situation,
    ) -> Denied | None:
        """Charge for what goes out, and for what is answered without a charge of its own."""
        parts, sends = self.parts, challenge.mail is not None or challenge.send is not None
        key = ("name", situation.typed) if situation.typed else (situation.only or bound_to,)
        if sends and not parts.budgets.charge("mail", *key):
            return words.too_many()
        if situation.user is None:
            return None
        # Asked again every few seconds, a Wait is charged once, here.
        if isinstance(challenge, Wait) and not parts.charge_second(visitor, situation.user.id):
            return words.too_many()
        if challenge.mail is not None and user is not None and user.address is None:
            return words.no_address()
        return None

    def _goes_out(self, challenge: Challenge, user: User | None, situation: Situation) -> bool:
        """Whether mail and messages leave; for a name that was merely typed, nobody is told."""
        if situation.decoy is not None:
            return False
        if user is None or situation.typed is None:
            return True
        return self.parts.budgets.charge("mail", user.id)

    def again(self, visitor: Visitor, purpose: Purpose, factor_name: str) -> None:
        """Forget the open challenge of a factor, so that it is asked, and sent, anew."""
        parts = self.parts
        with parts.store.write() as unit:
            flow = parts.flows.load(unit, visitor, purpose)
            if flow is not None and flow.user_id is not None:
                parts.challenges.forget(unit, flow.token_hash, factor_name)

    def _send(
        self,
        visitor: Visitor,
        factor: Factor,
        challenge: Challenge,
        asked: Asked,
        situation: Situation,
    ) -> Asked | Denied:
        try:
            self.parts.runner.ask(factor.name, challenge.send)  # type: ignore[arg-type] # not None
        except Fault as fault:
            denied = words.not_sent()
            if situation.typed is None:
                with self.parts.store.write() as unit:
                    self.parts.challenges.remove(unit, asked.handle)
            return self._fault(visitor, asked.purpose, factor, situation, fault, denied)
        return asked

    def _fault(
        self,
        visitor: Visitor,
        purpose: Purpose,
        factor: Factor,
        situation: Situation,
        fault: Fault,
        denied: Denied,
    ) -> Denied:
        """Record that somebody could not go on because a plugin failed."""
        kinds = {Purpose.STEP_UP: "step-up.refused", Purpose.ENROL: "factor.refused"}
        self.parts.recorder.record_alone(
            kinds.get(purpose, "sign-in.refused"),
            answering(visitor, purpose, situation.only or None),
            subject=situation.only or None,
            outcome=Outcome.REFUSED,
            reason=fault.reason,
            details={"factor": factor.name},
        )
        return denied

    def _asked_before(self, flow: Flow, way: Usable) -> Asked | None:
        return self.parts.challenges.current(
            self.parts.store.readers, flow.token_hash, flow.purpose, way.factor.name
        )

    def _before_anybody(self, current: Asked | None, purpose: Purpose) -> Question | Denied:
        """A name was typed and nothing is proved: there is this one question."""
        factor = None if current is None else self.parts.factors.get(current.factor)
        if current is None or factor is None:
            return words.expired()
        return Question(current, factor.title, (), purpose, proved=False)


def _own(factor: Factor, credentials: Sequence[StoredCredential]) -> tuple[StoredCredential, ...]:
    return tuple(
        stored
        for stored in credentials
        if stored.part == "factor" and stored.name == factor.name and not stored.broken
    )


def _choice(way: Usable) -> Choice:
    return Choice(way.factor.name, use_text(way.factor), way.factor.properties.recovery)
