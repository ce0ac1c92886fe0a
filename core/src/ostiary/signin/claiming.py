"""Claiming a mail address, and its proof by a mailed link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ostiary.accounts import Accounts, AddressTaken, Links, MailAddress, MailedLink
from ostiary.audit import Who
from ostiary.contracts import Outcome, User
from ostiary.signin import words
from ostiary.signin.parts import Parts, anonymous
from ostiary.signin.values import Denied, Visitor
from ostiary.store import Unit

VERIFY = "verify-address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """Addresses that accounts claim, until they are proved to be theirs.

    ``verify_url`` makes the link's absolute URL, from ``ostiary.public_url``.
    """

    parts: Parts
    accounts: Accounts
    links: Links
    verify_url: Callable[[str], str]

    def claim(
        self, unit: Unit, who: Who, visitor: Visitor, user: User, claimed_address: MailAddress
    ) -> None:
        """Send what proves an address; to its owner something else, if there is one.

        Whoever claims it sees the same either way: nobody learns whose address it is
        (ASVS 5.0, 6.3.8). Nor does it show when an address has been sent enough, by whomever:
        then nothing is sent, and its budget is all that the event tells.
        """
        parts = self.parts
        address_id = self.accounts.add_address(unit, user.id, claimed_address)
        sends = parts.budgets.charge("mail", "address", claimed_address.folded)
        if sends:
            self._send(unit, visitor, user, claimed_address, address_id)
        parts.recorder.record(
            unit,
            "address.claimed",
            who,
            subject=user.id,
            reason=None if sends else "mail-budget",
            details={"address": claimed_address.shown},
        )

    def _send(
        self, unit: Unit, visitor: Visitor, user: User, claimed: MailAddress, address_id: str
    ) -> None:
        """Send it to the address as it is stored, not as it was typed.

        "strasse@" and "stra\u00dfe@" compare alike, and may be two people's mailboxes.
        """
        parts = self.parts
        account = self.accounts.owner_of_verified(claimed, within=unit)
        if account is not None and account.id != user.id:
            mail, to = words.mail_address_in_use(user.login), account.user
        else:
            account = self.accounts.get(user.id, within=unit)
            token = self.links.make(unit, VERIFY, user.id, address_id, parts.now())
            mail, to = words.mail_verify(user.login, self.verify_url(token)), user
        facts = parts.facts(visitor, warns=False)
        for each in account.addresses if account else ():
            if each.folded == claimed.folded:
                parts.mailroom.queue(unit, each.address, mail, user=to, facts=facts)

    def claimed_by(self, token: str) -> tuple[User, str] | None:
        """Whose address a link would prove, and which; the link stays good."""
        with self.parts.store.read() as connection:
            link = self.links.peek(connection, token, VERIFY, self.parts.now())
        return None if link is None else self._linked(link)

    def verify(self, visitor: Visitor, token: str) -> User | Denied:
        """Use the link: the address is proved to be this account's."""
        claimed_by = self.claimed_by(token)
        if claimed_by is None:
            return words.link_expired()
        user, shown = claimed_by
        try:
            self._verified(visitor, token, user, shown)
        except AddressTaken:
            self.parts.recorder.record_alone(
                "address.verified",
                anonymous(visitor),
                subject=user.id,
                outcome=Outcome.REFUSED,
                reason="address-taken",
                details={"address": shown},
            )
            return words.address_taken()
        except LookupError:
            return words.link_expired()
        return user

    def _verified(self, visitor: Visitor, token: str, user: User, shown: str) -> None:
        parts = self.parts
        with parts.store.write() as unit:
            # First the user and then the link, as whoever deletes the account takes them.
            self.accounts.lock(unit, user.id)
            link = self.links.use(unit, token, VERIFY, parts.now())
            if link is None or link.address_id is None:
                raise LookupError("the link was used meanwhile")
            self.accounts.verify_address(unit, link.address_id)
            parts.recorder.record(
                unit,
                "address.verified",
                anonymous(visitor),
                subject=user.id,
                details={"address": shown},
            )

    def _linked(self, link: MailedLink) -> tuple[User, str] | None:
        account = self.accounts.get(link.user_id)
        for each in account.addresses if account else ():
            if account is not None and each.id == link.address_id:
                return account.user, each.address
        return None
