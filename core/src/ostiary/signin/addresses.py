"""The addresses of whoever is signed in: added, made the primary one, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ostiary.accounts import (
    Account,
    Address,
    AddressRefused,
    MailAddress,
    Session,
)
from ostiary.accounts import address as parse_address
from ostiary.contracts import Mail, User
from ostiary.signin import letters, words
from ostiary.signin.acts import act
from ostiary.signin.claiming import Claiming
from ostiary.signin.parts import acting
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

MOST = 10
"""Addresses that an account may have, confirmed or not."""


@dataclass(frozen=True, slots=True)
class Addressing:
    """Changes of addresses.

    Whoever changes them decides where a reset is mailed to; so each change is told to the
    address that the account was reached at before it (ASVS 5.0, 6.3.7).
    """

    claiming: Claiming

    def add(self, member: Member, typed: str) -> Denied | None:
        """Claim another address, and mail there what proves it.

        One that somebody else has proved looks as any other (ASVS 5.0, 6.3.8).
        """
        try:
            claimed = parse_address(typed)
        except AddressRefused as refused:
            return Denied("address", refused.text, "address", status=400)
        return self._change(member, lambda unit, account: self._add(unit, member, account, claimed))

    def resend(self, member: Member, address_id: str) -> Denied | None:
        """Mail once more what proves an address."""
        return self._change(
            member, lambda unit, account: self._resend(unit, member, account, address_id)
        )

    def make_primary(self, member: Member, address_id: str) -> Denied | None:
        """Have messages sent to this one from now on; only a confirmed one."""
        return self._change(
            member, lambda unit, account: self._make_primary(unit, member, account, address_id)
        )

    def remove(self, member: Member, address_id: str) -> Denied | None:
        """Remove one; never the primary one, and so never the last confirmed one."""
        return self._change(
            member, lambda unit, account: self._remove(unit, member, account, address_id)
        )

    def _add(
        self, unit: Unit, member: Member, account: Account, claimed: MailAddress
    ) -> Denied | None:
        parts = self.claiming.parts
        if any(each.folded == claimed.folded for each in account.addresses):
            return _known()
        if len(account.addresses) >= MOST:
            return _too_many()
        if not parts.budgets.charge("mail", member.user_id):
            return _sent_enough("address")
        self._claim(unit, member, account, claimed)
        parts.mail(unit, account.user, letters.address_added(claimed.shown), member.visitor)
        return None

    def _resend(
        self, unit: Unit, member: Member, account: Account, address_id: str
    ) -> Denied | None:
        claimed = _of(account, address_id)
        if claimed is None or claimed.verified_at is not None:
            return words.gone()
        if not self.claiming.parts.budgets.charge("mail", member.user_id):
            return _sent_enough()
        self._claim(unit, member, account, MailAddress(claimed.address, claimed.folded))
        return None

    def _claim(self, unit: Unit, member: Member, account: Account, claimed: MailAddress) -> None:
        self.claiming.claim(unit, acting(member), member.visitor, account.user, claimed)

    def _make_primary(
        self, unit: Unit, member: Member, account: Account, address_id: str
    ) -> Denied | None:
        wanted, old = _of(account, address_id), account.addresses[0]
        if wanted is None or wanted.primary:
            return words.gone()
        if not self.claiming.accounts.set_primary(unit, account.id, address_id):
            return _unconfirmed()
        self.claiming.parts.recorder.record(
            unit,
            "address.primary-changed",
            acting(member),
            subject=account.id,
            before={"address": old.address},
            after={"address": wanted.address},
        )
        mail = letters.primary_changed(old.address, wanted.address)
        self._tell(unit, member, account.user, mail, old, wanted)
        return None

    def _remove(
        self, unit: Unit, member: Member, account: Account, address_id: str
    ) -> Denied | None:
        doomed = _of(account, address_id)
        if doomed is None:
            return words.gone()
        if not self.claiming.accounts.remove_address(unit, account.id, address_id):
            return _is_primary()
        self.claiming.parts.recorder.record(
            unit,
            "address.removed",
            acting(member),
            subject=account.id,
            details={"address": doomed.address},
        )
        mail = letters.address_removed(doomed.address)
        self._tell(unit, member, account.user, mail, account.addresses[0], doomed)
        return None

    def _tell(
        self, unit: Unit, member: Member, user: User, mail: Mail, *addresses: Address
    ) -> None:
        """Tell those of these addresses that are proved to be this user's."""
        parts = self.claiming.parts
        for each in addresses:
            if each.verified_at is not None:
                parts.mailroom.queue(
                    unit, each.address, mail, user=user, facts=parts.facts(member.visitor)
                )

    def _change(
        self, member: Member, change: Callable[[Unit, Account], Denied | None]
    ) -> Denied | None:
        """Change the addresses of whoever is still signed in, as they are now."""
        accounts = self.claiming.accounts

        def changed(unit: Unit, _session: Session) -> Denied | None:
            account = accounts.get(member.user_id, within=unit)
            return words.expired() if account is None else change(unit, account)

        return act(
            self.claiming.parts,
            member,
            changed,
            lock=lambda unit: accounts.lock(unit, member.user_id),
        )


def _of(account: Account, address_id: str) -> Address | None:
    return next((each for each in account.addresses if each.id == address_id), None)


def _known() -> Denied:
    return Denied(
        "address-known", _("This address is in your list already."), "address", status=409
    )


def _too_many() -> Denied:
    text = _n("You can have one email address.", "You can have at most ${n} email addresses.", MOST)
    return Denied("too-many-addresses", text, "address", status=409)


def _sent_enough(field: str | None = None) -> Denied:
    text = _("Several messages were sent already. Wait an hour, then try again.")
    return Denied("mail-budget", text, field, status=429)


def _unconfirmed() -> Denied:
    return Denied(
        "address-unconfirmed",
        _("Only a confirmed address can be the primary one. Confirm it first."),
        over=True,
        status=409,
    )


def _is_primary() -> Denied:
    return Denied(
        "address-primary",
        _("This is the primary address. Make another one the primary address first."),
        over=True,
        status=409,
    )
