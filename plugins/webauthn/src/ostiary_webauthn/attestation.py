"""The attestation object: authenticator data, and a statement about it (WebAuthn, section 6.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ostiary_webauthn import cbor
from ostiary_webauthn.rejected import Rejected

# The members of each format's statement, and those that may be there (section 8). Google has
# switched android-safetynet off.
_CERTIFIED = {"alg", "sig", "x5c"}
_MEMBERS: Mapping[str, tuple[set[str], set[str]]] = {
    "none": (set(), set()),
    "packed": ({"alg", "sig"}, {"x5c"}),
    "tpm": (_CERTIFIED | {"ver", "certInfo", "pubArea"}, set()),
    "android-key": (_CERTIFIED, set()),
    "fido-u2f": ({"sig", "x5c"}, set()),
    # Apple's devices used to name the algorithm too.
    "apple": ({"x5c"}, {"alg"}),
}

FORMATS = tuple(_MEMBERS)
"""What is understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationObject:
    """What a new key came in."""

    fmt: str
    statement: Mapping[int | str, cbor.Value]
    certificates: tuple[bytes, ...]
    authenticator_data: bytes


def parse(data: bytes) -> AttestationObject:
    """Read an attestation object.

    Raises:
        Rejected: it is malformed, of an unknown format, or its statement is not of its format.
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
    if not isinstance(fmt, str) or fmt not in _MEMBERS:
        raise Rejected("attestation-format")
    needed, allowed = _MEMBERS[fmt]
    if not needed <= statement.keys() <= needed | allowed or not _typed(statement):
        raise Rejected("attestation-statement")
    return AttestationObject(
        fmt=fmt,
        statement=statement,
        certificates=_certificates(statement),
        authenticator_data=authenticator_data,
    )


def _typed(statement: Mapping[int | str, cbor.Value]) -> bool:
    kinds = {"alg": int, "ver": str, "x5c": list}
    # The kind exactly: a bool is an int to Python.
    return all(type(value) is kinds.get(str(name), bytes) for name, value in statement.items())


def _certificates(statement: Mapping[int | str, cbor.Value]) -> tuple[bytes, ...]:
    chain = statement.get("x5c")
    if not isinstance(chain, list):
        return ()
    certificates = tuple(item for item in chain if isinstance(item, bytes))
    # Without a certificate the library would take the statement for one by the key itself.
    if not chain or len(certificates) != len(chain):
        raise Rejected("attestation-statement")
    return certificates
