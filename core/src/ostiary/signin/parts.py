"""What the way in is put together from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ostiary.accounts import (
    CredentialRows,
    Devices,
    Regains,
    Session,
    SessionEnded,
    Sessions,
    StoredCredential,
    browser_of,
)
from ostiary.audit import Recorder, Who
from ostiary.contracts import (
    Actor,
    Ceremony,
    Challenge,
    Factor,
    Form,
    Mail,
    Outcome,
    Purpose,
    Redirect,
    Refused,
    SignInGuard,
    User,
    UserDirectory,
    Wait,
)
from ostiary.mail import MailFacts, Mailroom
from ostiary.signin import words
from ostiary.signin.asking import Asker
from ostiary.signin.budgets import Budgets
from ostiary.signin.challenges import Challenges
from ostiary.signin.flows import Flows
from ostiary.signin.requiring import Requiring
from ostiary.signin.runner import Runner
from ostiary.signin.values import Answer, Asked, Denied, Member, Visitor
from ostiary.store import Store, Unit

ANSWER_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rooms that the way in uses, and the plugins' parts that it asks."""

    store: Store
    factors: Mapping[str, Factor]
    guards: Sequence[SignInGuard]
    directory: UserDirectory
    rows: CredentialRows
    sessions: Sessions
    devices: Devices
    regains: Regains
    challenges: Challenges
    flows: Flows
    budgets: Budgets
    runner: Runner
    asker: Asker
    recorder: Recorder
    mailroom: Mailroom
    requiring: Requiring
    now: Callable[[], datetime]
    fresh: timedelta
    remembered: timedelta | None

    def user(self, user_id: str | None) -> User | None:
        """The user of an id that may be unknown."""
        return None if user_id is None else self.directory.get(user_id)

    def credentials(self, user_id: str) -> tuple[StoredCredential, ...]:
        """All credentials of a user, those of absent plugins included."""
        return self.rows.of_user(self.store.readers, user_id)

    def known(self, visitor: Visitor, user_id: str) -> str | None:
        """The id of this browser, if it has signed in to this account before.

        By it its budgets are counted: its token is another one after each sign-in, also to
        other accounts.
        """
        if visitor.device is None:
            return None
        return self.devices.known(self.store.readers, visitor.device, user_id)

    def charge_second(self, visitor: Visitor, user_id: str) -> bool:
        """Charge for a further proof; a browser that the account knows has its own budget.

        So a stranger who uses up the strangers' budget does not lock the owner out
        (ASVS 5.0, 6.1.1).
        """
        known = self.known(visitor, user_id)
        if known is not None:
            return self.budgets.charge("second_factor", user_id, known)
        return self.budgets.charge("second_factor", user_id)

    def shut_out(self, unit: Unit, user_id: str) -> int:
        """End a user's sign-ins under way, and every session; how many sessions.

        The flows first: whoever is just ending one is waited for, and their session ends too.
        """
        self.flows.end_all(unit, user_id)
        return self.sessions.end_all(unit, user_id)

    def refuse(
        self,
        visitor: Visitor,
        purpose: Purpose,
        user_id: str | None,
        denied: Denied,
        factor: Factor,
    ) -> Denied:
        """Record a refusal outside any act; what was typed is never recorded."""
        with self.store.write() as unit:
            record_refusal(self, unit, visitor, purpose, user_id, denied, factor)
        return denied

    def mail(
        self, unit: Unit, user: User, mail: Mail, visitor: Visitor, *, warns: bool = True
    ) -> None:
        """Tell a person, at their verified address; in the transaction of the act."""
        if user.address is not None:
            facts = self.facts(visitor, warns=warns)
            self.mailroom.queue(unit, user.address, mail, user=user, facts=facts)

    def facts(self, visitor: Visitor, *, warns: bool = True) -> MailFacts:
        """What a mail says of where something was done; ``warns`` as in :class:`MailFacts`."""
        client = visitor.client
        return MailFacts(self.now(), client.address, browser_of(client.agent), warns)


def anonymous(visitor: Visitor) -> Who:
    """Somebody of whom nothing is proved."""
    return Who(Actor("anonymous"), visitor.client, visitor.request)


def acting(member: Member) -> Who:
    """Whoever is signed in."""
    actor = Actor("user", member.user_id, "session", session=member.session_id)
    return Who(actor, member.visitor.client, member.visitor.request, member.proofs)


def acting_session(parts: Parts, unit: Unit, member: Member) -> Session:
    """The session that acts, as it is now; else whoever was thrown out could still act.

    Raises:
        SessionEnded: it ended meanwhile.
    """
    session = parts.sessions.by_hash(unit, member.session_hash, parts.now())
    if session is None:
        raise SessionEnded("the session ended meanwhile; sign in again")
    return session


def answering(visitor: Visitor, purpose: Purpose, user_id: str | None) -> Who:
    """Whoever answers: nobody yet at a sign-in, else who is signed in by the session."""
    if purpose is Purpose.SIGN_IN or user_id is None or visitor.session is None:
        return anonymous(visitor)
    actor = Actor("user", user_id, "session", session=visitor.session_id)
    return Who(actor, visitor.client, visitor.request)


def record_refusal(
    parts: Parts,
    unit: Unit,
    visitor: Visitor,
    purpose: Purpose,
    user_id: str | None,
    denied: Denied,
    factor: Factor,
) -> None:
    """Record that a proof was refused; what was typed is not told: it may be a password."""
    parts.recorder.record(
        unit,
        "step-up.refused" if purpose is Purpose.STEP_UP else "sign-in.refused",
        answering(visitor, purpose, user_id),
        subject=user_id,
        outcome=Outcome.REFUSED,
        reason=denied.reason,
        details={"factor": factor.name},
    )


def picked(challenge: Challenge, submitted: Answer) -> Answer | Denied:
    """What was submitted, as far as the challenge asked for it; no try is counted before."""
    match challenge:
        case Form():
            answer = {}
            for field in challenge.fields:
                value = submitted.get(field.name, "")
                if not value:
                    return words.empty(field.name, field.label)
                if len(value) > field.max_length:
                    return words.too_long(field.name, field.label, field.max_length)
                answer[field.name] = value
            return answer
        case Redirect():
            return dict(submitted) if _bearable(submitted) else words.expired()
        case Wait():
            return {}
        case _:
            answer = {"answer": submitted.get("answer", "")}
            return answer if answer["answer"] and _bearable(answer) else words.expired()


def said_no(refused: Refused, asked: Asked) -> Denied:
    """A factor's refusal, for the page: over, when that was the last try.

    A ceremony has one, but there is nothing on its page that would have to be typed again: the
    page asks it anew, beside the other ways.
    """
    again = asked.sealed or isinstance(asked.challenge, Ceremony)
    over = asked.tries_left <= 1 and not again
    return Denied(refused.reason, refused.text, refused.field, over=over)


def _bearable(answer: Answer) -> bool:
    return sum(len(name) + len(value) for name, value in answer.items()) <= ANSWER_LIMIT
