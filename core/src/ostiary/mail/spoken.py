"""The language of mails to somebody who chose none: that of a sign-in in a browser of theirs."""

from __future__ import annotations

from sqlalchemy import or_, select, update

from ostiary.store import Unit
from ostiary.store.tables import users
from ostiary.text import current_locale


def keep_spoken(unit: Unit, user_id: str, *, first: bool = False) -> None:
    """Keep the language of the pages that somebody is at; nothing where there is only one.

    ``first`` keeps it only where none is kept yet: in a browser that the account does not know
    there may be somebody else, in whose language no warning must be.
    """
    localization, locale = current_locale()
    if len(localization.locales) > 1:
        none = users.c.spoken.is_(None)
        other = none if first else or_(none, users.c.spoken != locale)
        unit.execute(update(users).where(users.c.id == user_id, other).values(spoken=locale))


def spoken_by(unit: Unit, user_id: str) -> str | None:
    """What was kept; nothing for a user of the host's own."""
    found: str | None = unit.execute(
        select(users.c.spoken).where(users.c.id == user_id)
    ).scalar_one_or_none()
    return found
