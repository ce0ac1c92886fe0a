"""The core's own list of users, and the directory that the rest of the house sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ostiary.accounts.addresses import Address, Addresses
from ostiary.accounts.names import LoginName, MailAddress, address, login_name
from ostiary.accounts.reading import Reader, rows
from ostiary.accounts.refused import AddressRefused, NameRefused
from ostiary.contracts import OstiaryError, User
from ostiary.store import Unit
from ostiary.store.tables import addresses, users


class NameTaken(OstiaryError):
    """Another account has this login name."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the core's own list, the primary address first."""

    id: str
    login: str
    admin: bool
    created_at: datetime
    disabled_at: datetime | None
    locale: str | None
    zone: str | None
    delete_at: datetime | None
    addresses: tuple[Address, ...]

    @property
    def user(self) -> User:
        """What the house may know: an address only once it is verified."""
        verified = (each.address for each in self.addresses if each.verified_at is not None)
        return User(
            id=self.id,
            login=self.login,
            address=next(verified, None),
            active=self.disabled_at is None,
            privileged=self.admin,
            locale=self.locale,
            zone=self.zone,
        )


class Accounts(Addresses):
    """The users that the core keeps itself, and their addresses.

    Args:
        store: the database.
        clock: the time, aware, in UTC.
    """

    def create(
        self,
        unit: Unit,
        user_id: str,
        name: LoginName,
        *,
        admin: bool = False,
        now: datetime | None = None,
    ) -> User:
        """Add a user under an id that was reserved before.

        Raises:
            NameTaken: somebody has the name; of two at once, one gets it.
        """
        try:
            with unit.savepoint():
                unit.execute(
                    insert(users).values(
                        id=user_id,
                        login=name.shown,
                        login_folded=name.folded,
                        admin=admin,
                        created_at=now or self._clock(),
                    )
                )
        except IntegrityError:
            # The id is the other thing that can be there already: that is no name's fault.
            if self._ids(unit, users.c.login_folded == name.folded):
                raise NameTaken("the login name is taken") from None
            raise
        return User(user_id, name.shown, privileged=admin)

    def set_disabled(self, unit: Unit, user_id: str, disabled: bool) -> bool:  # noqa: FBT001
        """Shut a user out, or let them in again; whether that was a change."""
        before = users.c.disabled_at.is_(None) if disabled else users.c.disabled_at.is_not(None)
        changed = unit.execute(
            update(users)
            .where(users.c.id == user_id, before)
            .values(disabled_at=self._clock() if disabled else None)
        )
        return bool(changed.rowcount)

    def set_admin(self, unit: Unit, user_id: str, admin: bool) -> bool:  # noqa: FBT001
        """Make a user an admin, or no longer; whether that was a change."""
        changed = unit.execute(
            update(users)
            .where(users.c.id == user_id, users.c.admin.is_(not admin))
            .values(admin=admin)
        )
        return bool(changed.rowcount)

    def prefer(self, unit: Unit, user_id: str, locale: str | None, zone: str | None) -> None:
        """Keep the language (BCP 47) and the time zone (IANA) that a user chose, if any."""
        unit.execute(update(users).where(users.c.id == user_id).values(locale=locale, zone=zone))

    def is_last_admin(self, unit: Unit, user_id: str) -> bool:
        """Whether nobody else could administer the site: disabled ones and leavers cannot.

        No admin becomes less of one before the unit is over: of the last two who leave at
        once, one is the last.
        """
        # In one order, so that two who ask at once wait for each other, and not for ever.
        admins = select(users).where(users.c.admin).order_by(users.c.id).with_for_update()
        able = [
            row.id
            for row in unit.execute(admins)
            if row.id == user_id or (row.disabled_at is None and row.delete_at is None)
        ]
        return able == [user_id]

    def schedule_deletion(self, unit: Unit, user_id: str, at: datetime) -> bool:
        """Have an account deleted at a time; whether that was a change, which later is not."""
        later = users.c.delete_at.is_(None) | (users.c.delete_at > at)
        changed = unit.execute(
            update(users).where(users.c.id == user_id, later).values(delete_at=at)
        )
        return bool(changed.rowcount)

    def delete_at(self, user_id: str) -> datetime | None:
        """When an account is going to be deleted; every page of the account asks."""
        row = self._store.readers.first(_DELETE_AT, id_=user_id)
        return None if row is None else row.delete_at

    def keep(self, unit: Unit, user_id: str) -> bool:
        """Have an account not deleted after all; whether it was going to be."""
        changed = unit.execute(
            update(users)
            .where(users.c.id == user_id, users.c.delete_at.is_not(None))
            .values(delete_at=None)
        )
        return bool(changed.rowcount)

    def due(self, now: datetime) -> tuple[str, ...]:
        """The ids of the accounts that are to be deleted by now."""
        with self._store.read() as conn:
            return self._ids(conn, users.c.delete_at <= now)

    def delete(self, unit: Unit, user_id: str, now: datetime) -> bool:
        """Remove a user who is due, with their addresses; of two at once, one is told yes."""
        gone = unit.execute(delete(users).where(users.c.id == user_id, users.c.delete_at <= now))
        return bool(gone.rowcount)

    def get(self, user_id: str, within: Reader | None = None) -> Account | None:
        """The account of this id; ``within`` a unit, as that unit has left it."""
        return next(iter(self._read(_BY_ID, within, id_=user_id)), None)

    def named(self, typed: str, within: Reader | None = None) -> Account | None:
        """The account of this login name or verified address, as typed."""
        try:
            folded = address(typed).folded if "@" in typed else login_name(typed).folded
        except (AddressRefused, NameRefused):
            return None
        matching = _BY_ADDRESS if "@" in typed else _BY_NAME
        return next(iter(self._read(matching, within, folded_=folded)), None)

    def owner_of_verified(
        self, claimed: MailAddress, within: Reader | None = None
    ) -> Account | None:
        """Who has proved this address: they are told when somebody else claims it."""
        found = self._read(_BY_ADDRESS, within, folded_=claimed.folded)
        return found[0] if found else None

    def list(self, *, after: str = "", limit: int | None = None) -> tuple[Account, ...]:
        """Accounts in the order of their folded names.

        Args:
            after: begin behind this folded name, for pages.
            limit: how many at most.
        """
        page = (
            select(users.c.id)
            .where(users.c.login_folded > after)
            .order_by(users.c.login_folded)
            .limit(limit)
        )
        with self._store.read() as conn:
            return _accounts(conn.execute(_ACCOUNTS.where(users.c.id.in_(page))))

    def of_ids(self, conn: Reader, ids: Iterable[str]) -> tuple[Account, ...]:
        """The accounts of these ids, in the order of their folded names."""
        return _accounts(conn.execute(_ACCOUNTS.where(users.c.id.in_(ids))))

    def _ids(self, conn: Reader, matching: Any) -> tuple[str, ...]:
        return tuple(conn.execute(select(users.c.id).where(matching)).scalars())

    def _read(
        self, statement: Select[Any], within: Reader | None, **values: str
    ) -> tuple[Account, ...]:
        conn = self._store.readers if within is None else within
        return _accounts(rows(conn, statement, **values))


