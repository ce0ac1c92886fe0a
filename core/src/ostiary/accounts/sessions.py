"""Sessions: kept on the server, named by a random cookie of which only the hash is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, select, update

from ostiary.accounts.proofs import proofs_from_json, proofs_to_json
from ostiary.accounts.reading import Reader, row
from ostiary.accounts.tokens import new_token, token_hash
from ostiary.contracts import Client, OstiaryError, Proof
from ostiary.settings import Settings
from ostiary.store import Store, Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import sessions

_TOUCH = timedelta(minutes=1)
MAX_AGENT = 512
MAX_ADDRESS = 64


class SessionEnded(OstiaryError):
    """The session was ended, or rotated by another request, in the meantime."""


class Limit(Enum):
    """Why a session may only add factors."""

    RECOVERY = "recovery"  # It came by recovery, or after a reset.
    ENROL = "enrol"  # The account must have a second factor, and has none.


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was loaded. ``id`` stays; ``id_hash`` changes with each proof."""

    id_hash: str
    id: str
    user_id: str
    proofs: tuple[Proof, ...]
    limit: Limit | None
    client: Client
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class End:
    """When a session ends; ``absolute`` where using it puts that off no longer."""

    at: datetime
    absolute: bool


class Sessions:
    """The sessions of everybody.

    Args:
        store: the database, for :meth:`touch`, which has a unit of its own.
        settings: gives the idle and the absolute limit (ASVS 5.0, 7.3.1 and 7.3.2).
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._idle = settings.session.idle
        self._absolute = settings.session.absolute

    def open(
        self,
        unit: Unit,
        user_id: str,
        proofs: Iterable[Proof],
        client: Client,
        limit: Limit | None,
        now: datetime,
        session_id: str | None = None,
    ) -> str:
        """Begin a session; what to put into the cookie (ASVS 5.0, 7.2.2 to 7.2.4).

        ``session_id`` is what its owner and the trail call it, made here if it is not given.
        """
        unit.run(_CLEAR, user_id_=user_id, now_=now, idle_since=now - self._idle)
        cookie = new_token()
        unit.run(
            _INSERT,
            id_hash=token_hash(cookie),
            id=session_id or uuid7(now),
            user_id=user_id,
            proofs=proofs_to_json(proofs),
            limit=None if limit is None else limit.value,
            address=client.address[:MAX_ADDRESS] if client.address else None,
            agent=client.agent[:MAX_AGENT],
            created_at=now,
            seen_at=now,
            expires_at=now + self._absolute,
        )
        return cookie

    def load(self, conn: Reader, cookie: str, now: datetime) -> Session | None:
        """The session of a cookie, unless it is over."""
        digest = token_hash(cookie)
        return None if digest is None else self.by_hash(conn, digest, now)

    def by_hash(self, conn: Reader, id_hash: str, now: datetime) -> Session | None:
        """The session whose id has this hash, unless it is over."""
        found = row(conn, _BY_HASH, hash_=id_hash, now_=now, idle_since=now - self._idle)
        return None if found is None else session_of(found)

    def of_user(self, conn: Reader, user_id: str, now: datetime) -> tuple[Session, ...]:
        """The live sessions of a user, the last used first (ASVS 5.0, 7.5.2)."""
        rows = conn.execute(
            select(sessions)
            .where(sessions.c.user_id == user_id, self._live(now))
            .order_by(sessions.c.seen_at.desc(), sessions.c.id_hash)
        )
        return tuple(session_of(row) for row in rows)

    def touch(self, session: Session, now: datetime) -> bool:
        """Note that the session is in use, at most once a minute; whether it was noted.

        Opens a unit of its own, and only when there is something to write: on SQLite
        everybody who writes waits for everybody else.
        """
        if not self.is_due(session, now):
            return False
        with self._store.write() as unit:
            self.extend(unit, session, now)
        return True

    @staticmethod
    def is_due(session: Session, now: datetime) -> bool:
        """Whether :meth:`touch` would note anything."""
        return now - session.seen_at >= _TOUCH

    def extend(self, unit: Unit, session: Session, now: datetime) -> None:
        """Put the idle limit off; the absolute one stays."""
        unit.execute(
            update(sessions)
            .where(sessions.c.id_hash == session.id_hash, sessions.c.seen_at < now)
            .values(seen_at=now)
        )

    def end_of(self, session: Session, now: datetime) -> End:
        """When the session ends if nothing is asked of it after the request of this moment."""
        # The request itself keeps it from idling out, though it need not be noted.
        seen = now if now - session.seen_at >= _TOUCH else session.seen_at
        idle = seen + self._idle
        return End(min(idle, session.expires_at), session.expires_at <= idle)

    def renew(self, unit: Unit, session: Session, now: datetime) -> str:
        """Begin the session's time anew, under a new id (ASVS 5.0, 7.2.4); the cookie's value.

        Only for who has just proved everything again.

        Raises:
            SessionEnded: the session is no longer as it was loaded.
        """
        cookie = new_token()
        self._change(
            unit, session, id_hash=token_hash(cookie), seen_at=now, expires_at=now + self._absolute
        )
        return cookie

    def add_proofs(self, unit: Unit, session: Session, proofs: Iterable[Proof]) -> str:
        """Keep further proofs, under a new id (ASVS 5.0, 7.2.4); the new cookie's value.

        Raises:
            SessionEnded: the session is no longer as it was loaded.
        """
        cookie = new_token()
        kept = list(session.proofs)
        for new in proofs:
            kept = [old for old in kept if not _covers(new, old)] + [new]
        self._change(unit, session, id_hash=token_hash(cookie), proofs=proofs_to_json(kept))
        return cookie

    def limit_all(self, unit: Unit, user_id: str, limit: Limit) -> None:
        """Limit the user's sessions that are not limited yet."""
        free = (sessions.c.user_id == user_id, sessions.c.limit.is_(None))
        unit.execute(update(sessions).where(*free).values(limit=limit.value))

    def unlimit(self, unit: Unit, user_id: str, id_hash: str | None = None) -> None:
        """Let the user's sessions, or one of them, go on that only had to add a factor."""
        mine = [sessions.c.user_id == user_id, sessions.c.limit == Limit.ENROL.value]
        if id_hash is not None:
            mine.append(sessions.c.id_hash == id_hash)
        unit.execute(update(sessions).where(*mine).values(limit=None))

    def lift(self, unit: Unit, session_id: str) -> None:
        """Let one session go on that came by recovery, or after a reset."""
        mine = (sessions.c.id == session_id, sessions.c.limit == Limit.RECOVERY.value)
        unit.execute(update(sessions).where(*mine).values(limit=None))

    def end(self, unit: Unit, id_hash: str, user_id: str) -> bool:
        """End one session of this user; whether there was one."""
        mine = (sessions.c.id_hash == id_hash, sessions.c.user_id == user_id)
        return bool(unit.execute(delete(sessions).where(*mine)).rowcount)

    def end_named(self, unit: Unit, session_id: str, user_id: str, now: datetime) -> Session | None:
        """End the live session of this user that goes by this id; what it was."""
        mine = (sessions.c.id == session_id, sessions.c.user_id == user_id, self._live(now))
        row = unit.execute(delete(sessions).where(*mine).returning(sessions)).one_or_none()
        return None if row is None else session_of(row)

    def end_all(self, unit: Unit, user_id: str, except_id: str | None = None) -> int:
        """End the user's sessions but one (ASVS 5.0, 7.4.3); how many there were.

        The one that stays is given by the id that stays: another tab may just have rotated it.
        """
        ending = delete(sessions).where(sessions.c.user_id == user_id)
        if except_id is not None:
            ending = ending.where(sessions.c.id != except_id)
        return unit.execute(ending).rowcount

    def drop_proofs(self, unit: Unit, session: Session, credential_id: str) -> None:
        """Keep the session, without what a credential that is no more has proved.

        Raises:
            SessionEnded: the session is no longer as it was loaded.
        """
        left = [proof for proof in session.proofs if proof.credential != credential_id]
        self._change(unit, session, proofs=proofs_to_json(left))

    def end_proved_by(self, unit: Unit, session: Session, credential_id: str, now: datetime) -> int:
        """End the user's other sessions in which a credential proved anything; how many."""
        doomed = [
            other.id_hash
            for other in self.of_user(unit, session.user_id, now)
            if other.id_hash != session.id_hash
            and any(proof.credential == credential_id for proof in other.proofs)
        ]
        return unit.execute(delete(sessions).where(sessions.c.id_hash.in_(doomed))).rowcount

    @staticmethod
    def _change(unit: Unit, session: Session, **values: object) -> None:
        changed = unit.execute(
            update(sessions).where(sessions.c.id_hash == session.id_hash).values(**values)
        )
        if not changed.rowcount:
            raise SessionEnded("the session was ended or rotated meanwhile; sign in again")

    def _live(self, now: datetime) -> ColumnElement[bool]:
        return and_(sessions.c.expires_at > now, sessions.c.seen_at > now - self._idle)


# Every request of somebody signed in runs it: to build it takes longer than to execute it.
_ALIVE = and_(
    sessions.c.expires_at > bindparam("now_"), sessions.c.seen_at > bindparam("idle_since")
)
_BY_HASH = select(sessions).where(sessions.c.id_hash == bindparam("hash_"), _ALIVE)
# As does every sign-in these.
_CLEAR = delete(sessions).where(sessions.c.user_id == bindparam("user_id_"), ~_ALIVE)
_INSERT = insert(sessions)


def _covers(new: Proof, old: Proof) -> bool:
    """Whether a newer proof says all that an older one of the same credential said."""
    same = (new.factor, new.credential, new.recovery) == (old.factor, old.credential, old.recovery)
    return same and old.strength.cut_to(new.strength) == old.strength


def session_of(row: Any) -> Session:
    """A session from a row of all its columns."""
    return Session(
        id_hash=row.id_hash,
        id=row.id,
        user_id=row.user_id,
        proofs=proofs_from_json(row.proofs),
        limit=None if row.limit is None else Limit(row.limit),
        client=Client(row.address, row.agent),
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
