"""A token as its owner sees it again: all but the token itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ostiary.contracts import Credential, Text
from ostiary_tokens.caveats import Kinds
from ostiary_tokens.record import Chain, Record


@dataclass(frozen=True, slots=True)
class Use:
    """When a token was last used, to the minute, whence, and by which chain of delegates."""

    at: datetime
    address: str | None
    delegates: Chain


@dataclass(frozen=True, slots=True)
class Listed:
    """A token, with its limits in words."""

    credential: Credential
    record: Record
    expires: datetime | None
    limits: tuple[Text, ...]
    used: Use | None

    @property
    def id(self) -> str:
        """What the house calls it, in the trail as well."""
        return self.credential.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.credential.label


def use_of(row: Any) -> Use:
    """The last use that a row of the table tells of."""
    return Use(row.used_at, row.used_from, tuple(row.used_by or ()))


def listed(
    credential: Credential, used: Use | None, kinds: Kinds, most: timedelta | None
) -> Listed:
    """A stored token.

    Args:
        credential: as the core keeps it.
        used: its last use.
        kinds: the kinds of limits that there are.
        most: how long tokens live at most here.
    """
    record = Record.of(credential)
    return Listed(
        credential,
        record,
        end_of(record, kinds, most),
        tuple(kinds.read(caveat).words() for caveat in record.caveats),
        used,
    )


def end_of(record: Record, kinds: Kinds, most: timedelta | None) -> datetime | None:
    """When a token ends: by its own limits or by the operator's, whichever comes first."""
    ends = (record.expires(kinds), None if most is None else record.created + most)
    return min((end for end in ends if end is not None), default=None)