class CoreDirectory:
    """The core's own users as a :class:`~ostiary.contracts.UserDirectory`."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def get(self, user_id: str, /) -> User | None:
        """The user of this id, or None."""
        account = self._accounts.get(user_id)
        return None if account is None else account.user

    def named(self, name: str, /) -> User | None:
        """The user of this login name or verified address as typed, or None."""
        account = self._accounts.named(name)
        return None if account is None else account.user


_ACCOUNTS = (
    select(
        users,
        addresses.c.id.label("address_id"),
        addresses.c.address,
        addresses.c.address_folded,
        addresses.c.is_primary,
        addresses.c.verified_at,
    )
    .select_from(users.outerjoin(addresses))
    .order_by(users.c.login_folded, addresses.c.is_primary.desc(), addresses.c.id)
)
# Every request of somebody signed in runs it: to build it takes longer than to execute it.
_BY_ID = _ACCOUNTS.where(users.c.id == bindparam("id_"))
_BY_NAME = _ACCOUNTS.where(users.c.login_folded == bindparam("folded_"))
_BY_ADDRESS = _ACCOUNTS.where(
    users.c.id.in_(
        select(addresses.c.user_id).where(
            addresses.c.address_folded == bindparam("folded_"),
            addresses.c.verified_at.is_not(None),
        )
    )
)
_DELETE_AT: Select[Any] = select(users.c.delete_at).where(users.c.id == bindparam("id_"))


def _accounts(rows: Iterable[Row[Any]]) -> tuple[Account, ...]:
    """Accounts from rows of users and addresses, those of one user together."""
    return tuple(_account(list(group)) for _, group in groupby(rows, key=lambda row: row.id))


def _account(rows: list[Row[Any]]) -> Account:
    row = rows[0]
    return Account(
        id=row.id,
        login=row.login,
        admin=row.admin,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        locale=row.locale,
        zone=row.zone,
        delete_at=row.delete_at,
        addresses=tuple(
            Address(
                each.address_id,
                each.address,
                each.address_folded,
                each.is_primary,
                each.verified_at,
            )
            for each in rows
            if each.address_id is not None
        ),
    )
