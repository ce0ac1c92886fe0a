"""Challenges that were asked: rows on the server, or sealed into the form of a nobody.

A challenge is bound to a purpose and to what the browser holds (its flow, its session, or the
browser itself), expires, has a number of tries, and is used once. On a page that anybody may
open, no row is written: the challenge is sealed into the form, and only its use is stored.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update

from ostiary.accounts.reading import AnyReader, row
from ostiary.accounts.tokens import token_hash
from ostiary.contracts import JSON, Challenge, Purpose, Wait
from ostiary.signin.codec import challenge_from_bytes, challenge_to_bytes, was_sent, was_typed
from ostiary.signin.values import Asked
from ostiary.store import (
    KeyRing,
    SealBroken,
    Unit,
    insert_if_absent,
    open_column,
    seal_column,
)
from ostiary.store.tables import challenges, spent

FORM_SEAL = "ostiary-sealed-form"


def hash_token(token: str) -> str:
    """What is stored of a token that a browser holds: SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


class Challenges:
    """Keeps what was asked until it is answered.

    Args:
        keys: seals the factors' private state.
        now: the clock.
        lifetime: how long a challenge may be answered.
    """

    def __init__(self, keys: KeyRing, now: Callable[[], datetime], lifetime: timedelta) -> None:
        self._keys = keys
        self._now = now
        self._lifetime = lifetime

    def new(
        self,
        challenge: Challenge,
        purpose: Purpose,
        factor: str,
        bound_to: str,
        *,
        user_id: str | None,
        handle: str,
        typed: str | None = None,
    ) -> Asked:
        """A challenge that is about to be asked."""
        return Asked(
            handle=handle,
            purpose=purpose,
            factor=factor,
            bound_to=bound_to,
            user_id=user_id,
            challenge=challenge,
            expires_at=self._now() + self._lifetime,
            tries_left=type(challenge).tries,
            sent=challenge.mail is not None or challenge.send is not None,
            typed=typed,
        )

    # Rows.

    def put(self, unit: Unit, asked: Asked) -> None:
        """Store a challenge in place of those that the factor asked here before."""
        where = {"bound_to": asked.bound_to, "factor": asked.factor, "purpose": asked.purpose.value}
        old = {f"{name}_": value for name, value in where.items()}
        unit.run(_DELETE_OLD, **old, now_=self._now())
        unit.run(
            _INSERT,
            **where,
            handle=asked.handle,
            user_id=asked.user_id,
            sealed=seal_column(
                self._keys,
                challenges.c.sealed,
                asked.handle,
                challenge_to_bytes(asked.challenge, asked.typed),
            ),
            tries_left=asked.tries_left,
            created_at=self._now(),
            expires_at=asked.expires_at,
        )

    def load(self, conn: AnyReader, handle: str, bound_to: str, purpose: Purpose) -> Asked | None:
        """The challenge of this handle, if it is this browser's, for this purpose, and open."""
        if token_hash(handle) is None:
            return None  # A NUL among it would be an error of PostgreSQL.
        found = row(
            conn,
            _OF_HANDLE,
            handle_=handle,
            bound_to_=bound_to,
            purpose_=purpose.value,
            now_=self._now(),
        )
        return None if found is None else self._from_row(found)

    def current(
        self, conn: AnyReader, bound_to: str, purpose: Purpose, factor: str | None = None
    ) -> Asked | None:
        """The newest challenge that is open here, of one factor or of any."""
        here = {"bound_to_": bound_to, "purpose_": purpose.value, "now_": self._now()}
        if factor is None:
            found = row(conn, _NEWEST, **here)
        else:
            found = row(conn, _NEWEST_OF, **here, factor_=factor)
        return None if found is None else self._from_row(found)

    def take_try(self, unit: Unit, handle: str) -> bool:
        """Count a try before the plugin is asked; whether there was one left."""
        return unit.run(_TAKE_TRY, handle_=handle, now_=self._now()) == 1

    def deliver(self, unit: Unit, handle: str, data: JSON) -> bool:
        """Keep what a waiting challenge was to hear; whether one is waiting."""
        if token_hash(handle) is None:
            return False
        row = unit.execute(
            select(challenges).where(
                challenges.c.handle == handle, challenges.c.expires_at > self._now()
            )
        ).one_or_none()
        if row is None or not isinstance(self._from_row(row).challenge, Wait):
            return False
        heard = json.dumps(dict(data)).encode()
        sealed = seal_column(self._keys, challenges.c.delivered, handle, heard)
        unit.execute(
            update(challenges).where(challenges.c.handle == handle).values(delivered=sealed)
        )
        return True

    def remove(self, unit: Unit, handle: str) -> bool:
        """Use a challenge up; whether it was still there. Of two that try, one is told yes."""
        return unit.run(_REMOVE, handle_=handle) == 1

    def move(self, unit: Unit, bound_to: str, to: str) -> None:
        """Go on asking a session that has another name now: what it was shown still counts."""
        mine = challenges.c.bound_to == bound_to
        unit.execute(update(challenges).where(mine).values(bound_to=to))

    def forget(self, unit: Unit, bound_to: str, factor: str) -> None:
        """Forget what a factor asked in a flow."""
        unit.execute(
            delete(challenges).where(
                challenges.c.bound_to == bound_to, challenges.c.factor == factor
            )
        )

    # Sealed forms.

    def seal(self, asked: Asked) -> str:
        """The challenge as a value for a hidden field."""
        known = {
            "handle": asked.handle,
            "purpose": asked.purpose.value,
            "factor": asked.factor,
            "bound_to": asked.bound_to,
            "user_id": asked.user_id,
            "expires_at": asked.expires_at.isoformat(),
            "challenge": challenge_to_bytes(asked.challenge).decode(),
        }
        sealed = self._keys.seal(json.dumps(known).encode(), FORM_SEAL)
        return urlsafe_b64encode(sealed).decode()

    def unseal(self, token: str, bound_to: str, purpose: Purpose) -> Asked | None:
        """The challenge of a hidden field, if it is this browser's, for this purpose, and open."""
        try:
            known = json.loads(self._keys.open(urlsafe_b64decode(token.encode()), FORM_SEAL))
        except (SealBroken, ValueError):
            return None
        asked = Asked(
            handle=known["handle"],
            purpose=Purpose(known["purpose"]),
            factor=known["factor"],
            bound_to=known["bound_to"],
            user_id=known["user_id"],
            challenge=challenge_from_bytes(known["challenge"].encode()),
            expires_at=datetime.fromisoformat(known["expires_at"]),
            tries_left=1,
            sealed=True,
        )
        fits = asked.bound_to == bound_to and asked.purpose is purpose
        return asked if fits and asked.expires_at > self._now() else None

    def spend(self, unit: Unit, asked: Asked) -> bool:
        """Store the use of a sealed form; whether this was the first."""
        unit.run(_DELETE_SPENT, now_=self._now())
        digest = hash_token(asked.handle)
        return insert_if_absent(unit, spent, {"hash": digest, "expires_at": asked.expires_at})

    def is_spent(self, conn: AnyReader, asked: Asked) -> bool:
        """Whether a sealed form was used before."""
        return row(conn, _SPENT, hash_=hash_token(asked.handle)) is not None

    def _from_row(self, row: Any) -> Asked:
        opened = open_column(self._keys, challenges.c.sealed, row.handle, row.sealed)
        delivered = None
        if row.delivered is not None:
            heard = open_column(self._keys, challenges.c.delivered, row.handle, row.delivered)
            delivered = json.loads(heard)
        return Asked(
            handle=row.handle,
            purpose=Purpose(row.purpose),
            factor=row.factor,
            bound_to=row.bound_to,
            user_id=row.user_id,
            challenge=challenge_from_bytes(opened),
            expires_at=row.expires_at,
            tries_left=row.tries_left,
            delivered=delivered,
            sent=was_sent(opened),
            typed=was_typed(opened),
        )


