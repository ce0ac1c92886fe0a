"""What admins do to people's accounts: shut them out, end their sessions, take factors away.

Each act is one unit of work, with its event, its reason and its mail. Whether whoever acts is
still an admin is seen in that unit too: of two who take each other's rights, one is too late.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ostiary.accounts import Accounts, RegainState, StoredCredential
from ostiary.audit import COMMAND, Who
from ostiary.contracts import Details, Mail, OstiaryError, User
from ostiary.mail import MailFacts
from ostiary.signin import admin_mails, remembering
from ostiary.signin.parts import Parts, acting
from ostiary.signin.taking import has_any_to_take, take_factors
from ostiary.signin.values import Member
from ostiary.store import Unit

if TYPE_CHECKING:
    from ostiary.signin.regaining import Regaining

MAX_REASON = 500
# Any number will do that nobody else who uses the database takes.
_LOCK = 0x6F737469617261  # "ostiara"


class NotAdmin(OstiaryError):
    """Whoever acts is no admin any more, or their session has ended."""


class LastAdmin(OstiaryError):
    """Without this admin there would be none."""


def clean_reason(typed: str) -> str:
    """A reason on one line, without what a log or a page could take for more than letters."""
    line = " ".join(typed.split())
    return "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})


@dataclass(frozen=True, slots=True)
class Administering:
    """The acts of an admin, or of the operator at the command line, where ``by`` is None."""

    parts: Parts
    by: Member | None = None

    @property
    def who(self) -> Who:
        """Whose acts these are, for the record."""
        if self.by is None:
            return COMMAND
        who = acting(self.by)
        return replace(who, actor=replace(who.actor, kind="admin"))

    def set_disabled(
        self, accounts: Accounts, user: User, reason: str | None = None, *, disabled: bool
    ) -> bool:
        """Shut a person out, which ends their sessions, or let them in again.

        Returns:
            whether that was a change.

        Raises:
            NotAdmin: whoever acts is none any more.
            LastAdmin: they are the last admin who can sign in, and another admin asks.
        """
        with self._unit() as unit:
            if disabled and self.by is not None:
                _spare_last(unit, accounts, user)
            changed = accounts.set_disabled(unit, user.id, disabled)
            if disabled:
                self.parts.shut_out(unit, user.id)
            if changed:
                event = "user.disabled" if disabled else "user.enabled"
                self._done(unit, event, user, reason, admin_mails.disabled(disabled=disabled))
        return changed

    def set_admin(
        self, accounts: Accounts, user: User, reason: str | None = None, *, granted: bool
    ) -> bool:
        """Make a person an admin, or no longer; their sessions follow at once.

        Whoever must have a second factor from now on, and has none, can do nothing before; nor
        can a session that did not prove it.

        Returns:
            whether that was a change.

        Raises:
            NotAdmin: whoever acts is none any more.
            LastAdmin: they are the last admin who can sign in.
        """
        parts = self.parts
        with self._unit() as unit:
            if not granted:
                _spare_last(unit, accounts, user)
            changed = accounts.set_admin(unit, user.id, granted)
            if not changed:
                return False
            if granted:
                must_add = parts.requiring.confine(unit, user, parts.now())
                remembering.forget(parts, unit, self.who, user.id, "admin")
                self._done(
                    unit,
                    "admin.granted",
                    user,
                    reason,
                    admin_mails.admin_granted(must_add=must_add),
                )
            else:
                parts.requiring.release(unit, user, parts.now())
                self._done(unit, "admin.revoked", user, reason, admin_mails.admin_revoked())
        return True

    def end_sessions(self, user: User, reason: str) -> int:
        """End all sessions of a person, and the sign-ins under way; how many sessions.

        Raises:
            NotAdmin: whoever acts is none any more.
        """
        with self._unit() as unit:
            ended = self.parts.shut_out(unit, user.id)
            remembering.forget(self.parts, unit, self.who, user.id, "admin")
            if ended:
                details = {"count": ended}
                self._done(
                    unit, "session.all-ended", user, reason, admin_mails.sessions_ended(), details
                )
        return ended

    def reset_factors(self, user: User, reason: str) -> tuple[StoredCredential, ...]:
        """Remove a person's second and recovery factors, also those of absent plugins.

        Whoever lost them all can then sign in by the first proof alone, and enrol anew. Every
        session ends and every device is a stranger's again: one of them may be a thief's.

        Args:
            user: whose.
            reason: why, for the record.

        Returns:
            what was removed, without secrets. Where there is nothing to remove, nothing else
            happens either.

        Raises:
            NotAdmin: whoever acts is none any more.
        """
        parts = self.parts
        with self._unit() as unit:
            stopped = parts.regains.standing(unit, user.id) is RegainState.STOPPED
            if not stopped and not has_any_to_take(unit, user.id):
                return ()
            removed = take_factors(parts, unit, user.id)
            parts.regains.mark(unit, user.id, reason, parts.now())
            details: Details = {
                "count": len(removed),
                "factors": ", ".join(sorted({stored.name for stored in removed})),
            }
            self._done(
                unit, "user.factors-reset", user, reason, admin_mails.factors_reset(), details
            )
        return removed

    def decide(self, regaining: Regaining, regain_id: str, reason: str, *, granted: bool) -> bool:
        """Grant a request for regaining access, or refuse it; whether it waited for that.

        Raises:
            NotAdmin: whoever acts is none any more.
        """
        with self._unit() as unit:
            decide = regaining.grant if granted else regaining.refuse
            return decide(regain_id, self.who, reason, within=unit)

    @contextmanager
    def _unit(self) -> Iterator[Unit]:
        """A unit in which whoever acts is an admin, one such unit after the other.

        Two admins who take each other's rights at once would else both find that they may.
        """
        with self.parts.store.write() as unit:
            if unit.connection.dialect.name == "postgresql":
                unit.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if self.by is not None:
                self._check(unit, self.by)
            yield unit

    def _check(self, unit: Unit, member: Member) -> None:
        """Asked of the directory, which reads what is committed: nobody else is at it now."""
        parts = self.parts
        session = parts.sessions.by_hash(unit, member.session_hash, parts.now())
        if session is None or session.limit is not None:
            raise NotAdmin("the session of whoever acts has ended")
        user = parts.user(member.user_id)
        if user is None or not (user.active and user.privileged):
            raise NotAdmin("whoever acts is no admin any more")

    def _done(
        self,
        unit: Unit,
        event: str,
        user: User,
        reason: str | None,
        mail: Mail,
        details: Details | None = None,
    ) -> None:
        """Record the act, and tell the person; whence an admin acted is not theirs to know."""
        parts = self.parts
        parts.recorder.record(
            unit, event, self.who, subject=user.id, reason=reason, details=details
        )
        if user.address is not None:
            facts = MailFacts(parts.now(), warns=False)
            parts.mailroom.queue(unit, user.address, mail, user=user, facts=facts)


def _spare_last(unit: Unit, accounts: Accounts, user: User) -> None:
    if accounts.is_last_admin(unit, user.id):
        raise LastAdmin(f"{user.login} is the only admin: make another one first")
