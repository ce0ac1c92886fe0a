"""Who sends a request, by the cookie of their session: what every request asks, in one query."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, literal_column, select

from ostiary.accounts.sessions import Session, session_of
from ostiary.accounts.tokens import token_hash
from ostiary.contracts import User, UserDirectory
from ostiary.store import Store
from ostiary.store.tables import addresses, sessions, users


class Callers:
    """Finds who is signed in. Nothing is remembered from one request to the next.

    So a session that was ended, and a user who was disabled, are nobody at the next request.

    Args:
        store: the database.
        idle: how long a session lasts that is not used.
        directory: whom to ask for the user; None where these are the core's own, who are then
            found by the query that finds the session.
    """

    def __init__(self, store: Store, idle: timedelta, directory: UserDirectory | None) -> None:
        self._store = store
        self._idle = idle
        self._directory = directory

    def of(self, cookie: str, now: datetime) -> tuple[Session, User] | None:
        """The session of a cookie, and its user; None if either is no more, or not active.

        Raises:
            Fault: the host's directory does not answer.
        """
        digest = token_hash(cookie)
        if digest is None:
            return None
        asked = _SESSION_AND_USER if self._directory is None else _SESSION
        row = self._store.readers.first(asked, hash_=digest)
        # Held here: to put two times into the query takes as long as to read them from the row.
        if row is None or row.expires_at <= now or row.seen_at <= now - self._idle:
            return None
        session, user = _values(row)
        if self._directory is not None:
            user = self._directory.get(session.user_id)
        return None if user is None or not user.active else (session, user)


# What makes the values of a row is half of the work, and most requests find the row of the one
# before. The key is all that the database said just now, so nothing is remembered beyond it.
@lru_cache(maxsize=1024)
def _values(row: Any) -> tuple[Session, User | None]:
    session = session_of(row._replace(proofs=json.loads(row.proofs)))
    return session, _user(row) if "login" in row._fields else None


def _user(row: Any) -> User:
    """What :attr:`ostiary.accounts.Account.user` says of the same account."""
    return User(
        id=row.user_id,
        login=row.login,
        address=row.verified,
        active=row.disabled_at is None,
        privileged=row.admin,
        locale=row.locale,
        zone=row.zone,
    )


_SESSION: Select[Any] = select(
    *(column for column in sessions.c if column is not sessions.c.proofs),
    # As text on PostgreSQL too, where the driver would make lists of it.
    cast(sessions.c.proofs, Text).label("proofs"),
).where(sessions.c.id_hash == bindparam("hash_"))
_VERIFIED = (
    select(addresses.c.address)
    .where(addresses.c.user_id == users.c.id, addresses.c.verified_at.is_not(None))
    .order_by(addresses.c.is_primary.desc(), addresses.c.id)
    .limit(literal_column("1"))
    .scalar_subquery()
)
_SESSION_AND_USER = _SESSION.join(users, users.c.id == sessions.c.user_id).add_columns(
    users.c.login,
    users.c.disabled_at,
    users.c.admin,
    users.c.locale,
    users.c.zone,
    _VERIFIED.label("verified"),
)
