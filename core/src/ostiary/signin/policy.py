"""What an account asks for, and which of its factors could give it. No factor has a name here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ostiary.accounts import StoredCredential
from ostiary.contracts import Assurance, Factor, Kind, Proof, Strength


@dataclass(frozen=True, slots=True)
class Usable:
    """A loaded factor with this account's credentials of it."""

    factor: Factor
    credentials: tuple[StoredCredential, ...]

    @property
    def used_at(self) -> datetime | None:
        """When one of them was last used."""
        return max((c.used_at for c in self.credentials if c.used_at is not None), default=None)


def usable(
    factors: Mapping[str, Factor], credentials: Sequence[StoredCredential]
) -> tuple[Usable, ...]:
    """The account's factors that can be asked now, in the operator's order."""
    found = []
    for name, factor in factors.items():
        own = tuple(c for c in credentials if c.part == "factor" and c.name == name)
        if own:
            found.append(Usable(factor, own))
    return tuple(found)


def has_second(credentials: Sequence[StoredCredential]) -> bool:
    """Whether the account has a second factor; its row says so, also while its plugin is away."""
    return any(c.second for c in credentials if c.part == "factor")


def sign_in_needs(credentials: Sequence[StoredCredential]) -> tuple[Assurance, ...]:
    """What a sign-in must prove: two kinds once there is a second factor."""
    return (Assurance(proofs=2 if has_second(credentials) else 1),)


def change_needs(
    credentials: Sequence[StoredCredential], fresh: timedelta
) -> tuple[Assurance, ...]:
    """What a change of factors must prove: as a sign-in, and something of it just now."""
    return (*sign_in_needs(credentials), Assurance(proofs=1, within=fresh))


def unmet(
    needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> tuple[Assurance, ...]:
    """The assurances that these proofs leave open."""
    return tuple(need for need in needs if not need.met_by(proofs, now))


def helpful(
    ways: Sequence[Usable], needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> tuple[Usable, ...]:
    """The factors of which an answer would bring an open assurance nearer.

    The last used comes first, then the strongest; recovery comes last.
    """
    able = [way for way in ways if _helps(way.factor.properties.strength, needs, proofs, now)]
    return tuple(sorted(able, key=_rank, reverse=True))


def reachable(
    ways: Sequence[Usable], needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> bool:
    """Whether all the factors together could meet what is asked for."""
    imagined = [Proof(way.factor.name, None, way.factor.properties.strength, now) for way in ways]
    return not unmet(needs, [*proofs, *imagined], now)


def _helps(
    strength: Strength, needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> bool:
    for need in unmet(needs, proofs, now):
        counting = [p for p in proofs if need.within is None or now - p.at <= need.within]
        kinds: set[Kind] = {kind for p in counting for kind in p.strength.kinds}
        if len(kinds) < need.proofs and strength.kinds - kinds:
            return True
        if need.phishing_resistant and strength.phishing_resistant:
            return True
    return False


def _rank(way: Usable) -> tuple[bool, float, bool, int]:
    properties = way.factor.properties
    used = way.used_at
    return (
        not properties.recovery,
        used.timestamp() if used is not None else 0.0,
        properties.strength.phishing_resistant,
        len(properties.strength.kinds),
    )
