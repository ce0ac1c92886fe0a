"""Finding accounts by a part of what they are called, for admins."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from ostiary.accounts.names import fold
from ostiary.accounts.reading import Reader
from ostiary.store.tables import addresses, users

MAX_TERM = 254
"""As much as a whole address has."""


def found_ids(conn: Reader, typed: str, *, after: str, limit: int) -> tuple[str, ...]:
    """The ids of accounts whose name or an address of which holds what was typed, by name.

    Also the one whose id it is. Letters are compared as in sign-ins; with nothing typed, all
    accounts are found.

    Args:
        conn: what to read from.
        typed: the search; what goes beyond 254 characters finds nothing.
        after: begin behind the account of this id, for pages; from the start if it is gone.
        limit: how many at most.
    """
    c = users.c
    behind = select(c.login_folded).where(c.id == after).scalar_subquery()
    page: list[ColumnElement[bool]] = [or_(behind.is_(None), c.login_folded > behind)]
    term = typed.strip()
    # PostgreSQL keeps no NUL, and refuses to look for one.
    if len(term) > MAX_TERM or "\0" in term:
        return ()
    if term:
        page.append(_holds(term))
    rows = conn.execute(select(c.id).where(*page).order_by(c.login_folded).limit(limit))
    return tuple(rows.scalars())


def _holds(term: str) -> Any:
    folded = fold(term)
    # ``autoescape``: a per cent sign and an underscore are letters here.
    mine = select(addresses.c.user_id).where(
        addresses.c.address_folded.contains(folded, autoescape=True)
    )
    name = users.c.login_folded.contains(folded, autoescape=True)
    return or_(name, users.c.id == term, users.c.id.in_(mine))
