"""The mail room: letters go into the outbox with the act that causes them, and out after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from ostiary.background import Background
from ostiary.contracts import Localization, Mail, Site, User
from ostiary.mail.compose import compose
from ostiary.mail.letter import Letter, MailFacts
from ostiary.mail.spoken import spoken_by
from ostiary.mail.transport import Envelope, mailer
from ostiary.settings import MailSettings
from ostiary.store import Store, Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import outbox

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
"""How often delivery is tried, over about 24 hours."""

KEPT = timedelta(days=7)
"""How long a letter that was given up stays in the outbox."""

# Longer than any delivery: whoever claims a letter has it for this long, or died of kill -9.
_LEASE = timedelta(minutes=5)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
# How often to look for what another process left behind, or what is due again.
_POLL_SECONDS = 15.0
_BATCH = 50


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A letter that is ours for the time of the lease."""

    id: str
    attempts: int
    sealed: bytes
    created_at: datetime


class Mailroom(Background):
    """Queues letters, and delivers them at least once.

    Several processes may share one outbox; of them one has a letter at a time. Threads share
    one mail room.

    Args:
        store: where the outbox is.
        settings: how mail leaves.
        site: whose mail it is.
        base: the URL under which the pages are mounted, without a closing slash.
        localization: puts letters into words.
        now: the clock.
    """

    def __init__(
        self,
        store: Store,
        settings: MailSettings,
        site: Site,
        base: str,
        localization: Localization,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("ostiary-mail")
        self._store = store
        self._settings = settings
        self._site = site
        self._base = base
        self._localization = localization
        self._now = now
        self._mailer = mailer(settings, site.domain)

    def queue(
        self,
        unit: Unit,
        to: str,
        mail: Mail,
        *,
        user: User | None = None,
        facts: MailFacts | None = None,
    ) -> None:
        """Put a letter into the outbox, in the act's transaction; it leaves after the commit.

        Args:
            unit: the act.
            to: one address.
            mail: what to say.
            user: whom it is for: their login name is in it, and it is in the language
                that they chose, or that their pages were in when they last signed in.
            facts: what a notification reports.

        Raises:
            ValueError: the address or the link is not one; the message shows neither.
        """
        if user is not None and user.locale is None and len(self._localization.locales) > 1:
            user = replace(user, locale=spoken_by(unit, user.id))
        letter = Letter.addressed(to, mail, user, facts)
        now = self._now()
        row = uuid7(now)
        sealed = self._store.keys.seal(letter.to_bytes(), *_context(row))
        unit.execute(
            insert(outbox).values(id=row, sealed=sealed, attempts=0, due_at=now, created_at=now)
        )
        unit.after_commit(self._wake.set)

    def deliver_due(self) -> int:
        """Try every letter that is due, and remove those kept for too long.

        Returns:
            how many were delivered.
        """
        self._remove_expired()
        delivered = 0
        while rows := self._due():
            delivered += sum(self._deliver(row) for row in rows)
        return delivered

    def _round(self) -> float:
        try:
            self._remove_expired()
            rows = self._due()
            for row in rows:
                self._deliver(row)
                if self._stopping.is_set():
                    break
        except Exception as error:  # noqa: BLE001 - a lost database comes back.
            log.error("the outbox is out of reach: %s", type(error).__name__)  # noqa: TRY400
            return _POLL_SECONDS
        return 0.0 if rows else _POLL_SECONDS

    def _due(self) -> list[str]:
        statement = (
            select(outbox.c.id)
            .where(outbox.c.due_at <= self._now(), outbox.c.attempts < MAX_ATTEMPTS)
            .order_by(outbox.c.due_at)
            .limit(_BATCH)
        )
        with self._store.read() as connection:
            return list(connection.scalars(statement))

    def _claim(self, row: str) -> _Claimed | None:
        """Take a letter for the time of the lease, unless somebody else was quicker."""
        now = self._now()
        statement = (
            update(outbox)
            .where(outbox.c.id == row, outbox.c.due_at <= now, outbox.c.attempts < MAX_ATTEMPTS)
            .values(attempts=outbox.c.attempts + 1, due_at=now + _LEASE)
            .returning(outbox.c.id, outbox.c.attempts, outbox.c.sealed, outbox.c.created_at)
        )
        with self._store.write() as unit:
            found = unit.execute(statement).one_or_none()
        return None if found is None else _Claimed(**found._mapping)  # noqa: SLF001 - public.

    def _deliver(self, row: str) -> bool:
        """Whether this letter was ours to deliver, and was delivered."""
        claimed = self._claim(row)
        if claimed is None:
            return False
        try:
            self._send(claimed)
        except Exception as error:  # noqa: BLE001 - whatever it was, the letter is tried again.
            self._failed(claimed, error)
            return False
        with self._store.write() as unit:
            unit.execute(delete(outbox).where(outbox.c.id == claimed.id))
        return True

    def _send(self, claimed: _Claimed) -> None:
        letter = Letter.from_bytes(self._store.keys.open(claimed.sealed, *_context(claimed.id)))
        message = compose(
            letter,
            site=self._site,
            base=self._base,
            sender=self._settings.sender,
            localization=self._localization,
            message_id=claimed.id,
            date=claimed.created_at,
        )
        self._mailer.send_immediately(Envelope(self._settings.sender, letter.to, message))

    def _failed(self, claimed: _Claimed, error: Exception) -> None:
        """Say so without the address or anything of the letter, and set the next time."""
        last = claimed.attempts >= MAX_ATTEMPTS
        log.log(
            logging.ERROR if last else logging.WARNING,
            "mail %s was not delivered at attempt %d of %d: %s%s",
            claimed.id,
            claimed.attempts,
            MAX_ATTEMPTS,
            type(error).__name__,
            "; it is given up" if last else "",
        )
        # Only while the lease is ours: somebody else may have taken it since.
        statement = (
            update(outbox)
            .where(outbox.c.id == claimed.id, outbox.c.attempts == claimed.attempts)
            .values(due_at=self._now() + wait_after(claimed.attempts))
        )
        with self._store.write() as unit:
            unit.execute(statement)

    def _remove_expired(self) -> None:
        before = self._now() - KEPT
        given_up = (outbox.c.attempts >= MAX_ATTEMPTS, outbox.c.created_at < before)
        with self._store.read() as connection:
            rows = list(connection.scalars(select(outbox.c.id).where(*given_up)))
        if not rows:
            return
        with self._store.write() as unit:
            unit.execute(delete(outbox).where(outbox.c.id.in_(rows), *given_up))
        for row in rows:
            log.error("mail %s expired without having been delivered", row)


def wait_after(attempts: int) -> timedelta:
    """How long after the n-th failure to try again: 30 seconds, trebled, up to 6 hours."""
    trebled: int = 3 ** (attempts - 1)
    return min(_FIRST_WAIT * trebled, _LONGEST_WAIT)


def _context(row: str) -> tuple[str, str, str]:
    return outbox.name, row, outbox.c.sealed.name
