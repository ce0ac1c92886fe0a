"""A mail some days before a token ends: once, by whichever process looks first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from ostiary.contracts import House
from ostiary.store.tables import credentials
from ostiary_tokens import mails
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.tables import tokens

EARLY = timedelta(days=7)
"""How long before its end the owner of a token is told."""

_AT_ONCE = 500


def is_long(created: datetime, end: datetime | None) -> bool:
    """Whether a token lives for so long that somebody may forget of it: twice the notice or more.

    One without an end may get one from the operator.
    """
    return end is None or end - created >= 2 * EARLY


def remind(house: House, settings: TokenSettings) -> None:
    """Mail the owners of tokens that end soon. What one round leaves, the next ones do."""
    now, most = house.now(), settings.max_lifetime
    with house.read() as connection:
        due = list(connection.execute(_BY_OWN_END, {"now_": now, "soon_": now + EARLY}))
        if most is not None and most >= 2 * EARLY:
            aged = {"over_": now - most, "soon_": now + EARLY - most}
            due += connection.execute(_BY_AGE, aged)
    for row in due:
        ends = (row.expires_at, None if most is None else row.created_at + most)
        end = min(end for end in ends if end is not None)
        if end > now:
            _tell(house, row, end)


def _tell(house: House, row: Any, end: datetime) -> None:
    with house.write() as unit:
        if unit.run(_REMINDED, id_=row.id, reminded=True):
            house.tell(row.user_id, mails.ends_soon(row.label, end), within=unit)


def _due() -> Select[Any]:
    t = tokens.c
    return (
        select(t.id, t.user_id, t.created_at, t.expires_at, credentials.c.label)
        .join(credentials, credentials.c.id == t.id)
        .where(t.reminded.is_(False))
        .order_by(t.id)
        .limit(_AT_ONCE)
    )


_BY_OWN_END = _due().where(
    tokens.c.expires_at > bindparam("now_"), tokens.c.expires_at <= bindparam("soon_")
)
_BY_AGE = _due().where(
    tokens.c.created_at > bindparam("over_"), tokens.c.created_at <= bindparam("soon_")
)
_REMINDED = update(tokens).where(tokens.c.id == bindparam("id_"), tokens.c.reminded.is_(False))
