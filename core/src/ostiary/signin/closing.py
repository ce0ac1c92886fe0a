"""The end of an account: asked for, called off, or carried out once it is due."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete

from ostiary.accounts import Account, Accounts, NameRefused, Session, login_name
from ostiary.accounts.credentials import lock_credentials
from ostiary.audit import COMMAND, SYSTEM, Who
from ostiary.contracts import Mail
from ostiary.mail import MailFacts
from ostiary.signin import letters, words
from ostiary.signin.acts import act
from ostiary.signin.parts import Parts, acting
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit
from ostiary.store.tables import (
    challenges,
    credentials,
    devices,
    flows,
    kept,
    links,
    regains,
    sessions,
)
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Deletion of accounts, after a delay in which their owners can have them back.

    ``delay`` is that delay, ``keep_url`` the page that calls a deletion off.
    """

    parts: Parts
    accounts: Accounts
    delay: timedelta
    keep_url: str

    def ask(self, member: Member, typed: str) -> datetime | Denied:
        """Have the account deleted after the delay; when. Its other sessions end at once.

        Args:
            member: whose account.
            typed: the login name, as its owner typed it to confirm that they mean it.
        """

        def ask(unit: Unit, session: Session) -> datetime | Denied:
            account = self.accounts.get(member.user_id, within=unit)
            if account is None:
                return words.expired()
            if not _names(typed, account):
                return _other_name()
            who, facts = acting(member), self.parts.facts(member.visitor)
            return self._schedule(unit, who, account, facts, except_id=session.id)

        return act(self.parts, member, ask)

    def order(
        self, account: Account, reason: str, delay: timedelta | None = None
    ) -> datetime | Denied:
        """The operator has an account deleted; when. Its sessions end at once."""
        facts = MailFacts(self.parts.now())
        with self.parts.store.write() as unit:
            return self._schedule(unit, COMMAND, account, facts, reason, delay=delay)

    def cancel(self, member: Member) -> bool:
        """Keep the account; whether it was going to be deleted, and the session was still there.

        Also a limited session may: whoever has just got their account back must be in time.
        """
        mail, facts = letters.deletion_cancelled(), self.parts.facts(member.visitor)

        def keep(unit: Unit, _session: Session) -> bool:
            return self._keep(unit, acting(member), member.user_id, mail, facts)

        return act(self.parts, member, keep, limited=True) is True

    def recall(self, account: Account, reason: str) -> bool:
        """The operator calls a deletion off; whether there was one."""
        mail, facts = letters.deletion_cancelled(), MailFacts(self.parts.now())
        with self.parts.store.write() as unit:
            return self._keep(unit, COMMAND, account.id, mail, facts, reason)

    def carry_out_due(self) -> int:
        """Delete the accounts that are due; how many. Every process may call it at any time."""
        done = 0
        for user_id in self.accounts.due(self.parts.now()):
            try:
                done += self.carry_out(user_id)
            except Exception as error:  # noqa: BLE001 - the others are due as well.
                log.error("account %s was not deleted: %s", user_id, type(error).__name__)  # noqa: TRY400 - secrets
        return done

    def carry_out(self, user_id: str) -> bool:
        """Delete an account that is due, in one unit; whether it was done, and by us.

        What happened stays in the trail: events are nobody's to delete here. Whoever is the
        last admin by now keeps the account.
        """
        parts, accounts = self.parts, self.accounts
        with parts.store.write() as unit:
            # Whoever changes credentials takes this lock first, and so must we.
            lock_credentials(unit, user_id)
            account = accounts.get(user_id, within=unit)
            if account is None:
                return False
            if accounts.is_last_admin(unit, user_id):
                mail, facts = letters.last_admin_kept(), MailFacts(parts.now())
                self._keep(unit, SYSTEM, user_id, mail, facts, "last-admin")
                return False
            if not accounts.delete(unit, user_id, parts.now()):
                return False
            _clear(unit, user_id)
            parts.recorder.record(
                unit, "user.deleted", SYSTEM, subject=user_id, details={"login": account.login}
            )
            self._tell(unit, account, letters.deleted(), MailFacts(parts.now(), warns=False))
            return True

    def _schedule(
        self,
        unit: Unit,
        who: Who,
        account: Account,
        facts: MailFacts,
        reason: str | None = None,
        *,
        except_id: str | None = None,
        delay: timedelta | None = None,
    ) -> datetime | Denied:
        parts, accounts = self.parts, self.accounts
        if accounts.is_last_admin(unit, account.id):
            return _last_admin()
        due = parts.now() + (self.delay if delay is None else delay)
        if not accounts.schedule_deletion(unit, account.id, due):
            return _asked_already()
        parts.recorder.record(
            unit,
            "user.deletion-asked",
            who,
            subject=account.id,
            reason=reason,
            details={"due": due.isoformat(timespec="seconds")},
        )
        parts.sessions.end_all(unit, account.id, except_id=except_id)
        if due > parts.now():
            self._tell(unit, account, letters.deletion_asked(due, self.keep_url), facts)
        return due

    def _keep(
        self,
        unit: Unit,
        who: Who,
        user_id: str,
        mail: Mail,
        facts: MailFacts,
        reason: str | None = None,
    ) -> bool:
        account = self.accounts.get(user_id, within=unit)
        if account is None or not self.accounts.keep(unit, user_id):
            return False
        self.parts.recorder.record(
            unit, "user.deletion-cancelled", who, subject=user_id, reason=reason
        )
        self._tell(unit, account, mail, facts)
        return True

    def _tell(self, unit: Unit, account: Account, mail: Mail, facts: MailFacts) -> None:
        """Tell every confirmed address: a thief may have made one of their own the primary."""
        for each in account.addresses:
            if each.verified_at is not None:
                self.parts.mailroom.queue(unit, each.address, mail, user=account.user, facts=facts)


def _clear(unit: Unit, user_id: str) -> None:
    """Remove everything by which somebody could act as this user.

    The credentials first: an answer that is being accepted holds their rows, and what it opens
    must be there to be removed.
    """
    for table in (credentials, sessions, devices, links, kept, flows, challenges, regains):
        unit.execute(delete(table).where(table.c.user_id == user_id))


def _names(typed: str, account: Account) -> bool:
    try:
        return login_name(typed).folded == login_name(account.login).folded
    except NameRefused:
        return False


def _other_name() -> Denied:
    text = _("This is not your user name. Type it to confirm that your account is to be deleted.")
    return Denied("other-name", text, "name", status=400)


def _asked_already() -> Denied:
    text = _("This account is going to be deleted already.")
    return Denied("asked-already", text, over=True, status=409)


def _last_admin() -> Denied:
    return Denied(
        "last-admin",
        _(
            "Nobody else administers this site, so this account cannot be deleted. Make "
            "somebody else an admin first."
        ),
        over=True,
        status=409,
    )
