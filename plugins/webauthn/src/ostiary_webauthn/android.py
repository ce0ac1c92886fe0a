"""The statement of an Android keystore (WebAuthn, section 8.4).

The library's own procedure takes keys of a trusted execution environment only, under roots of
Google's only. Both are for the policy of a site to ask: the section lets a site take the
authorisations of hardware and software together. What they say must be right; that they say
nothing is not held against a key, since the specification's own test vector does not either.
"""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from typing import Any

from cryptography import x509
from pyasn1.codec.der.decoder import decode
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    validate_certificate_chain,
    verify_signature,
)
from webauthn.helpers.asn1.android_key import KeyDescription
from webauthn.helpers.structs import AttestationStatement

_KEY_DESCRIPTION = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
_GENERATED = 0  # KM_ORIGIN_GENERATED
_SIGN = 2  # KM_PURPOSE_SIGN


def verify(
    statement: AttestationStatement,
    authenticator_data: bytes,
    client_data: bytes,
    public_key: bytes,
    roots: tuple[bytes, ...],
) -> None:
    """Verify that an Android keystore made the key, for this challenge.

    Raises:
        Exception: it did not, or the statement is malformed; the libraries' kinds, and
            ValueError.
    """
    if statement.x5c is None or statement.sig is None or statement.alg is None:
        raise ValueError("incomplete")
    validate_certificate_chain(x5c=statement.x5c, pem_root_certs_bytes=list(roots))
    certificate = x509.load_der_x509_certificate(statement.x5c[0])
    certified = certificate.public_key()
    digest = hashlib.sha256(client_data).digest()
    verify_signature(
        public_key=certified,
        signature_alg=statement.alg,
        signature=statement.sig,
        data=authenticator_data + digest,
    )
    made = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if certified != made:
        raise ValueError("a certificate of another key")
    _describes(certificate, digest)


def _describes(certificate: x509.Certificate, challenge: bytes) -> None:
    extension = certificate.extensions.get_extension_for_oid(_KEY_DESCRIPTION).value
    if not isinstance(extension, x509.UnrecognizedExtension):
        raise TypeError("not a key description")
    described, rest = decode(extension.value, asn1Spec=KeyDescription())
    if rest or not compare_digest(bytes(described["attestationChallenge"]), challenge):
        raise ValueError("for another challenge")
    lists = [described["softwareEnforced"], described["teeEnforced"]]
    # Keys are for one site, and never brought in from outside.
    if any(item["allApplications"].hasValue() for item in lists):
        raise ValueError("for every application")
    if any(int(origin) != _GENERATED for origin in _given(lists, "origin")):
        raise ValueError("not made there")
    if any(int(use) != _SIGN for uses in _given(lists, "purpose") for use in uses):
        raise ValueError("not for signing alone")


def _given(lists: list[Any], name: str) -> list[Any]:
    return [item[name] for item in lists if item[name].hasValue()]
