"""What is stored of a set of codes: a digest of each that is left (ASVS 5.0, 6.5.2)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hmac import compare_digest

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

_SALT_BYTES = 16
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of argon2id (RFC 9106, section 3.1): passes, KiB, lanes.

    Those that OWASP's Password Storage Cheat Sheet gives for passwords. A code has 80 random
    bits, far beyond a search whatever a guess costs.
    """

    time: int = 2
    memory: int = 19 * 1024
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Digests:
    """The codes that are left of a set, as digests with one salt, so that a try costs one hash."""

    salt: bytes
    digests: tuple[bytes, ...]
    cost: Cost = Cost()

    @classmethod
    def of(cls, codes: Iterable[str]) -> Digests:
        """Those of new codes, with a new random salt."""
        new = cls(secrets.token_bytes(_SALT_BYTES), ())
        return replace(new, digests=tuple(new.digest(code) for code in codes))

    @classmethod
    def load(cls, stored: bytes) -> Digests | None:
        """What :meth:`dump` made; None if that is damaged."""
        try:
            known = json.loads(stored)
            return cls(
                bytes.fromhex(known["salt"]),
                tuple(bytes.fromhex(each) for each in known["digests"]),
                Cost(*(int(known[name]) for name in ("time", "memory", "lanes"))),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def dump(self) -> bytes:
        """To be kept as a credential's secret; with the cost, which may be another one later."""
        return json.dumps(
            {
                "salt": self.salt.hex(),
                "digests": [digest.hex() for digest in self.digests],
                "time": self.cost.time,
                "memory": self.cost.memory,
                "lanes": self.cost.lanes,
            }
        ).encode("ascii")

    def digest(self, code: str) -> bytes:
        """The digest of a code, as :func:`ostiary_recovery.codes.parse` gives it."""
        return hash_secret_raw(
            code.encode("ascii"),
            self.salt,
            time_cost=self.cost.time,
            memory_cost=self.cost.memory,
            parallelism=self.cost.lanes,
            hash_len=_DIGEST_BYTES,
            type=Type.ID,
            version=ARGON2_VERSION,
        )

    def without(self, code: str) -> Digests | None:
        """What is left once this code is used; None if it is not among them."""
        shown = self.digest(code)
        left = tuple(digest for digest in self.digests if not compare_digest(digest, shown))
        return None if len(left) == len(self.digests) else replace(self, digests=left)