# Built once: every sign-in runs them.
_OPEN = and_(
    challenges.c.bound_to == bindparam("bound_to_"),
    challenges.c.purpose == bindparam("purpose_"),
    challenges.c.expires_at > bindparam("now_"),
)
_OF_HANDLE = select(challenges).where(challenges.c.handle == bindparam("handle_"), _OPEN)
_NEWEST = (
    select(challenges)
    .where(_OPEN, challenges.c.tries_left > 0)
    .order_by(challenges.c.created_at.desc())
)
_NEWEST_OF = _NEWEST.where(challenges.c.factor == bindparam("factor_"))
_INSERT = insert(challenges)
_DELETE_OLD = delete(challenges).where(
    and_(
        challenges.c.bound_to == bindparam("bound_to_"),
        challenges.c.factor == bindparam("factor_"),
        challenges.c.purpose == bindparam("purpose_"),
    )
    | (challenges.c.expires_at <= bindparam("now_"))
)
_TAKE_TRY = (
    update(challenges)
    .where(
        challenges.c.handle == bindparam("handle_"),
        challenges.c.tries_left > 0,
        challenges.c.expires_at > bindparam("now_"),
    )
    .values(tries_left=challenges.c.tries_left - 1)
)
_REMOVE = delete(challenges).where(challenges.c.handle == bindparam("handle_"))
_SPENT = select(spent.c.hash).where(spent.c.hash == bindparam("hash_"))
_DELETE_SPENT = delete(spent).where(spent.c.expires_at <= bindparam("now_"))
