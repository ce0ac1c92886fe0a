"""Charging tries: before anybody is asked about them, and for unknown names alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ostiary.accounts.names import fold
from ostiary.contracts import User, Wait
from ostiary.signin.parts import Parts
from ostiary.signin.values import Asked, Flow, Visitor


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
        client = self._client(visitor)
        if typed is None:
            return _room(told=client)
        name = spelled(typed)
        account = name if user is None else user.id
        if self.parts.knows(visitor, account):
            own = self.parts.budgets.charge("known_device", account, visitor.device or "")
            return _room(told=client and own)
        named = self.parts.budgets.charge("stranger", "name", name)
        silent = self.parts.budgets.charge("stranger", "account", account)
        return _room(told=client and named, silent=silent)

    def further(self, visitor: Visitor, flow: Flow, asked: Asked, typed: User | None) -> Room:
        """Charge for an answer to a stored challenge."""
        if isinstance(asked.challenge, Wait):
            return Room.FREE  # Charged when it was asked.
        if flow.user_id is not None:
            return _room(told=self.parts.charge_second(visitor, flow.user_id))
        client = self._client(visitor)
        if asked.user_id is None:
            return _room(told=client)  # It finds the user itself: there is no account to guess at.
        account = asked.handle if typed is None else typed.id
        if self.parts.knows(visitor, account):
            own = self.parts.budgets.charge("known_device", account, visitor.device or "")
            return _room(told=client and own)
        silent = self.parts.budgets.charge("stranger", "account", account)
        return _room(told=client, silent=silent)

    def _client(self, visitor: Visitor) -> bool:
        return self.parts.budgets.charge("client", visitor.client.address or "unknown")


def spelled(typed: str) -> str:
    """A typed name as budgets count it, however it is spelled."""
    return fold(typed.strip())


def _room(*, told: bool, silent: bool = True) -> Room:
    if not told:
        return Room.SPENT
    return Room.FREE if silent else Room.BARRED
