"""Enrolled credentials: the rows of one table, whatever the factor or verifier."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from ostiary.accounts.labels import clean_label, suggested_label, unique_label
from ostiary.accounts.proofs import kinds_to_json
from ostiary.accounts.reading import AnyReader, Reader, row, rows
from ostiary.accounts.stored import (
    FACTOR,
    VERIFIER,
    LastFirstProof,
    LookupTaken,
    StoredCredential,
    TooMany,
    stored_credential,
)
from ostiary.contracts import JSON, Credential, Enrolled, First, Properties, Text, Verified
from ostiary.store import KeyRing, Readers, SealBroken, Unit
from ostiary.store.ids import uuid7
from ostiary.store.sealed import open_column, seal_column
from ostiary.store.tables import credentials
from ostiary.text import say, text_to_json

log = logging.getLogger(__name__)


class CredentialRows:
    """Reads and changes credentials; secrets are sealed with their row bound in.

    Args:
        keys: the ring that seals the secrets.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def of_user(
        self, conn: AnyReader, user_id: str, part: str = FACTOR
    ) -> tuple[StoredCredential, ...]:
        """A user's credentials, oldest first, those of absent plugins and broken ones included."""
        found = rows(conn, _OF_USER, user_id_=user_id, part_=part)
        return tuple(self._stored(row) for row in found)

    def find(self, conn: AnyReader, part: str, name: str, lookup: str) -> StoredCredential | None:
        """The credential with this lookup key, whosever it is; a broken one is not found."""
        found = row(conn, _BY_LOOKUP, part_=part, name_=name, lookup_=lookup)
        stored = None if found is None else self._stored(found)
        return None if stored is None or stored.broken else stored

    def presented(self, readers: Readers, name: str, lookup: str) -> Credential | None:
        """What a verifier is told of the credential with this lookup key; nothing of a broken one.

        Asked with each request that presents one: only what the verifier sees is read.
        """
        found = readers.first(_PRESENTED, name_=name, lookup_=lookup)
        if found is None:
            return None
        try:
            secret = open_column(self._keys, credentials.c.secret, found.id, found.secret or b"")
        except SealBroken:
            log.error("credential %s: its secret does not open", found.id)  # noqa: TRY400 - says all
            return None
        return Credential(**{**found._asdict(), "secret": secret})

    def get(self, conn: Reader, credential_id: str) -> StoredCredential | None:
        """The credential of this id, also a broken one."""
        return self._one(conn, credentials.c.id == credential_id)

    def insert(
        self,
        unit: Unit,
        part: str,
        name: str,
        title: Text,
        properties: Properties,
        user_id: str,
        enrolled: Enrolled,
        label: str,
        now: datetime,
    ) -> StoredCredential:
        """Store what was enrolled. Where a person may have one, it replaces the old.

        Raises:
            LabelRefused: the label is empty, too long, or holds control characters.
            TooMany: there are as many as may be.
            LookupTaken: its lookup key is not new; nothing was replaced.
        """
        lock_credentials(unit, user_id)
        mine = _labels(unit, user_id)
        same = [row.id for row in mine if (row.part, row.name) == (part, name)]
        replaced = same if properties.most == 1 else []
        if len(same) - len(replaced) >= properties.most:
            raise TooMany(f"there are {len(same)} credentials, {properties.most} are allowed")
        values = self._new(properties, enrolled, now)
        values |= {"part": part, "name": name, "title": text_to_json(title), "user_id": user_id}
        clean = suggested_label if label == say(enrolled.label) else clean_label
        values["label"] = unique_label(
            clean(label), [row.label for row in mine if row.id not in replaced]
        )
        try:
            with unit.savepoint():
                unit.execute(delete(credentials).where(credentials.c.id.in_(replaced)))
                unit.execute(insert(credentials).values(**values))
        except IntegrityError:
            raise LookupTaken("a credential with this lookup key is there already") from None
        row = unit.execute(select(credentials).where(credentials.c.id == values["id"])).one()
        return self._stored(row)

    def accept(
        self, unit: Unit, stored: StoredCredential, verified: Verified, now: datetime
    ) -> bool:
        """Note that an answer was accepted; False if the row is no longer as the plugin saw it.

        One conditional UPDATE (ASVS 5.0, 6.5.1): of two answers at once that raise the mark or
        change what is stored, one finds the row as it was. Whoever is told False asks the
        plugin again, with the row as it is now.

        Raises:
            ValueError: the answer is by another credential.
        """
        if verified.credential.id != stored.credential.id:
            raise ValueError("the answer is by a credential that was not handed out")
        changes = self._changes(stored, verified)
        seen = {
            "id_": stored.credential.id,
            "user_id_": stored.credential.user_id,
            "version_": stored.version,
        }
        if changes:
            changes["version"] = stored.version + 1
        if verified.mark is None:
            return unit.run(_AS_SEEN, **seen, **changes, used_at=now) == 1
        return unit.run(_AND_BELOW, **seen, mark_=verified.mark, **changes, used_at=now) == 1

    def rename(self, unit: Unit, credential_id: str, user_id: str, label: str) -> str | None:
        """Give a credential of this user another label; the label as kept, None if it is gone.

        Raises:
            LabelRefused: the label is empty, too long, or holds control characters.
        """
        lock_credentials(unit, user_id)
        mine = _labels(unit, user_id)
        if credential_id not in {row.id for row in mine}:
            return None
        kept = unique_label(
            clean_label(label), [row.label for row in mine if row.id != credential_id]
        )
        unit.execute(
            update(credentials)
            .where(credentials.c.id == credential_id)
            .values(label=kept, version=credentials.c.version + 1)
        )
        return kept

    def rewrite(self, unit: Unit, stored: StoredCredential, public: JSON) -> bool:
        """Replace what is public of a credential; False if its row is no longer as it was read."""
        c = credentials.c
        as_read = (c.id == stored.credential.id, c.version == stored.version)
        changes = {"public": dict(public), "version": stored.version + 1}
        return unit.execute(update(credentials).where(*as_read).values(**changes)).rowcount == 1

    def remove(self, unit: Unit, credential_id: str, user_id: str) -> StoredCredential | None:
        """Remove a credential of this user; what it was, without its secret, None if it is gone.

        Needs neither its plugin nor its key.

        Raises:
            LastFirstProof: the user has no other first proof; of two removals at once, one
                finds so.
        """
        lock_credentials(unit, user_id)
        mine = credentials.c.user_id == user_id
        row = unit.execute(
            select(credentials).where(mine, credentials.c.id == credential_id)
        ).one_or_none()
        if row is None:
            return None
        if _is_way_in(row):
            others = unit.execute(select(credentials).where(mine, credentials.c.id != row.id))
            if not any(_is_way_in(other) for other in others):
                raise LastFirstProof("the last way in to an account cannot be removed")
        unit.execute(delete(credentials).where(credentials.c.id == row.id))
        return stored_credential(row)

    def _one(self, conn: Reader, matching: ColumnElement[bool]) -> StoredCredential | None:
        row = conn.execute(select(credentials).where(matching)).one_or_none()
        return None if row is None else self._stored(row)

    def _new(self, properties: Properties, enrolled: Enrolled, now: datetime) -> dict[str, Any]:
        """The columns that say what was enrolled, and what its factor is."""
        credential_id, most = uuid7(now), properties.strength
        # What this one can prove, which may be less than others of its factor.
        strength = most if enrolled.strength is None else enrolled.strength.cut_to(most)
        return {
            "id": credential_id,
            "public": dict(enrolled.public),
            "secret": self._sealed(credential_id, enrolled.secret),
            "lookup": enrolled.lookup,
            "mark": enrolled.mark,
            "first": properties.first is not First.NO and enrolled.first,
            "second": properties.second,
            "recovery": properties.recovery,
            "kinds": kinds_to_json(strength),
            "phishing_resistant": strength.phishing_resistant,
            "version": 1,
            "created_at": now,
        }

    def _changes(self, stored: StoredCredential, verified: Verified) -> dict[str, Any]:
        """What the answer changes; the same value again is no change, and nobody's race."""
        changes: dict[str, Any] = {}
        if verified.mark is not None:
            changes["mark"] = verified.mark
        if verified.public is not None and verified.public != stored.credential.public:
            changes["public"] = dict(verified.public)
        if verified.secret is not None and verified.secret != stored.credential.secret:
            changes["secret"] = self._sealed(stored.credential.id, verified.secret)
        return changes

    def _sealed(self, credential_id: str, secret: bytes) -> bytes:
        return seal_column(self._keys, credentials.c.secret, credential_id, secret)

    def _stored(self, row: Row[Any]) -> StoredCredential:
        # The secret is sealed even where it is empty, so that one that was taken out shows.
        try:
            secret = open_column(self._keys, credentials.c.secret, row.id, row.secret or b"")
        except SealBroken:
            # The rest of the account goes on without it: one row must not shut out its owner.
            log.error("credential %s: its secret does not open", row.id)  # noqa: TRY400 - says all
            return stored_credential(row, broken=True)
        return stored_credential(row, secret)


