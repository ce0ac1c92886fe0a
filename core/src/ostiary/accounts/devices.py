"""Browsers that have signed in to an account before.

Such a browser has a budget of tries of its own, so that strangers who use theirs up lock
nobody out (ASVS 5.0, 6.3.1). It stands in for no factor.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CursorResult, delete, insert, select, update

from ostiary.accounts.reading import Reader
from ostiary.accounts.sessions import MAX_ADDRESS, MAX_AGENT
from ostiary.accounts.tokens import new_token, token_hash
from ostiary.contracts import Client
from ostiary.store import Unit
from ostiary.store.tables import devices


class Devices:
    """Known devices: a cookie's hash, and the accounts that it signed in to."""

    def known(self, conn: Reader, token: str | None, user_id: str) -> bool:
        """Whether the browser with this token has signed in to this account."""
        mine = select(devices.c.user_id).where(
            devices.c.token_hash == (token_hash(token or "") or ""), devices.c.user_id == user_id
        )
        return conn.execute(mine).one_or_none() is not None

    def remember(
        self, unit: Unit, token: str | None, user_id: str, client: Client, now: datetime
    ) -> str:
        """After a sign-in: the token that this browser shall keep from now on.

        It is a new one each time, which the browser's other accounts move to: a token that
        somebody planted in the browser becomes worthless at the sign-in.
        """
        fresh = new_token()
        digest, old = token_hash(fresh), token_hash(token or "")
        if old is not None:
            unit.execute(
                update(devices).where(devices.c.token_hash == old).values(token_hash=digest)
            )
        mine = (devices.c.token_hash == digest, devices.c.user_id == user_id)
        seen = {
            "address": client.address[:MAX_ADDRESS] if client.address else None,
            "agent": client.agent[:MAX_AGENT],
            "used_at": now,
        }
        if not unit.execute(update(devices).where(*mine).values(seen)).rowcount:
            unit.execute(
                insert(devices).values(token_hash=digest, user_id=user_id, created_at=now, **seen)
            )
        return fresh

    def forget(self, unit: Unit, user_id: str) -> int:
        """Take every device for a stranger's again; how many there were."""
        gone: CursorResult[tuple[()]] = unit.execute(
            delete(devices).where(devices.c.user_id == user_id)
        )
        return gone.rowcount
