"""What it costs to check the answer of a security key or passkey, beside what it stands on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography

from ostiary_webauthn.answers import decode
from ostiary_webauthn.checking import check_assertion, check_registration
from ostiary_webauthn.testing import Site, SoftAuthenticator


@dataclass(frozen=True, slots=True)
class Passkey:
    """One key (ES256, the usual one), a registration of another and an answer with it.

    Attributes:
        registered: our check of a registration without attestation.
        registered_by_library: py_webauthn's of the same.
        asserted: our check of an answer, from its JSON text to the counter.
        asserted_by_library: py_webauthn's of the same.
        signature: the signature of the answer, with a key that is ready.
    """

    registered: Callable[[], object]
    registered_by_library: Callable[[], object]
    asserted: Callable[[], object]
    asserted_by_library: Callable[[], object]
    signature: Callable[[], object]


def passkey() -> Passkey:
    """A key and two answers."""
    site = Site()
    device = SoftAuthenticator(origin=site.expected.origin)
    key = site.enrol(device)
    made, answer = device.create(site.creation()), device.get(site.request())
    asked = site.expected
    return Passkey(
        registered=lambda: check_registration(made, asked),
        registered_by_library=lambda: verify_registration_response(
            credential=made,
            expected_challenge=asked.challenge,
            expected_rp_id=asked.rp_id,
            expected_origin=asked.origin,
        ),
        asserted=lambda: check_assertion(answer, asked, key),
        asserted_by_library=lambda: verify_authentication_response(
            credential=answer,
            expected_challenge=asked.challenge,
            expected_rp_id=asked.rp_id,
            expected_origin=asked.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        ),
        signature=_signature(answer, key.public_key),
    )


def _signature(answer: str, cose: bytes) -> Callable[[], object]:
    response = json.loads(answer)["response"]
    data, client_data, signature = (
        decode(response[name]) for name in ("authenticatorData", "clientDataJSON", "signature")
    )
    signed = data + hashlib.sha256(client_data).digest()
    key = decoded_public_key_to_cryptography(decode_credential_public_key(cose))
    assert isinstance(key, EllipticCurvePublicKey)
    # Raises where it is wrong.
    return lambda: key.verify(signature, signed, ECDSA(SHA256()))
