"""The test vectors of the W3C, with the keys to sign anything else in their place.

They stand beside the repository where there are any, as in CI, and are never copied into it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ostiary_webauthn import cbor
from ostiary_webauthn.answers import encode
from ostiary_webauthn.authdata import AT, ED
from ostiary_webauthn.checking import Expected, Key, check_registration
from ostiary_webauthn.keys import ALGORITHMS
from ostiary_webauthn.testing import Ed25519, Es256, Parts, PrivateKey, Rs256

FILE = Path(__file__).parents[4] / "shared" / "vectors" / "webauthn-w3c.json"
ALL: Mapping[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {"vectors": []}
USER = b"somebody"

needs_vectors = [
    pytest.mark.skipif(not FILE.exists(), reason="no vectors beside the repository"),
    pytest.mark.usefixtures("made_by_nobody"),
]
"""For ``pytestmark``."""

Statement = dict[str, Any]


@dataclass(frozen=True)
class Vector:
    """One registration and one authentication with the same key."""

    published: Mapping[str, Any]

    @property
    def name(self) -> str:
        name: str = self.published["name"]
        return name

    @property
    def algorithm(self) -> int:
        algorithm: int = self.published["meta"]["cose_alg"]
        return algorithm

    @property
    def offered(self) -> bool:
        return self.algorithm in ALGORITHMS

    @property
    def fmt(self) -> str:
        fmt: str = self.published["meta"]["fmt"]
        return fmt

    def expected(self, ceremony: str, **changes: Any) -> Expected:
        """What a site that the vectors are for expects: it may be embedded in one other."""
        values: dict[str, Any] = {
            "challenge": bytes.fromhex(self.published[ceremony]["challenge"]),
            "origin": ALL["origin"],
            "rp_id": ALL["rp_id"],
            "user_verification": False,
            "top_origins": (ALL["top_origin"],),
            "roots": ((self.fmt, (_root(),)),),
        }
        return Expected(**values | changes)

    @cached_property
    def key(self) -> Key:
        """What a site stores of the registration."""
        made = check_registration(self.registration().registration(), self.expected("registration"))
        return Key(
            credential_id=made.credential_id,
            public_key=made.public_key,
            user_handle=USER,
            backup_eligible=made.backup_eligible,
            sign_count=made.sign_count,
        )

    def published_answer(self, ceremony: str) -> str:
        """The answer, exactly as published."""
        values = self.published[ceremony]
        names = ("clientDataJSON", "attestationObject", "authenticatorData", "signature")
        response = {name: self.text(values[name]) for name in names if name in values}
        return json.dumps({**self._sent(), "response": response})

    def registration(self) -> Parts:
        """The parts of the registration; a statement is made anew where a key is known for it."""
        values = self.published["registration"]
        made: Any = cbor.loads(bytes.fromhex(values["attestationObject"]))
        data = made["authData"]
        parts = self._parts(values, data)
        size = len(parts.credential_id)
        parts.aaguid, parts.cose = data[37:53], data[55 + size :]
        parts.fmt, parts.state = made["fmt"], self._stating(made["attStmt"], parts)
        return parts

    def authentication(self) -> Parts:
        """The parts of the authentication; it is signed anew."""
        values = self.published["authentication"]
        return self._parts(values, bytes.fromhex(values["authenticatorData"]))

    @staticmethod
    def text(value: str) -> str:
        return encode(bytes.fromhex(value))

    def _sent(self) -> dict[str, Any]:
        told = self.text(self.published["registration"]["credential_id"])
        return {"id": told, "rawId": told, "type": "public-key", "clientExtensionResults": {}}

    def _parts(self, values: Mapping[str, Any], data: bytes) -> Parts:
        return Parts(
            key=self._private,
            client=json.loads(bytes.fromhex(values["clientDataJSON"])),
            rp_id_hash=data[:32],
            flags=data[32] & ~(AT | ED),
            sign_count=int.from_bytes(data[33:37], "big"),
            credential_id=bytes.fromhex(self.published["registration"]["credential_id"]),
            sent=self._sent(),
        )

    @cached_property
    def _private(self) -> PrivateKey:
        values = self.published["registration"]
        if self.algorithm == ALGORITHMS[0]:
            seed = bytes.fromhex(values["private_key"])
            return Ed25519(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
        if self.algorithm == ALGORITHMS[2]:
            return Rs256(self._rsa())
        return _p256(values["credential_private_key"])

    def _rsa(self) -> rsa.RSAPrivateKey:
        # Its primes are two Mersenne ones, the smaller of which is 2^1279 - 1.
        data: Any = cbor.loads(bytes.fromhex(self.published["registration"]["attestationObject"]))
        cose: Any = cbor.loads(data["authData"][55 + 32 :])
        n, e, p = int.from_bytes(cose[-1], "big"), int.from_bytes(cose[-2], "big"), 2**1279 - 1
        q = n // p
        d = pow(e, -1, (p - 1) * (q - 1))
        public = rsa.RSAPublicNumbers(e, n)
        crt = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
        return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()

    def _stating(self, published: Statement, original: Parts) -> Callable[[Parts], Statement]:
        """What makes a statement of this format for other parts."""
        secret = self.published["registration"].get("attestation_private_key")
        signer = original.key if secret is None else _p256(secret)
        old = _signed(original)

        def u2f(parts: Parts) -> Statement:
            point = signer_point(parts)
            data = b"\0" + parts.rp_id_hash + parts.client_hash() + parts.credential_id + point
            return {**published, "sig": signer.sign(data)}

        def tpm(parts: Parts) -> Statement:
            before, after = (hashlib.sha256(each).digest() for each in (old, _signed(parts)))
            certified = published["certInfo"].replace(before, after)
            return {**published, "certInfo": certified, "sig": signer.sign(certified)}

        def signed(parts: Parts) -> Statement:
            return {**published, "sig": signer.sign(_signed(parts))}

        # A certificate that names the challenge itself cannot be made anew.
        others = {"none": lambda _: {}, "apple": lambda _: published, "fido-u2f": u2f, "tpm": tpm}
        return others.get(self.fmt, signed)


@cache
def _root() -> bytes:
    root = x509.load_der_x509_certificate(bytes.fromhex(ALL["attestation_root_cert_der"]))
    return root.public_bytes(Encoding.PEM)


def _signed(parts: Parts) -> bytes:
    return parts.data() + parts.client_hash()


def signer_point(parts: Parts) -> bytes:
    """The public key as U2F signs it."""
    cose = parts.key.cose()
    x, y = cose[-2], cose[-3]
    assert isinstance(x, bytes)
    assert isinstance(y, bytes)
    return b"\x04" + x + y


@cache
def _p256(secret: str) -> Es256:
    return Es256(ec.derive_private_key(int(secret, 16), ec.SECP256R1()))


VECTORS = [Vector(published) for published in ALL["vectors"]]
