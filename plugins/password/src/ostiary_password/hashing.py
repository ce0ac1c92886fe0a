"""Hashes of passwords: argon2id (RFC 9106)."""

from __future__ import annotations

from enum import Enum

from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from ostiary_password.settings import PasswordSettings

_VERSION = 19  # Version 1.3, the one of RFC 9106, section 3.1.


class Match(Enum):
    """What a password is to a stored hash."""

    RIGHT = "right"
    WRONG = "wrong"
    DAMAGED = "damaged"


class Hasher:
    """Makes and checks hashes; safe to share between threads."""

    def __init__(self, settings: PasswordSettings) -> None:
        self._argon2 = PasswordHasher(
            time_cost=settings.argon2_time,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_parallelism,
            type=Type.ID,
        )

    def hash(self, password: str | bytes) -> bytes:
        """A new hash with a salt of its own, in the encoded form that names its parameters."""
        return self._argon2.hash(password).encode("ascii")

    def match(self, stored: bytes, password: str) -> Match:
        """Whether the password is the one that was hashed; never an exception."""
        if _parameters(stored) is None:
            return Match.DAMAGED
        try:
            self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return Match.WRONG
        except VerificationError:
            return Match.DAMAGED
        return Match.RIGHT

    def renewed(self, stored: bytes, password: str) -> bytes | None:
        """A new hash where the stored one is weaker than a new one would be, else None.

        Weaker, not merely different: an operator who lowers the cost makes new hashes
        cheaper and leaves the old ones as strong as they are.
        """
        was = _parameters(stored)
        if was is not None and not self._weaker(was):
            return None
        return self.hash(password)

    def _weaker(self, was: Parameters) -> bool:
        return (
            was.type is not Type.ID
            or was.version < _VERSION
            or was.memory_cost < self._argon2.memory_cost
            or was.time_cost < self._argon2.time_cost
            or was.hash_len < self._argon2.hash_len
            or was.salt_len < self._argon2.salt_len
        )


def _parameters(stored: bytes) -> Parameters | None:
    try:
        return extract_parameters(stored.decode("ascii"))
    except (UnicodeDecodeError, InvalidHashError):
        return None
