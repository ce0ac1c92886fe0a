"""The keys of :mod:`ostiary_webauthn.testing`: lying open, never for production."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from ostiary_webauthn.keys import EDDSA, ES256, RS256

__all__ = ["KEYS", "Ed25519", "Es256", "PrivateKey", "Rs256"]


class PrivateKey(ABC):
    """A key that signs."""

    algorithm: int

    @abstractmethod
    def sign(self, data: bytes) -> bytes:
        """Sign."""

    @abstractmethod
    def cose(self) -> dict[int, int | bytes]:
        """The public key (RFC 9053)."""


class Es256(PrivateKey):
    """ECDSA on P-256."""

    algorithm = ES256

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(SHA256()))

    def cose(self) -> dict[int, int | bytes]:
        point = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        return {1: 2, 3: ES256, -1: 1, -2: x, -3: y}


class Ed25519(PrivateKey):
    """EdDSA on Curve25519."""

    algorithm = EDDSA

    def __init__(self, key: ed25519.Ed25519PrivateKey | None = None) -> None:
        self.key = key or ed25519.Ed25519PrivateKey.generate()

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)

    def cose(self) -> dict[int, int | bytes]:
        return {1: 1, 3: EDDSA, -1: 6, -2: self.key.public_key().public_bytes_raw()}


class Rs256(PrivateKey):
    """RSA with PKCS #1 v1.5 and SHA-256."""

    algorithm = RS256

    def __init__(self, key: rsa.RSAPrivateKey | None = None) -> None:
        self.key = key or rsa.generate_private_key(65537, 2048)

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, padding.PKCS1v15(), SHA256())

    def cose(self) -> dict[int, int | bytes]:
        numbers = self.key.public_key().public_numbers()
        n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
        return {1: 3, 3: RS256, -1: n, -2: numbers.e.to_bytes(3, "big")}


KEYS: Mapping[int, Callable[[], PrivateKey]] = {ES256: Es256, EDDSA: Ed25519, RS256: Rs256}
