"""Forms that were sent before their sender had proved enough, kept until they have.

A kept form is sealed, belongs to one user, one session and one browser, is shown once, and
goes with the flow that it waits for. What carries it is a token of which only a hash, bound to
that session and that browser, is stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from ostiary.accounts.tokens import new_token
from ostiary.signin.challenges import hash_token
from ostiary.store import KeyRing, SealBroken, Unit, open_column, seal_column
from ostiary.store.tables import kept

MAX_FORM = 64 * 1024
"""Bytes that a form may have to be kept; nobody types that much twice."""

MAX_FIELDS = 256
MAX_FORMS = 10
"""Forms that wait for one user at the same time."""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form as it was filled in.

    ``fields`` are its text fields, in their order, a name as often as it came; ``secrets`` and
    ``files`` are the names of those that are not kept.
    """

    to: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    secrets: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class NotKept(Exception):
    """The form is too large, or too many of them wait for its sender."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose form it is: ``session`` is the id that stays while proofs are added."""

    user_id: str
    session: str
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keeps forms, for as long as the step-up that they wait for may take."""

    keys: KeyRing
    now: Callable[[], datetime]
    lifetime: timedelta

    def put(self, unit: Unit, holder: Holder, form: KeptForm) -> str:
        """Keep a form; the token by which its holder has it back, once.

        Raises:
            NotKept: it is too large, or its sender has too many of them.
        """
        names = len(form.fields) + len(form.secrets) + len(form.files)
        plain = json.dumps([form.to, form.fields, form.secrets, form.files]).encode()
        if names > MAX_FIELDS or len(plain) > MAX_FORM:
            raise NotKept
        unit.execute(delete(kept).where(kept.c.expires_at <= self.now()))
        mine = select(func.count()).select_from(kept).where(kept.c.user_id == holder.user_id)
        if unit.execute(mine).scalar_one() >= MAX_FORMS:
            raise NotKept
        token = new_token()
        row = _bound(token, holder)
        unit.execute(
            insert(kept).values(
                token_hash=row,
                user_id=holder.user_id,
                sealed=seal_column(self.keys, kept.c.sealed, row, plain),
                expires_at=self.now() + self.lifetime,
            )
        )
        return token

    def take(self, unit: Unit, holder: Holder, token: str) -> KeptForm | None:
        """The form of a token, once; None for anybody but its holder, and when it is too late."""
        row = _bound(token, holder)
        mine = (kept.c.token_hash == row, kept.c.user_id == holder.user_id)
        query = select(kept.c.sealed).where(*mine, kept.c.expires_at > self.now())
        sealed = unit.execute(query).scalar_one_or_none()
        # Of two that take it at once, the one that deletes the row has it.
        if not unit.execute(delete(kept).where(*mine)).rowcount or sealed is None:
            return None
        try:
            plain = open_column(self.keys, kept.c.sealed, row, sealed)
        except SealBroken:
            return None
        to, fields, secrets, files = json.loads(plain)
        return KeptForm(
            to, tuple((name, value) for name, value in fields), tuple(secrets), tuple(files)
        )


def _bound(token: str, holder: Holder) -> str:
    """What is stored: to another session, or carried to another browser, it opens nothing."""
    return hash_token(f"{token}\n{holder.session}\n{holder.browser}")
