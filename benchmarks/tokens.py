"""Verifying a token: beside the chain of HMACs that it cannot do without, and stock pymacaroons."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from pymacaroons import MACAROON_V2, Macaroon, Verifier

from ostiary_tokens.caveats import Kinds, Unknown, written
from ostiary_tokens.signing import mint, verify
from ostiary_tokens.spelling import Spelling, macaroon_of

_ROOT = b"a root key of this benchmark"
_LIMITS = (
    written("may", "upload"),
    written("on", ["project", "=", "acme-tools"]),
    written("exp", 1_900_000_000),
)


class Tokens:
    """One token of so many caveats, verified in several ways."""

    def __init__(self, caveats: int) -> None:
        self._caveats = tuple(_LIMITS[number % len(_LIMITS)] for number in range(caveats))
        self._spelling = Spelling(["ost-"])
        self._kinds = Kinds(dict)
        macaroon, self._key = mint(self._caveats)
        self._identifier = macaroon.identifier_bytes
        self._token = macaroon.serialize(self._spelling)
        stock = Macaroon("", self._identifier, _ROOT, version=MACAROON_V2)
        for caveat in self._caveats:
            stock.add_first_party_caveat(caveat)
        self._stock = stock.serialize()

    def verified(self) -> None:
        """From the text to caveats that are known to be signed."""
        assert verify(macaroon_of(self._token, self._spelling), self._key) == self._caveats

    def read(self) -> None:
        """The same, and what each caveat means."""
        signed = verify(macaroon_of(self._token, self._spelling), self._key)
        assert not any(isinstance(self._kinds.read(each), Unknown) for each in signed)

    def chained(self) -> None:
        """The HMACs of the definition alone: key derivation, identifier, each caveat."""
        link = hmac.new(b"macaroons-key-generator", _ROOT, hashlib.sha256).digest()
        for message in (self._identifier, *self._caveats):
            link = hmac.new(link, message, hashlib.sha256).digest()
        assert not hmac.compare_digest(link, bytes(32))

    def stock(self) -> None:
        """As pymacaroons comes, each caveat a predicate to be met exactly."""
        verifier = Verifier()
        for caveat in self._caveats:
            verifier.satisfy_exact(caveat.decode())
        # It gives the predicate as bytes in this version of the format, and as text in the other.
        verifier.satisfy_general(self._caveats.__contains__)
        assert verifier.verify(Macaroon.deserialize(self._stock), _ROOT)


def comparisons() -> list[tuple[str, str, Callable[[], object], Callable[[], object]]]:
    """What is compared: a title, the floor's, ours, the floor."""
    found: list[tuple[str, str, Callable[[], object], Callable[[], object]]] = []
    for count in (1, 3, 10):
        token = Tokens(count)
        plural = "caveat" if count == 1 else "caveats"
        found += [
            (f"a token, {count} {plural}", "the HMACs alone", token.verified, token.chained),
            ("... and what they mean", "the HMACs alone", token.read, token.chained),
            ("... ", "stock pymacaroons", token.verified, token.stock),
        ]
    return found
