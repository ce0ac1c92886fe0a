"""The key ring: what seals the secrets at rest, kept in a file outside the database.

A sealed value is ``version (1 byte) | key id (4) | nonce (12) | AES-256-GCM ciphertext and
tag``. The version, the key id and the context are associated data, each part of the context
with its length before it, so that no two contexts read the same: a value that was moved to
another row, table or column does not open. Nonces are random: a key is good for 2**32 seals
(NIST SP 800-38D, section 8.3), so rotate long before. What is kept of a key is 32 random
bytes; the key that seals and those that :meth:`KeyRing.derive` gives come from it by
HKDF-SHA256 (RFC 5869), so that none says anything of another.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidTag

from ostiary.contracts import StoreError
from ostiary.store import keyfile
from ostiary.store.keyfile import ID_BYTES, Key, encode_parts

__all__ = ["KeyRing", "SealBroken"]

log = logging.getLogger(__name__)

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD_BYTES = len(_VERSION) + ID_BYTES


class SealBroken(StoreError):
    """A sealed value does not open: altered, cut, moved, or its key is not on the ring."""


class KeyRing:
    """Keys, newest first: the newest seals, all of them open. What stands by comes last.

    A ring with a file looks at it before each use, so that a running process follows a
    rotation by another one; when the new file is of no use it goes on with what it has.
    Threads share one ring.
    """

    def __init__(self, keys: Iterable[Key], path: Path | None = None) -> None:
        self.path = path
        self._keys = tuple(keys)
        if not self._keys:
            raise ValueError("a key ring needs a key")
        self._stamp = None if path is None else keyfile.stamp(path)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Which keys, and nothing of what they are."""
        return f"<KeyRing of {', '.join(self.ids)}>"

    @classmethod
    def ephemeral(cls) -> KeyRing:
        """A ring with one key that no file holds, for tests."""
        return cls((Key.new(),))

    @classmethod
    def create(cls, path: Path) -> KeyRing:
        """Make a ring with one key, and its file (0600) and directory (0700).

        Raises:
            StoreError: there is a file already, or it cannot be written.
        """
        keys = (Key.new(),)
        keyfile.create(path, keys)
        return cls(keys, path)

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """The ring in this file.

        Raises:
            StoreError: the file is missing, malformed, or open to group or others.
        """
        # The time of the file is taken first: should it change now, it is read again.
        stamp = keyfile.stamp(path)
        ring = cls(keyfile.read(path), path)
        ring._stamp = stamp
        return ring

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the keys, newest first, those that stand by last."""
        return tuple([key.id for key in self._keys])

    def seal(self, plain: bytes, *context: str) -> bytes:
        """Encrypt and authenticate, with the newest key, for this context only."""
        key = self._fresh()[0]
        head = _VERSION + bytes.fromhex(key.id)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return head + nonce + key.cipher.encrypt(nonce, plain, _bound(head, context))

    def open(self, sealed: bytes, *context: str) -> bytes:
        """What was sealed for this context.

        Raises:
            SealBroken: it was altered, cut or moved, or its key is not on the ring.
        """
        key_id = self.key_id(sealed)
        key = next((key for key in self._fresh() if key.id == key_id), None)
        if key is None:
            raise SealBroken(
                f"a sealed value needs the key {key_id}, which is not on the ring: "
                "put back the key file that has it"
            )
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        try:
            return key.cipher.decrypt(
                nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], _bound(head, context)
            )
        except InvalidTag:
            raise SealBroken(
                "a sealed value was altered, or moved from where it was sealed"
            ) from None

    @staticmethod
    def key_id(sealed: bytes) -> str:
        """The id of the key that a value was sealed with.

        Raises:
            SealBroken: it is too short, or of an unknown version.
        """
        if len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES or sealed[:1] != _VERSION:
            raise SealBroken("a sealed value was cut, or this version does not know its format")
        return sealed[1:_HEAD_BYTES].hex()

    def derive(self, purpose: str) -> bytes:
        """32 bytes for this purpose (an HMAC key), from the newest key."""
        return self._fresh()[0].derive(purpose)

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """The same from every key, newest first: what was made before a rotation still counts."""
        return tuple(key.derive(purpose) for key in self._fresh())

    def rotated(self) -> KeyRing:
        """This ring with a key on top that stood by, or a new one.

        :meth:`save` it before it seals anything.
        """
        ready = [key.promoted() for key in self._keys if key.standby] or [Key.new()]
        return KeyRing((*ready, *self._sealing()), self.path)

    def prepared(self) -> KeyRing:
        """This ring with a new key that stands by: it opens, and :meth:`rotated` puts it on top.

        Raises:
            StoreError: there is one already.
        """
        waiting = [key.id for key in self._keys if key.standby]
        if waiting:
            raise StoreError(
                f"the key {waiting[0]} stands by already: give the key file to every host, then "
                "run `ostiary keys rotate`"
            )
        return KeyRing((*self._keys, Key.new(standby=True)), self.path)

    def _sealing(self) -> tuple[Key, ...]:
        """The keys that seal, or did."""
        return tuple(key for key in self._keys if not key.standby)

    def superseded(self, before: datetime) -> tuple[str, ...]:
        """The ids of the keys that a newer one replaced at or before this time."""
        return tuple(old.id for new, old in pairwise(self._sealing()) if new.created <= before)

    def without(self, ids: Collection[str]) -> KeyRing:
        """This ring without these keys; :meth:`save` it to lose them.

        Raises:
            ValueError: none would be left.
        """
        return KeyRing((key for key in self._keys if key.id not in ids), self.path)

    def save(self) -> None:
        """Replace the file, durably and in one step.

        Raises:
            StoreError: the ring has no file, or it cannot be written.
        """
        if self.path is None:
            raise StoreError("this key ring has no file to be saved in")
        keyfile.replace(self.path, self._keys)
        self._stamp = keyfile.stamp(self.path)

    def _fresh(self) -> tuple[Key, ...]:
        """The keys, read again if the file has changed since."""
        if self.path is None or (stamp := keyfile.stamp(self.path)) == self._stamp:
            return self._keys
        with self._lock:
            try:
                self._keys = keyfile.read(self.path)
            except StoreError as error:
                log.error("going on with the keys in memory: %s", error)  # noqa: TRY400
            self._stamp = stamp
        return self._keys


def _bound(head: bytes, context: tuple[str, ...]) -> bytes:
    if not context:
        raise ValueError("a sealed value must be bound to something")
    return head + encode_parts(context)
