"""Getting back in for who lost every further factor: asked for, decided, and carried out later.

Whoever has given the first proof, or holds the mailed link, may ask. An admin decides, and then
there is time: the owner is told by mail at every step, and can stop it without signing in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ostiary.accounts import Links, Regain, RegainOpen, RegainState, StoredCredential
from ostiary.accounts.regains import OPEN
from ostiary.audit import SYSTEM, Who
from ostiary.contracts import Mail, Outcome, Purpose, User
from ostiary.mail import MailFacts
from ostiary.signin import lost_words, words
from ostiary.signin.administering import clean_reason
from ostiary.signin.opening import let_nobody_in
from ostiary.signin.parts import Parts, anonymous
from ostiary.signin.policy import has_second
from ostiary.signin.taking import take_factors
from ostiary.signin.values import Denied, Member, Visitor
from ostiary.store import Unit

REGAIN = "regain"
MAX_NOTE = 1000

LINK_MARGIN = timedelta(days=30)
"""How much longer than the waiting period a link to cancel works: requests wait for an admin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regaining:
    """Requests for a way back.

    Args:
        parts: the rooms.
        links: links that live longer than ``wait``.
        wait: how long after it was granted a request is carried out.
        cancel_url: makes the absolute URL of a mailed link, from ``ostiary.public_url``.
    """

    parts: Parts
    links: Links
    wait: timedelta
    cancel_url: Callable[[str], str]

    # Its owner.

    def claimant(self, visitor: Visitor, member: Member | None) -> User | None:
        """Who may ask in this browser: of whom something was proved in it."""
        parts = self.parts
        with parts.store.read() as connection:
            flow = parts.flows.load(connection, visitor, Purpose.SIGN_IN)
        if flow is not None and flow.user_id is not None:
            return parts.user(flow.user_id)
        return None if member is None else parts.user(member.user_id)

    def latest(self, user: User) -> Regain | None:
        """The request of an account that is still open, if there is one."""
        return next((r for r in self.of_user(user.id) if r.state in OPEN), None)

    def ask(self, visitor: Visitor, user: User, note: str) -> Regain | Denied:
        """Make a request, and tell the owner.

        Args:
            visitor: the browser.
            user: as :meth:`claimant` gave it, for this browser.
            note: for the admin who decides.
        """
        parts, clean = self.parts, clean_reason(note)
        denied = self._deny(user, clean)
        if denied is not None and denied.field is not None:
            return denied
        if denied is None and not parts.budgets.charge("mail", user.id):
            denied = words.too_many()
        if denied is not None:
            return self._refuse_asking(visitor, user, denied)
        try:
            with parts.store.write() as unit:
                made = parts.regains.ask(unit, user.id, clean, parts.now())
                mail = lost_words.mail_regain_asked(self._link(unit, made))
                self._told(unit, "regain.asked", anonymous(visitor), user, mail, visitor)
        except RegainOpen:
            return self._refuse_asking(visitor, user, lost_words.regain_open())
        return made

    def _deny(self, user: User, note: str) -> Denied | None:
        if not note:
            return lost_words.note_empty()
        if len(note) > MAX_NOTE:
            return words.too_long("note", lost_words.NOTE, MAX_NOTE)
        if not user.active:
            return words.closed()
        if user.address is None:
            return lost_words.regain_needs_address()
        if not has_second(self.parts.credentials(user.id)):
            return lost_words.nothing_to_regain()
        return None

    def linked(self, token: str) -> tuple[Regain, User] | None:
        """What a mailed link would stop; the link stays good."""
        parts = self.parts
        with parts.store.read() as connection:
            link = self.links.peek(connection, token, REGAIN, parts.now())
            found = None if link is None else parts.regains.get(connection, link.about or "")
        user = None if found is None else parts.user(found.user_id)
        able = found is not None and found.state in (*OPEN, RegainState.RESET)
        return (found, user) if found is not None and user is not None and able else None

    def cancel(self, visitor: Visitor, token: str) -> Denied | None:
        """Stop it, by the mailed link. Once it was carried out, nobody gets in any more."""
        parts, linked = self.parts, self.linked(token)
        if linked is None:
            return lost_words.nothing_to_cancel()
        regain, user = linked
        with parts.store.write() as unit:
            # Or a session that opens just now would outlive this.
            let_nobody_in(unit, user.id)
            if self.links.use(unit, token, REGAIN, parts.now()) is None:
                return lost_words.nothing_to_cancel()
            # Of two states only one can be there: what was due meanwhile has been carried out.
            if self._move(unit, regain, OPEN, RegainState.CANCELLED):
                mail = lost_words.mail_regain_cancelled()
                self._told(unit, "regain.cancelled", anonymous(visitor), user, mail, visitor)
                return None
            if not self._move(unit, regain, (RegainState.RESET,), RegainState.STOPPED):
                return lost_words.nothing_to_cancel()
            parts.shut_out(unit, user.id)
            mail = lost_words.mail_regain_stopped()
            self._told(unit, "regain.stopped", anonymous(visitor), user, mail, visitor)
        return None

    # An admin.

    def open_requests(self) -> tuple[Regain, ...]:
        """What waits for a decision or for its time, the oldest first."""
        with self.parts.store.read() as connection:
            return self.parts.regains.open(connection)

    def of_user(self, user_id: str) -> tuple[Regain, ...]:
        """All that an account ever asked for, the newest first."""
        with self.parts.store.read() as connection:
            return self.parts.regains.of_user(connection, user_id)

    def grant(self, regain_id: str, who: Who, reason: str, *, within: Unit | None = None) -> bool:
        """Let it be carried out once the waiting period is over; whether it waited for that.

        ``within`` the unit in which whoever acts was found to be an admin.
        """
        due = self.parts.now() + self.wait
        return self._decide(regain_id, who, reason, within, RegainState.GRANTED, due_at=due)

    def refuse(self, regain_id: str, who: Who, reason: str, *, within: Unit | None = None) -> bool:
        """Say no; whether it waited for that."""
        now = self.parts.now()
        return self._decide(regain_id, who, reason, within, RegainState.REFUSED, ended_at=now)

    def _decide(
        self,
        regain_id: str,
        who: Who,
        reason: str,
        within: Unit | None,
        to: RegainState,
        **values: object,
    ) -> bool:
        if within is None:
            with self.parts.store.write() as unit:
                return self._decide(regain_id, who, reason, unit, to, **values)
        parts = self.parts
        known = {"reason": reason, "decided_by": who.actor.user, "decided_at": parts.now()}
        asked = (RegainState.ASKED,)
        regain = parts.regains.move(within, regain_id, asked, to, **known, **values)
        user = None if regain is None else parts.user(regain.user_id)
        if regain is None or user is None:
            return regain is not None
        if to is RegainState.GRANTED and regain.due_at is not None:
            mail = lost_words.mail_regain_granted(self._link(within, regain), regain.due_at)
        else:
            mail = lost_words.mail_regain_refused(reason)
        self._told(within, f"regain.{to.value}", who, user, mail, reason=reason)
        return True

    # When its time has come.

    def carry_out(self) -> int:
        """Do what is due; of several processes, one does each. How many were done here."""
        with self.parts.store.read() as connection:
            due = self.parts.regains.due(connection, self.parts.now())
        return sum(self._carry_out(regain) for regain in due)

    def _carry_out(self, regain: Regain) -> bool:
        parts, user = self.parts, self.parts.user(regain.user_id)
        granted = (RegainState.GRANTED,)
        with parts.store.write() as unit:
            if user is None:
                return self._move(unit, regain, granted, RegainState.CANCELLED)
            if parts.regains.move(unit, regain.id, granted, RegainState.RESET) is None:
                return False  # Cancelled, or done by another process.
            removed = take_factors(parts, unit, user.id)
            mail = lost_words.mail_regain_done(self._link(unit, regain))
            self._told(
                unit,
                "regain.done",
                SYSTEM,
                user,
                mail,
                reason=regain.reason,
                details=removed_details(removed),
            )
        return True

    # What they have in common.

    def _move(
        self, unit: Unit, regain: Regain, came: tuple[RegainState, ...], to: RegainState
    ) -> bool:
        regains, now = self.parts.regains, self.parts.now()
        return regains.move(unit, regain.id, came, to, ended_at=now) is not None

    def _link(self, unit: Unit, regain: Regain) -> str:
        token = self.links.make(
            unit, REGAIN, regain.user_id, None, self.parts.now(), about=regain.id
        )
        return self.cancel_url(token)

    def _told(
        self,
        unit: Unit,
        event: str,
        who: Who,
        user: User,
        mail: Mail,
        visitor: Visitor | None = None,
        *,
        reason: str | None = None,
        details: dict[str, str | int | None] | None = None,
    ) -> None:
        """Record it, and tell the owner; whence an admin acted is not theirs to know."""
        parts = self.parts
        parts.recorder.record(unit, event, who, subject=user.id, reason=reason, details=details)
        if user.address is not None:
            # Each of these mails says itself what to do if it was not the reader.
            facts = MailFacts(parts.now(), warns=False)
            if visitor is not None:
                facts = parts.facts(visitor, warns=False)
            parts.mailroom.queue(unit, user.address, mail, user=user, facts=facts)

    def _refuse_asking(self, visitor: Visitor, user: User, denied: Denied) -> Denied:
        self.parts.recorder.record_alone(
            "regain.asked",
            anonymous(visitor),
            subject=user.id,
            outcome=Outcome.REFUSED,
            reason=denied.reason,
        )
        return denied


def removed_details(removed: tuple[StoredCredential, ...]) -> dict[str, str | int | None]:
    """What was removed, for the record."""
    names = sorted({stored.name for stored in removed})
    return {"count": len(removed), "factors": ", ".join(names)}


__all__ = ["MAX_NOTE", "Regaining", "removed_details"]
