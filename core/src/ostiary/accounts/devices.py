"""Browsers that have signed in to an account before, and those of them that are remembered.

Such a browser has a budget of tries of its own, so that strangers who use theirs up lock
nobody out (ASVS 5.0, 6.3.1). One that is remembered also stands in for the second proof of a
sign-in, until its time is over or its owner revokes it; that is kept here, and the browser has
nothing but its token, of which only a hash is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, insert, select, update

from ostiary.accounts.reading import AnyReader, Reader, row
from ostiary.accounts.sessions import MAX_ADDRESS, MAX_AGENT
from ostiary.accounts.tokens import new_token, token_hash
from ostiary.contracts import Client
from ostiary.store import Unit
from ostiary.store.tables import devices


@dataclass(frozen=True, slots=True)
class Device:
    """A remembered browser, as its owner sees it. ``id`` stays; its token does not."""

    id: str
    client: Client
    used_at: datetime
    remembered_until: datetime
    current: bool


class Devices:
    """Known devices: a cookie's hash, and the accounts that it signed in to."""

    def known(self, conn: AnyReader, token: str | None, user_id: str) -> str | None:
        """The id of the browser with this token, if it has signed in to this account."""
        found = row(conn, _KNOWN, **_mine(token, user_id))
        return None if found is None else str(found.id)

    def any(self, conn: Reader, user_id: str) -> bool:
        """Whether any browser has signed in to this account, forgotten ones included."""
        some = select(devices.c.user_id).where(devices.c.user_id == user_id).limit(1)
        return conn.execute(some).one_or_none() is not None

    def keep(
        self, unit: Unit, token: str | None, user_id: str, client: Client, now: datetime
    ) -> str:
        """After a sign-in: the token that this browser shall keep from now on.

        It is a new one each time, which the browser's other accounts move to, with whatever is
        remembered: a token that somebody planted in the browser, or copied from it, becomes
        worthless at the sign-in.
        """
        fresh = new_token()
        digest, old = token_hash(fresh), token_hash(token or "")
        if old is not None:
            unit.run(_MOVE, old_=old, token_hash=digest)
        seen = {
            "address": client.address[:MAX_ADDRESS] if client.address else None,
            "agent": client.agent[:MAX_AGENT],
            "used_at": now,
        }
        if not unit.run(_MINE, **_mine(fresh, user_id), **seen):
            unit.execute(
                insert(devices).values(token_hash=digest, user_id=user_id, created_at=now, **seen)
            )
        return fresh

    def forget(self, unit: Unit, user_id: str) -> int:
        """Take every device for a stranger's again; how many there were.

        The rows stay, under what is no token's hash: the next browser is a new one, and not
        the account's first, of which its owner is not told.
        """
        known = (devices.c.user_id == user_id, devices.c.token_hash != devices.c.id)
        gone = update(devices).where(*known)
        return unit.execute(gone.values(token_hash=devices.c.id, remembered_until=None)).rowcount

    # Standing in for the second proof.

    def remembered(self, conn: AnyReader, token: str | None, user_id: str, now: datetime) -> bool:
        """Whether the browser with this token is remembered by this account."""
        return row(conn, _REMEMBERED, **_mine(token, user_id), now_=now) is not None

    def stand_in(self, unit: Unit, token: str | None, user_id: str, now: datetime) -> bool:
        """Whether it still is, for the sign-in of this unit.

        The row is written, so that of a sign-in and a revocation at once one waits for the
        other, also where readers do not (PostgreSQL, READ COMMITTED).
        """
        mine = _mine(token, user_id)
        return unit.run(_STILL_REMEMBERED, **mine, now_=now, used_at=now) == 1

    def remember(self, unit: Unit, token: str, user_id: str, until: datetime) -> None:
        """Let the browser with this token stand in until then."""
        unit.run(_MINE, **_mine(token, user_id), remembered_until=until)

    def of_user(
        self, conn: Reader, user_id: str, token: str | None, now: datetime
    ) -> tuple[Device, ...]:
        """The remembered browsers of an account, the last used first.

        Args:
            conn: what to read from.
            user_id: whose.
            token: that of the browser that asks.
            now: the time.
        """
        rows = conn.execute(
            select(devices)
            .where(devices.c.user_id == user_id, _remembered(now))
            .order_by(devices.c.used_at.desc(), devices.c.id)
        )
        mine = token_hash(token or "")
        return tuple(
            Device(
                id=row.id,
                client=Client(row.address, row.agent),
                used_at=row.used_at,
                remembered_until=row.remembered_until,
                current=row.token_hash == mine,
            )
            for row in rows
        )

    def revoke(self, unit: Unit, user_id: str, now: datetime, device_id: str | None = None) -> int:
        """Remember a browser of the account no longer, or none of them; how many that changed."""
        doomed: list[ColumnElement[bool]] = [devices.c.user_id == user_id, _remembered(now)]
        if device_id is not None:
            doomed.append(devices.c.id == device_id)
        return unit.execute(update(devices).where(*doomed).values(remembered_until=None)).rowcount


def _mine(token: str | None, user_id: str) -> dict[str, str]:
    # No row has an empty hash, so that what cannot be a token finds nothing.
    return {"digest_": token_hash(token or "") or "", "user_id_": user_id}


def _remembered(now: Any) -> Any:
    return devices.c.remembered_until > now


# Built once: every sign-in runs them.
_OF = and_(devices.c.token_hash == bindparam("digest_"), devices.c.user_id == bindparam("user_id_"))
_KNOWN = select(devices.c.id).where(_OF)
_REMEMBERED = _KNOWN.where(_remembered(bindparam("now_")))
_MINE = update(devices).where(_OF)
_STILL_REMEMBERED = _MINE.where(_remembered(bindparam("now_")))
_MOVE = update(devices).where(devices.c.token_hash == bindparam("old_"))
