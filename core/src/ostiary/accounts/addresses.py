"""The mail addresses of accounts: claimed by anybody, proved by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ostiary.accounts.names import MailAddress
from ostiary.contracts import OstiaryError
from ostiary.store import Store, Unit
from ostiary.store.ids import uuid7
from ostiary.store.tables import addresses, users


class AddressTaken(OstiaryError):
    """Another account has proved that this address is its own."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address of an account; anybody may claim one, and only proof counts."""

    id: str
    address: str
    folded: str
    primary: bool
    verified_at: datetime | None


class Addresses:
    """The addresses of the core's own users.

    The primary one is a proved one as soon as there is any: the first that is proved becomes
    it, and only a proved one takes its place.

    Args:
        store: the database.
        clock: the time, aware, in UTC.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def lock(self, unit: Unit, user_id: str) -> None:
        """Let one unit at a time change a user and their addresses; SQLite has no other."""
        unit.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())

    def add_address(
        self, unit: Unit, user_id: str, claimed: MailAddress, *, verified: bool = False
    ) -> str:
        """Note that a user claims an address; its id, the same when it was claimed before.

        An account's first address is its primary one.

        Raises:
            AddressTaken: ``verified``, but another account has proved it.
        """
        self.lock(unit, user_id)
        mine = select(addresses.c.id, addresses.c.address_folded).where(
            addresses.c.user_id == user_id
        )
        known = {row.address_folded: row.id for row in unit.execute(mine)}
        address_id = known.get(claimed.folded)
        if address_id is None:
            address_id = uuid7(now := self._clock())
            unit.execute(
                insert(addresses).values(
                    id=address_id,
                    user_id=user_id,
                    address=claimed.shown,
                    address_folded=claimed.folded,
                    is_primary=not known,
                    created_at=now,
                )
            )
        if verified:
            self.verify_address(unit, address_id)
        return str(address_id)

    def verify_address(self, unit: Unit, address_id: str) -> bool:
        """Note that the address is proved to be its user's; whether that made it the primary one.

        Raises:
            AddressTaken: another account proved it first; of two at once, one does.
            LookupError: there is no such address.
        """
        whose = select(addresses.c.user_id).where(addresses.c.id == address_id)
        self.lock(unit, user_id := unit.execute(whose).scalar_one_or_none() or "")
        try:
            with unit.savepoint():
                changed = unit.execute(
                    update(addresses)
                    .where(addresses.c.id == address_id, addresses.c.verified_at.is_(None))
                    .values(verified_at=self._clock())
                )
        except IntegrityError:
            raise AddressTaken("another account has proved this address") from None
        if not changed.rowcount:
            if unit.execute(whose).one_or_none() is None:
                raise LookupError("there is no address of this id")
            return False
        primary = select(addresses.c.verified_at).where(
            addresses.c.user_id == user_id, addresses.c.is_primary
        )
        if unit.execute(primary).scalar_one() is not None:
            return False
        return self.set_primary(unit, user_id, address_id)

    def set_primary(self, unit: Unit, user_id: str, address_id: str) -> bool:
        """Make a proved address of this user the primary one; whether that was a change."""
        self.lock(unit, user_id)
        mine = (addresses.c.id == address_id, addresses.c.user_id == user_id)
        row = unit.execute(select(addresses).where(*mine)).one_or_none()
        if row is None or row.is_primary or row.verified_at is None:
            return False
        unit.execute(
            update(addresses)
            .where(addresses.c.user_id == user_id)
            .values(is_primary=addresses.c.id == address_id)
        )
        return True

    def remove_address(self, unit: Unit, user_id: str, address_id: str) -> bool:
        """Remove an address of this user, and the links that were mailed to it.

        Returns:
            whether it was removed. The primary one never is, and so never the last proved one.
        """
        self.lock(unit, user_id)
        gone = unit.execute(
            delete(addresses).where(
                addresses.c.id == address_id,
                addresses.c.user_id == user_id,
                addresses.c.is_primary.is_(False),
            )
        )
        return bool(gone.rowcount)
