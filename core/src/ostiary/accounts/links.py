"""Links that are mailed: single use, expiring, good for one purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select

from ostiary.accounts.reading import Reader
from ostiary.accounts.tokens import new_token, token_hash
from ostiary.store import Unit
from ostiary.store.tables import links


@dataclass(frozen=True, slots=True)
class MailedLink:
    """What a link stands for. ``address_id`` is None where it proves no address.

    ``about`` is what else its purpose needs, such as the factor that it resets.
    """

    purpose: str
    user_id: str
    address_id: str | None
    about: str | None
    expires_at: datetime


class Links:
    """Mailed links; only a hash of each is stored.

    Args:
        lifetime: how long a link works.
    """

    def __init__(self, lifetime: timedelta) -> None:
        self._lifetime = lifetime

    def make(
        self,
        unit: Unit,
        purpose: str,
        user_id: str,
        address_id: str | None,
        now: datetime,
        *,
        about: str | None = None,
    ) -> str:
        """A new link's token, to be mailed and kept nowhere else."""
        unit.execute(delete(links).where(links.c.user_id == user_id, links.c.expires_at <= now))
        token = new_token()
        unit.execute(
            insert(links).values(
                token_hash=token_hash(token),
                purpose=purpose,
                user_id=user_id,
                address_id=address_id,
                about=about,
                expires_at=now + self._lifetime,
            )
        )
        return token

    def peek(self, conn: Reader, token: str, purpose: str, now: datetime) -> MailedLink | None:
        """What a link stands for, without using it up: programs open links before people do."""
        row = conn.execute(select(links).where(_usable(token, purpose, now))).one_or_none()
        return None if row is None else _link(row)

    def use(self, unit: Unit, token: str, purpose: str, now: datetime) -> MailedLink | None:
        """Use a link up; of two at once, one gets it. Its purpose's other links end with it."""
        row = unit.execute(
            delete(links).where(_usable(token, purpose, now)).returning(links)
        ).one_or_none()
        if row is None:
            return None
        used = _link(row)
        unit.execute(
            delete(links).where(
                links.c.user_id == used.user_id,
                links.c.purpose == purpose,
                links.c.address_id.is_not_distinct_from(used.address_id),
            )
        )
        return used


def _link(row: Row[Any]) -> MailedLink:
    return MailedLink(row.purpose, row.user_id, row.address_id, row.about, row.expires_at)


def _usable(token: str, purpose: str, now: datetime) -> ColumnElement[bool]:
    # No row has an empty hash, so that what cannot be a token finds nothing.
    return and_(
        links.c.token_hash == (token_hash(token) or ""),
        links.c.purpose == purpose,
        links.c.expires_at > now,
    )
