"""The attestation object: authenticator data, and a statement about it (WebAuthn, section 6.5)."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary_webauthn import cbor
from ostiary_webauthn.rejected import Rejected

FORMATS = ("none", "packed", "tpm", "android-key", "fido-u2f", "apple")
"""What is understood. Google has switched android-safetynet off, and its check asks for a clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationObject:
    """What a new key came in."""

    fmt: str
    certificates: tuple[bytes, ...]
    authenticator_data: bytes


def parse(data: bytes) -> AttestationObject:
    """Read an attestation object.

    Raises:
        Rejected: it is malformed, of an unknown format, or ``none`` with a statement.
    """
    try:
        found = cbor.loads(data)
    except ValueError:
        raise Rejected("attestation-object") from None
    if not isinstance(found, dict) or found.keys() != {"fmt", "attStmt", "authData"}:
        raise Rejected("attestation-object")
    fmt, statement, authenticator_data = found["fmt"], found["attStmt"], found["authData"]
    if not isinstance(authenticator_data, bytes) or not isinstance(statement, dict):
        raise Rejected("attestation-object")
    if not isinstance(fmt, str) or fmt not in FORMATS:
        raise Rejected("attestation-format")
    # Section 8.7: none says nothing.
    if fmt == "none" and statement:
        raise Rejected("attestation-statement")
    return AttestationObject(
        fmt=fmt,
        certificates=_certificates(statement.get("x5c", [])),
        authenticator_data=authenticator_data,
    )


def _certificates(chain: cbor.Value) -> tuple[bytes, ...]:
    if not isinstance(chain, list):
        raise Rejected("attestation-statement")
    certificates = tuple(item for item in chain if isinstance(item, bytes))
    if len(certificates) != len(chain):
        raise Rejected("attestation-statement")
    return certificates
