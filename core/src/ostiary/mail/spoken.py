"""The language of mails to somebody who chose none: the one that they were last signed in by."""

from __future__ import annotations

from sqlalchemy import or_, select, update

from ostiary.store import Unit
from ostiary.store.tables import users
from ostiary.text import current_locale


def keep_spoken(unit: Unit, user_id: str) -> None:
    """Keep the language of the pages that somebody is at; nothing where there is only one."""
    localization, locale = current_locale()
    if len(localization.locales) > 1:
        other = or_(users.c.spoken.is_(None), users.c.spoken != locale)
        unit.execute(update(users).where(users.c.id == user_id, other).values(spoken=locale))


def spoken_by(unit: Unit, user_id: str) -> str | None:
    """What was kept; nothing for a user of the host's own."""
    found: str | None = unit.execute(
        select(users.c.spoken).where(users.c.id == user_id)
    ).scalar_one_or_none()
    return found
