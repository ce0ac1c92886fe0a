"""How sure we are of who somebody is: what was proved, when, and what a view asks for."""
# fmt: off

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class Kind(Enum):
    """What a proof rests on (NIST SP 800-63B, section 5.1: authenticator types)."""
    KNOW = "know"
    HAVE = "have"

@dataclass(frozen=True, slots=True)
class Strength:
    """What one answer proves. A verified passkey is ``Strength({KNOW, HAVE}, True)``."""
    kinds: frozenset[Kind]
    phishing_resistant: bool = False

    def cut_to(self, most: "Strength") -> "Strength":
        """What is left of a claim once it is held to the most that a factor can prove."""
        resistant = self.phishing_resistant and most.phishing_resistant
        return Strength(self.kinds & most.kinds, resistant)

@dataclass(frozen=True, slots=True)
class Proof:
    """An accepted answer, kept in the session with its time."""
    factor: str
    credential: str | None  # None for what is not stored, such as a mailed link standing in.
    strength: Strength
    at: datetime
    recovery: bool = False  # May only lead to adding factors.

@dataclass(frozen=True, slots=True)
class Assurance:
    """What is asked of a session: distinct kinds of proof, how fresh, how strong."""
    # Several combine by all-of: ``(proofs=2)`` with ``(proofs=1, within=15 minutes)`` asks for one
    # fresh proof, ``proofs=2, within=15 minutes`` for everything again (ASVS 5.0, 7.5.1, 7.5.3).
    proofs: int = 1  # Counts *kinds*, so two passwords are one.
    within: timedelta | None = None  # Bounds the age of every proof that counts.
    phishing_resistant: bool = False

    def met_by(self, proofs: Iterable[Proof], now: datetime) -> bool:
        """Whether these proofs, at this time, are enough."""
        counting = [p for p in proofs if self.within is None or now - p.at <= self.within]
        kinds = {kind for proof in counting for kind in proof.strength.kinds}
        resistant = any(p.strength.phishing_resistant for p in counting)
        return len(kinds) >= self.proofs and (resistant or not self.phishing_resistant)
