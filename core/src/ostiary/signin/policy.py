"""What an account asks for, and which of its factors could give it. No factor has a name here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ostiary.accounts import StoredCredential
from ostiary.contracts import Assurance, Factor, Kind, Proof, Purpose, Strength

TWO = Assurance(proofs=2)
"""Two kinds of proof."""


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
    factors: Mapping[str, Factor], credentials: Sequence[StoredCredential], purpose: Purpose
) -> tuple[Usable, ...]:
    """The account's factors that can be asked now, in the operator's order.

    Recovery leads to a limited session and to nothing else: at a step-up it would give all
    the rights of the session that is there.
    """
    found = []
    for name, factor in factors.items():
        if purpose is Purpose.STEP_UP and factor.properties.recovery:
            continue
        own = tuple(
            c for c in credentials if c.part == "factor" and c.name == name and not c.broken
        )
        if own:
            found.append(Usable(factor, own))
    return tuple(found)


def has_second(credentials: Sequence[StoredCredential]) -> bool:
    """Whether the account has a second factor; its row says so, also while its plugin is away."""
    return any(c.second for c in credentials if c.part == "factor")


def shut_out(factors: Iterable[Factor], credentials: Sequence[StoredCredential]) -> bool:
    """Whether who lost the second factor could not get back in, and something could help."""
    helps = any(factor.properties.recovery for factor in factors)
    return helps and has_second(credentials) and not any(c.recovery for c in credentials)


def replaces(factor: Factor, credentials: Iterable[StoredCredential]) -> bool:
    """Whether a new one would take the place of the one that there is."""
    own = any(c.part == "factor" and c.name == factor.name for c in credentials)
    return own and factor.properties.most == 1


def lasting_kinds(credentials: Sequence[StoredCredential]) -> frozenset[Kind]:
    """The kinds that the account's rows give together, also while plugins are away.

    Recovery is not among them: it is used up, and leads to adding factors only.
    """
    lasting = [c for c in credentials if c.part == "factor" and not c.recovery]
    return frozenset(kind for c in lasting for kind in c.strength.kinds)


def is_protected(credentials: Sequence[StoredCredential]) -> bool:
    """Whether a sign-in asks for two kinds: there is a second factor beside another kind."""
    return has_second(credentials) and len(lasting_kinds(credentials)) > 1


def sign_in_needs(credentials: Sequence[StoredCredential]) -> tuple[Assurance, ...]:
    """What a sign-in must prove: two kinds once there is a second factor beside another kind.

    What the rows could never prove is not asked for: it would lock the owner out.
    """
    return (Assurance(proofs=2 if is_protected(credentials) else 1),)


def change_needs(
    credentials: Sequence[StoredCredential], fresh: timedelta
) -> tuple[Assurance, ...]:
    """What a change of factors must prove: as a sign-in, and something of it just now."""
    return (*sign_in_needs(credentials), Assurance(proofs=1, within=fresh))


def attainable(need: Assurance, credentials: Sequence[StoredCredential]) -> Assurance:
    """As much of an assurance as the account's rows can ever prove."""
    kinds = len(lasting_kinds(credentials))
    lasting = [c for c in credentials if c.part == "factor" and not c.recovery]
    resistant = any(c.strength.phishing_resistant for c in lasting)
    return replace(
        need,
        proofs=min(need.proofs, max(1, kinds)),
        phishing_resistant=need.phishing_resistant and resistant,
    )


def lasting(proofs: Iterable[Proof]) -> tuple[Proof, ...]:
    """The proofs that count for more than adding factors: those that are not of recovery."""
    return tuple(proof for proof in proofs if not proof.recovery)


def unmet(
    needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> tuple[Assurance, ...]:
    """The assurances that these proofs leave open."""
    return tuple(need for need in needs if not need.met_by(proofs, now))


def helpful(
    ways: Sequence[Usable], needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> tuple[Usable, ...]:
    """The factors of which an answer would bring an open assurance nearer.

    The last used comes first, then the strongest; what has just answered comes after the
    others, since it may well prove no more than it did; recovery comes last.
    """
    answered: dict[str, bool] = {}
    for need in unmet(needs, proofs, now):
        counting = [p for p in proofs if need.within is None or now - p.at <= need.within]
        for way in ways:
            if _helps(way.factor.properties.strength, need, counting):
                name = way.factor.name
                again = any(p.factor == name for p in counting)
                answered[name] = answered.get(name, False) or again
    able = [way for way in ways if way.factor.name in answered]
    able.sort(key=lambda way: _rank(way, again=answered[way.factor.name]), reverse=True)
    return tuple(able)


def promised(credentials: Sequence[StoredCredential], now: datetime) -> tuple[Proof, ...]:
    """What the account's rows could prove now, also those of plugins that are away."""
    lasting = [c for c in credentials if c.part == "factor" and not c.recovery]
    return tuple(Proof(stored.name, None, stored.strength, now) for stored in lasting)


def reachable(
    ways: Sequence[Usable], needs: Sequence[Assurance], proofs: Sequence[Proof], now: datetime
) -> bool:
    """Whether all the credentials together could meet what is asked for."""
    imagined = [
        Proof(way.factor.name, None, stored.strength, now)
        for way in ways
        for stored in way.credentials
    ]
    return not unmet(needs, [*proofs, *imagined], now)


def _helps(strength: Strength, need: Assurance, counting: Sequence[Proof]) -> bool:
    kinds: set[Kind] = {kind for p in counting for kind in p.strength.kinds}
    if len(kinds) < need.proofs and strength.kinds - kinds:
        return True
    resistant = any(p.strength.phishing_resistant for p in counting)
    return need.phishing_resistant and strength.phishing_resistant and not resistant


def _rank(way: Usable, *, again: bool) -> tuple[bool, bool, float, bool, int]:
    properties = way.factor.properties
    used = way.used_at
    return (
        not properties.recovery,
        not again,
        used.timestamp() if used is not None else 0.0,
        properties.strength.phishing_resistant,
        len(properties.strength.kinds),
    )
