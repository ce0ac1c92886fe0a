"""Ways back for people who lost every factor: asked for, decided, carried out, and ended.

A row goes from ``ASKED`` over ``GRANTED`` to ``RESET``: the factors are gone, and sessions by
what is left may only add factors, until that was made good (``DONE``). On the way it may be
``REFUSED`` or ``CANCELLED``; ``STOPPED`` is what the owner makes of ``RESET``: nobody gets in.
Every change says from which state it goes, so that of two at once one finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from ostiary.accounts.reading import AnyReader, Reader, rows
from ostiary.contracts import OstiaryError
from ostiary.store import Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import regains


class RegainOpen(OstiaryError):
    """The account has a request already that was neither carried out nor ended."""


class RegainState(Enum):
    """How far a way back has come."""

    ASKED = "asked"
    GRANTED = "granted"
    RESET = "reset"
    STOPPED = "stopped"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


OPEN = (RegainState.ASKED, RegainState.GRANTED)
"""It can still be cancelled, and there is one such at most."""

STANDING = (RegainState.RESET, RegainState.STOPPED)
"""It weighs on every sign-in."""


@dataclass(frozen=True, slots=True)
class Regain:
    """One way back, as its row is. ``due_at`` is when it is carried out, once granted."""

    id: str
    user_id: str
    state: RegainState
    note: str
    reason: str | None
    decided_by: str | None
    asked_at: datetime
    decided_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None


class Regains:
    """The rows; who may change them, and what follows, is not decided here."""

    def ask(self, unit: Unit, user_id: str, note: str, now: datetime) -> Regain:
        """A new request.

        Raises:
            RegainOpen: there is one already; of two at once, one is made.
        """
        try:
            with unit.savepoint():
                return self._insert(unit, user_id, RegainState.ASKED, note=note, asked_at=now)
        except IntegrityError:
            raise RegainOpen("the account has a request already") from None

    def mark(self, unit: Unit, user_id: str, reason: str | None, now: datetime) -> Regain:
        """Note that an account's factors were taken away without a request of its owner."""
        self.settle(unit, user_id, STANDING, now)
        self.settle(unit, user_id, OPEN, now)
        return self._insert(
            unit, user_id, RegainState.RESET, reason=reason, asked_at=now, decided_at=now
        )

    def move(
        self,
        unit: Unit,
        regain_id: str,
        came: Sequence[RegainState],
        to: RegainState,
        **values: object,
    ) -> Regain | None:
        """Change the state of one row, if it is in one of those; the row as it is then."""
        row = unit.execute(
            update(regains)
            .where(regains.c.id == regain_id, regains.c.state.in_([s.value for s in came]))
            .values(state=to.value, **values)
            .returning(regains)
        ).one_or_none()
        return None if row is None else _regain(row)

    def settle(
        self, unit: Unit, user_id: str, came: Sequence[RegainState], now: datetime
    ) -> tuple[Regain, ...]:
        """End what of an account is in these states: as done or cancelled; what it was."""
        ended = []
        for each in self.of_user(unit, user_id):
            to = RegainState.DONE if each.state in STANDING else RegainState.CANCELLED
            if each.state in came and self.move(unit, each.id, came, to, ended_at=now):
                ended.append(each)
        return tuple(ended)

    def get(self, conn: Reader, regain_id: str) -> Regain | None:
        """The one of this id."""
        row = conn.execute(select(regains).where(regains.c.id == regain_id)).one_or_none()
        return None if row is None else _regain(row)

    def of_user(self, conn: AnyReader, user_id: str) -> tuple[Regain, ...]:
        """Those of an account, the newest first."""
        return tuple(map(_regain, rows(conn, _OF_USER, user_id_=user_id)))

    def open(self, conn: Reader) -> tuple[Regain, ...]:
        """All that can still be decided, granted or cancelled, the oldest first."""
        waiting = select(regains).where(regains.c.state.in_([s.value for s in OPEN]))
        return tuple(map(_regain, conn.execute(waiting.order_by(regains.c.id))))

    def due(self, conn: Reader, now: datetime) -> tuple[Regain, ...]:
        """Those that are to be carried out by now."""
        granted = regains.c.state == RegainState.GRANTED.value
        waiting = select(regains).where(granted, regains.c.due_at <= now)
        return tuple(map(_regain, conn.execute(waiting.order_by(regains.c.due_at))))

    def standing(self, conn: AnyReader, user_id: str) -> RegainState | None:
        """What weighs on an account's sign-ins, if anything does."""
        found = [r.state for r in self.of_user(conn, user_id) if r.state in STANDING]
        return RegainState.STOPPED if RegainState.STOPPED in found else next(iter(found), None)

    def _insert(self, unit: Unit, user_id: str, state: RegainState, **values: object) -> Regain:
        given = {"note": "", **values}
        statement = insert(regains).values(
            id=uuid7(values["asked_at"]),  # type: ignore[arg-type] # a datetime, as above
            user_id=user_id,
            state=state.value,
            **given,
        )
        return _regain(unit.execute(statement.returning(regains)).one())


_OF_USER = (
    select(regains).where(regains.c.user_id == bindparam("user_id_")).order_by(regains.c.id.desc())
)


def _regain(row: Row[Any]) -> Regain:
    return Regain(
        id=row.id,
        user_id=row.user_id,
        state=RegainState(row.state),
        note=row.note,
        reason=row.reason,
        decided_by=row.decided_by,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
    )