# Built once: most pages of an account ask for it, and to build it takes longer than to run it.
_OF_USER = (
    select(credentials)
    .where(credentials.c.user_id == bindparam("user_id_"), credentials.c.part == bindparam("part_"))
    .order_by(credentials.c.created_at, credentials.c.id)
)
_BY_LOOKUP = select(credentials).where(
    credentials.c.part == bindparam("part_"),
    credentials.c.name == bindparam("name_"),
    credentials.c.lookup == bindparam("lookup_"),
)
_PRESENTED = select(*(credentials.c[each.name] for each in fields(Credential))).where(
    credentials.c.part == VERIFIER,
    credentials.c.name == bindparam("name_"),
    credentials.c.lookup == bindparam("lookup_"),
)
_AS_SEEN = update(credentials).where(
    credentials.c.id == bindparam("id_"),
    credentials.c.user_id == bindparam("user_id_"),
    credentials.c.version == bindparam("version_"),
)
_AND_BELOW = _AS_SEEN.where(
    or_(credentials.c.mark.is_(None), credentials.c.mark < bindparam("mark_"))
)


def _is_way_in(row: Row[Any]) -> bool:
    """Recovery leads to adding factors only, and so is no way in that could be left alone."""
    return bool(row.part == FACTOR and row.first and not row.recovery)


def _labels(unit: Unit, user_id: str) -> Sequence[Row[Any]]:
    c = credentials.c
    return unit.execute(select(c.id, c.part, c.name, c.label).where(c.user_id == user_id)).all()


def lock_credentials(unit: Unit, user_id: str) -> None:
    """Let one unit at a time add to and take from a user's credentials.

    A lock on the rows would leave out those that another unit is about to insert. On SQLite
    the unit itself is that lock.
    """
    if unit.connection.dialect.name == "postgresql":
        digest = hashlib.sha256(f"ostiary.credentials:{user_id}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        unit.execute(select(func.pg_advisory_xact_lock(number)))
