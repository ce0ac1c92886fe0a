"""Charging tries: before anybody is asked about them, and for unknown names alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv6Address, IPv6Network, ip_address

from ostiary.accounts.names import MAX_ADDRESS, fold
from ostiary.contracts import Client, User, Wait
from ostiary.signin.parts import Parts
from ostiary.signin.values import Asked, Flow, Visitor

MAX_TYPED = 2 * MAX_ADDRESS
"""Characters that a typed name or address may have, as in :mod:`ostiary.accounts.names`."""


class Room(Enum):
    """What the budgets say of a try.

    ``BARRED``: the account's budget is used up, and that must not show: the try is judged as
    that of an unknown name.
    """

    FREE = "free"
    BARRED = "barred"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Charging:
    """Charges every budget that a try falls under (ASVS 5.0, 6.3.1)."""

    parts: Parts

    def first(self, visitor: Visitor, typed: str | None, user: User | None) -> Room:
        """Charge for a first proof.

        What was typed and the account that it names have a budget each, and a person is told
        only of the former: else whoever uses up the budget of a login name, which is no
        secret, could see which addresses belong to it (ASVS 5.0, 6.3.8).
        """
        if typed is None:
            return _room(told=self._client(visitor))
        name = spelled(typed)
        account = name if user is None else user.id
        known = self.parts.known(visitor, account)
        if known is not None:
            return _room(told=self._known(known, account))
        if not self._client(visitor):
            # The budgets of names and accounts are not for one address to use up.
            return Room.SPENT
        named = self.parts.budgets.charge("stranger", "name", name)
        silent = self.parts.budgets.charge("stranger", "account", account)
        return _room(told=named, silent=silent)

    def further(self, visitor: Visitor, flow: Flow, asked: Asked, typed: User | None) -> Room:
        """Charge for an answer to a stored challenge."""
        if isinstance(asked.challenge, Wait):
            return Room.FREE  # Charged when it was asked.
        if flow.user_id is not None:
            return _room(told=self.parts.charge_second(visitor, flow.user_id))
        account = asked.handle if typed is None else typed.id
        known = None if asked.user_id is None else self.parts.known(visitor, account)
        if known is not None:
            return _room(told=self._known(known, account))
        if not self._client(visitor):
            return Room.SPENT
        if asked.user_id is None:
            return Room.FREE  # It finds the user itself: there is no account to guess at.
        return _room(told=True, silent=self.parts.budgets.charge("stranger", "account", account))

    def _known(self, device_id: str, account: str) -> bool:
        """Charge a browser that the account knows, and nobody else.

        Not the address that it shares with others either: a stranger behind the same router
        would lock the owner out (ASVS 5.0, 6.1.1).
        """
        return self.parts.budgets.charge("known_device", account, device_id)

    def _client(self, visitor: Visitor) -> bool:
        return self.parts.budgets.charge("client", place_of(visitor.client))


def spelled(typed: str) -> str:
    """A typed name as budgets count it, however it is spelled.

    What is too long to name anybody is counted as it begins: folding a megabyte takes seconds,
    and there are characters that fold to eighteen.
    """
    typed = typed.strip()
    return fold(typed) if len(typed) <= MAX_TYPED else typed[:MAX_TYPED]


def place_of(client: Client) -> str:
    """Whence a client comes, as budgets count it: IPv4 by address, IPv6 by its /64.

    One subscriber has a /64 at least (RFC 6177, section 2), and so as many addresses as they
    like.
    """
    try:
        address = ip_address(client.address or "")
    except ValueError:
        return client.address or "unknown"
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)


def _room(*, told: bool, silent: bool = True) -> Room:
    if not told:
        return Room.SPENT
    return Room.FREE if silent else Room.BARRED
