"""How sure we are of who somebody is: what was proved, when, and what a view asks for."""

from __future__ import annotations

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

    def cut_to(self, most: Strength) -> Strength:
        """What is left of a claim once it is held to the most that a factor can prove."""
        return Strength(
            self.kinds & most.kinds, self.phishing_resistant and most.phishing_resistant
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """An accepted answer, kept in the session with its time.

    ``recovery`` marks a proof that may only lead to adding factors; ``credential`` is None
    where the proof is not a stored credential (a mailed link that stands in for one).
    """

    factor: str
    credential: str | None
    strength: Strength
    at: datetime
    recovery: bool = False


@dataclass(frozen=True, slots=True)
class Assurance:
    """What is asked of a session: distinct kinds of proof, how fresh, how strong.

    ``proofs`` counts *kinds*, so two passwords are one. ``within`` bounds the age of every
    proof that counts. Several assurances combine by all-of: ``(proofs=2)`` together with
    ``(proofs=1, within=15 minutes)`` asks for one fresh proof, while ``proofs=2, within=15
    minutes`` in one asks for everything again (ASVS 5.0, 7.5.1 and 7.5.3).
    """

    proofs: int = 1
    within: timedelta | None = None
    phishing_resistant: bool = False

    def met_by(self, proofs: Iterable[Proof], now: datetime) -> bool:
        """Whether these proofs, at this time, are enough."""
        counting = [p for p in proofs if self.within is None or now - p.at <= self.within]
        kinds = {kind for proof in counting for kind in proof.strength.kinds}
        resistant = any(p.strength.phishing_resistant for p in counting)
        return len(kinds) >= self.proofs and (resistant or not self.phishing_resistant)
