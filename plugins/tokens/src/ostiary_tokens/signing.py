"""Minting, narrowing and verifying: the signature over every caveat, and nothing but that.

pymacaroons folds a caveat into the signature only if its predicate is met, and asks predicates
before it knows the signature: a caveat that somebody put in unsigned is skipped. Through its own
extension point every caveat is folded in here, met or not. What a caveat says is asked afterwards
by whoever verified (:mod:`ostiary_tokens.caveats`), of what is then known to be authentic.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable

from pymacaroons import MACAROON_V2, Caveat, Macaroon, Verifier
from pymacaroons.exceptions import MacaroonInvalidSignatureException
from pymacaroons.utils import generate_derived_key

ID_LENGTH = 16
"""Bytes of a token's identifier; random, so that nobody guesses one."""


class Forged(ValueError):
    """The signature is not of this key over these caveats in this order."""


class _EveryCaveat:
    """Folds every caveat in (``verifier.first_party_caveat_verifier_delegate``)."""

    def verify_first_party_caveat(
        self, verifier: Verifier, caveat: Caveat, signature: bytes
    ) -> bool:
        """Met, as far as the signature goes."""
        return True

    def update_signature(self, signature: bytes, caveat: Caveat) -> bytes:
        """One link of the chain."""
        return hmac.digest(signature, caveat.caveat_id_bytes, "sha256")


class _NoThirdParties:
    """What our serializer never reads is refused here once more."""

    def verify_third_party_caveat(self, *told: object) -> bool:
        """Never.

        Raises:
            Forged: always.
        """
        raise Forged("a caveat of a third party")


_VERIFIER = Verifier()
_VERIFIER.first_party_caveat_verifier_delegate = _EveryCaveat()
_VERIFIER.third_party_caveat_verifier_delegate = _NoThirdParties()


def mint(caveats: Iterable[bytes]) -> tuple[Macaroon, bytes]:
    """A new token with these caveats, and the key that verifies it, which is to be kept."""
    root = secrets.token_bytes(32)
    macaroon = Macaroon(
        identifier=secrets.token_bytes(ID_LENGTH), key=root, version=MACAROON_V2, location=""
    )
    narrow(macaroon, caveats)
    return macaroon, generate_derived_key(root)


def narrow(macaroon: Macaroon, caveats: Iterable[bytes]) -> None:
    """Append caveats, which needs no key and no server, and cannot be taken back."""
    for caveat in caveats:
        macaroon.add_first_party_caveat(caveat)


def verify(macaroon: Macaroon, key: bytes) -> tuple[bytes, ...]:
    """The caveats of a macaroon, in order, now that all of them are known to be signed.

    Args:
        macaroon: as our serializer read it.
        key: what :func:`mint` gave beside it.

    Raises:
        Forged: the signature does not hold.
    """
    try:
        # With the derived key itself, the derivation is left out. Compared in constant time.
        _VERIFIER.verify_discharge(macaroon, macaroon, key)
    except MacaroonInvalidSignatureException:
        raise Forged("the signature does not hold") from None
    return tuple(caveat.caveat_id_bytes for caveat in macaroon.caveats)
