"""Who sends a request, by the cookie of their session: what every request asks, in one query."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select

from ostiary.accounts.sessions import Session, session_of
from ostiary.accounts.tokens import token_hash
from ostiary.contracts import User, UserDirectory
from ostiary.store import Lookup, Store
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
        self._find = Lookup(store.readers, _SESSION if directory else _SESSION_AND_USER)
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
        row = self._find(hash_=digest, now_=now, idle_since=now - self._idle)
        if row is None:
            return None
        user = _user(row) if self._directory is None else self._directory.get(row.user_id)
        return None if user is None or not user.active else (session_of(row), user)


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


_SESSION: Select[Any] = select(sessions).where(
    sessions.c.id_hash == bindparam("hash_"),
    sessions.c.expires_at > bindparam("now_"),
    sessions.c.seen_at > bindparam("idle_since"),
)
_VERIFIED = (
    select(addresses.c.address)
    .where(addresses.c.user_id == users.c.id, addresses.c.verified_at.is_not(None))
    .order_by(addresses.c.is_primary.desc(), addresses.c.id)
    .limit(1)
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
