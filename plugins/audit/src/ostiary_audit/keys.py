"""The keys of the log: derived from the house's key ring, and so rotated together with it.

Nothing of them is in the database: whoever can write there can neither sign a checkpoint nor add a
record that is taken for one.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

from ostiary.store import KeyRing
from ostiary_audit.canonical import Written
from ostiary_audit.notes import Signer, Verifier

_CHECKPOINT = "ostiary-audit checkpoint"
_RECORD = "ostiary-audit record"


class LogKeys:
    """What signs checkpoints and marks records, from the ring as it is now."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ids: tuple[str, ...] = ()
        self._marks: tuple[hmac.HMAC, ...] = ()

    def signer(self, origin: str) -> Signer:
        """The key that signs, which has the name of the log."""
        return Signer(origin, self._ring.derive(_CHECKPOINT))

    def verifiers(self, origin: str) -> tuple[Verifier, ...]:
        """The public keys of the whole ring, newest first."""
        return tuple(Signer(origin, seed).verifier for seed in self._ring.derived(_CHECKPOINT))

    def mark(self, written: Written) -> bytes:
        """The code that says that a record was written by the house."""
        return _code(self._keys()[0], written)

    def is_ours(self, written: Written, mac: bytes) -> bool:
        """Whether a record has the code of any key of the ring."""
        if any(hmac.compare_digest(_code(key, written), mac) for key in self._keys()):
            return True
        # Another process may have rotated the keys since this one looked.
        self._ids = ()
        return any(hmac.compare_digest(_code(key, written), mac) for key in self._keys())

    def _keys(self) -> tuple[hmac.HMAC, ...]:
        """Deriving takes longer than all the rest of writing a record, so it is done once."""
        ids = self._ring.ids
        if self._ids != ids or not self._marks:
            derived = self._ring.derived(_RECORD)
            self._marks = tuple(hmac.new(key, digestmod=sha256) for key in derived)
            self._ids = self._ring.ids
        return self._marks


def _code(key: hmac.HMAC, written: Written) -> bytes:
    parts = (written.payload, written.place or b"", written.person or b"")
    # A copy has taken the key in already, which is half of the work for a record.
    found = key.copy()
    found.update(b"".join([len(part).to_bytes(4, "big") + part for part in parts]))
    return found.digest()
