"""Accepted proofs as JSON, for the rows of sessions and of sign-ins that are under way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ostiary.contracts import Kind, Proof, Strength

# Each request reads proofs, and Kind() takes five times as long to find one.
_KINDS: dict[Any, Kind] = {kind.value: kind for kind in Kind}
_KEYS = {"factor", "credential", "kinds", "phishing_resistant", "at", "recovery"}


def proofs_to_json(proofs: Iterable[Proof]) -> list[dict[str, Any]]:
    """Proofs as JSON values; :func:`proofs_from_json` gives back equal ones."""
    return [
        {
            "factor": proof.factor,
            "credential": proof.credential,
            "kinds": kinds_to_json(proof.strength),
            "phishing_resistant": proof.strength.phishing_resistant,
            "at": proof.at.astimezone(UTC).isoformat(),
            "recovery": proof.recovery,
        }
        for proof in proofs
    ]


def kinds_to_json(strength: Strength) -> list[str]:
    """The kinds of a strength, in an order that is always the same."""
    return sorted(kind.value for kind in strength.kinds)


def strength_from_json(kinds: object, resistant: object) -> Strength:
    """A strength from its two columns.

    Raises:
        ValueError: they hold anything else.
    """
    if not isinstance(kinds, list) or not isinstance(resistant, bool):
        raise ValueError("a strength is a list of kinds and a truth value")  # noqa: TRY004
    try:
        return Strength(frozenset([_KINDS[kind] for kind in kinds]), resistant)
    except (KeyError, TypeError):
        raise ValueError("a strength of an unknown kind") from None


def proofs_from_json(data: object) -> tuple[Proof, ...]:
    """The proofs that :func:`proofs_to_json` wrote.

    Raises:
        ValueError: the data is anything else: who can write a session's row must not be
            able to make it say more by a shape that nobody expected.
    """
    if not isinstance(data, list):
        raise ValueError("proofs are a list")  # noqa: TRY004 - the caller knows one error.
    return tuple(_proof(item) for item in data)


def _proof(item: object) -> Proof:
    if not isinstance(item, dict) or item.keys() != _KEYS:
        raise ValueError("a proof is an object of exactly its fields")
    factor, credential, recovery = item["factor"], item["credential"], item["recovery"]
    named = isinstance(factor, str) and isinstance(credential, str | None)
    if not named or not isinstance(recovery, bool) or not isinstance(item["at"], str):
        raise ValueError("a field of a proof has the wrong type")
    at = datetime.fromisoformat(item["at"])
    if at.tzinfo is None:
        raise ValueError("the time of a proof is not in UTC")
    strength = strength_from_json(item["kinds"], item["phishing_resistant"])
    return Proof(factor, credential, strength, at, recovery)
