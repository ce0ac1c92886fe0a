"""A credential as it is stored, and what can be in the way of storing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from ostiary.accounts.proofs import strength_from_json
from ostiary.contracts import Credential, OstiaryError, Strength, Text
from ostiary.text import text_from_json

FACTOR = "factor"
VERIFIER = "verifier"


class TooMany(OstiaryError):
    """The person has as many credentials of this factor as its properties allow."""


class LookupTaken(OstiaryError):
    """A credential with this lookup key is enrolled already, by this person or another."""


class LastFirstProof(OstiaryError):
    """It is the person's only way in: without it nobody could sign in to the account."""


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """A row as it was read: what the plugin sees, and what the core keeps beside it.

    ``part`` is ``factor`` or ``verifier``, ``name`` which one; ``first`` to ``recovery`` are
    copies of its properties, and ``strength`` is what was enrolled: they hold while its
    plugin is away. ``version`` says which state of the row was read. ``broken`` says
    that the secret does not open: the row was tampered with, or its key is not on the ring. It
    counts like one of an absent plugin, and no plugin is ever handed it.
    """

    credential: Credential
    part: str
    name: str
    title: Text
    first: bool
    second: bool
    recovery: bool
    strength: Strength
    version: int
    created_at: datetime
    used_at: datetime | None
    broken: bool = False


def stored_credential(
    row: Row[Any], secret: bytes = b"", *, broken: bool = False
) -> StoredCredential:
    """A row as a value; without a secret where nobody needs it opened."""
    return StoredCredential(
        credential=Credential(
            id=row.id,
            user_id=row.user_id,
            label=row.label,
            public=row.public,
            secret=secret,
            lookup=row.lookup,
            mark=row.mark,
        ),
        part=row.part,
        name=row.name,
        title=text_from_json(row.title),
        first=row.first,
        second=row.second,
        recovery=row.recovery,
        strength=strength_from_json(row.kinds, row.phishing_resistant),
        version=row.version,
        created_at=row.created_at,
        used_at=row.used_at,
        broken=broken,
    )
