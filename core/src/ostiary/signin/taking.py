"""Taking away an account's second and recovery factors, and all that they opened."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select

from ostiary.accounts import FACTOR, StoredCredential
from ostiary.accounts.credentials import lock_credentials
from ostiary.accounts.stored import stored_credential
from ostiary.signin.parts import Parts
from ostiary.store import Unit
from ostiary.store.tables import credentials


def take_factors(parts: Parts, unit: Unit, user_id: str) -> tuple[StoredCredential, ...]:
    """Remove them, also those of absent plugins; what they were, without secrets.

    Every session ends and every device is a stranger's again: one of them may be a thief's.
    An enrolment and an answer under way are waited for, the former by the lock, the latter by
    its credential or its flow; so sessions end last, and with them what those opened meanwhile.
    """
    lock_credentials(unit, user_id)
    doomed = delete(credentials).where(*_marked(user_id)).returning(credentials)
    removed = tuple(stored_credential(row) for row in unit.execute(doomed))
    parts.shut_out(unit, user_id)
    parts.devices.forget(unit, user_id)
    return removed


def has_any_to_take(unit: Unit, user_id: str) -> bool:
    """Whether there is such a factor."""
    return unit.execute(select(credentials.c.id).where(*_marked(user_id))).first() is not None


def _marked(user_id: str) -> tuple[ColumnElement[bool], ...]:
    """The marks are copies in the row, so this needs neither the plugin nor a key."""
    c = credentials.c
    return (c.user_id == user_id, c.part == FACTOR, c.second | c.recovery)
