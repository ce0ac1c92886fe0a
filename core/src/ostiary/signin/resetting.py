"""Resetting a lost factor: a mailed link stands in for it, and never for another proof.

The way is that of a sign-in whose first proof is the link. What the account asks for besides
is asked as ever, except that nothing mailed counts again: it would come to the same mailbox.
Then the lost factor is enrolled anew (:mod:`ostiary.signin.replacing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ostiary.accounts import FACTOR, Links, StoredCredential
from ostiary.contracts import (
    Factor,
    Kind,
    Proof,
    Purpose,
    Strength,
    User,
)
from ostiary.signin import lost_words, words
from ostiary.signin.challenges import hash_token
from ostiary.signin.charging import place_of, spelled
from ostiary.signin.opening import Opening
from ostiary.signin.parts import Parts
from ostiary.signin.replacing import record_reset, refuse_reset
from ostiary.signin.runner import Fault
from ostiary.signin.values import (
    Denied,
    Further,
    Visitor,
)
from ostiary.store import Unit

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Resetting:
    """Resets, from the question for a name to the link's use.

    ``link_url`` makes the mailed link's absolute URL, from ``ostiary.public_url``.
    """

    parts: Parts
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
            record_reset(parts, unit, "reset.asked", visitor, user, factor, silent)
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
            return refuse_reset(parts, visitor, user, factor, missing)
        with parts.store.write() as unit:
            if self.links.use(unit, token, RESET, parts.now()) is None:
                return lost_words.link_expired()
            flow_token, _flow = parts.flows.open(
                unit, visitor, Purpose.SIGN_IN, user_id=user.id, proofs=[proof], needs=missing
            )
            record_reset(parts, unit, "reset.begun", visitor, user, factor)
        return Further(flow_token, renew=not missing)

    def _own(self, user_id: str, factor: Factor) -> tuple[StoredCredential, ...] | None:
        """Those that a new one takes the place of; broken ones too, since that mends them.

        None where the account has other factors only: a mailed link adds no way in beside
        them. An account without any, such as a host's user of old, begins with it.
        """
        mine = [c for c in self.parts.credentials(user_id) if c.part == FACTOR]
        own = tuple(c for c in mine if c.name == factor.name)
        return own if own or not mine else None


def _stands_for(factor: Factor) -> Strength:
    """What a link proves in the factor's place: one kind, so that it is never all there is."""
    kinds = factor.properties.strength.kinds
    return Strength(frozenset({Kind.KNOW}) if Kind.KNOW in kinds else kinds)


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
