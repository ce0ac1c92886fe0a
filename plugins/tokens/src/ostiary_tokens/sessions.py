"""Whether a session of the house is not over, for tokens that die with theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select

from ostiary.contracts import House
from ostiary.store.tables import sessions
from ostiary_tokens.caveats.sessions import Lives

_LIVING = select(sessions.c.id).where(
    sessions.c.id == bindparam("id_"),
    sessions.c.expires_at > bindparam("now_"),
    # One that may only add factors gives nothing to tokens.
    sessions.c.limit.is_(None),
)


def living(house: House) -> Lives:
    """Asks the house's table. One that idled out is swept from there within minutes."""

    def lives(session: str, now: datetime) -> bool:
        with house.read() as connection:
            found = connection.execute(_LIVING, {"id_": session, "now_": now})
            return found.first() is not None

    return lives
