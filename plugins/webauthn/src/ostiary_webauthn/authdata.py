"""Authenticator data (WebAuthn, section 6.1), read to the last byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from hmac import compare_digest
from uuid import UUID

from ostiary_webauthn import cbor
from ostiary_webauthn.answers import LONGEST_ID
from ostiary_webauthn.rejected import Rejected
from ostiary_webauthn.values import Expected

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80

_HEAD = 37
_AAGUID = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The new credential: section 6.5.1."""

    aaguid: str
    credential_id: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorData:
    """What an authenticator says, and signs."""

    rp_id_hash: bytes
    flags: int
    sign_count: int
    attested: Attested | None

    def has(self, flag: int) -> bool:
        """Whether a flag is set."""
        return bool(self.flags & flag)


def check(data: bytes, expected: Expected) -> AuthenticatorData:
    """Read authenticator data and hold what both ceremonies share to what was asked.

    Raises:
        Rejected: it is malformed, for another site, or says too little.
    """
    found = _parse(data)
    if not compare_digest(found.rp_id_hash, hashlib.sha256(expected.rp_id.encode()).digest()):
        raise Rejected("rp-id")
    if not found.has(UP):
        raise Rejected("user-presence")
    if expected.user_verification and not found.has(UV):
        raise Rejected("user-verification")
    if found.has(BS) and not found.has(BE):
        raise Rejected("backup-state")
    return found


def _parse(data: bytes) -> AuthenticatorData:
    if len(data) < _HEAD:
        raise Rejected("authenticator-data")
    flags, at, attested = data[32], _HEAD, None
    try:
        if flags & AT:
            attested, at = _attested(data, at)
        if flags & ED:
            extensions, at = cbor.read(data, at)
            if not isinstance(extensions, dict):
                raise Rejected("authenticator-data")
    except ValueError:
        raise Rejected("authenticator-data") from None
    if at != len(data):
        raise Rejected("authenticator-data")
    return AuthenticatorData(
        rp_id_hash=data[:32],
        flags=flags,
        sign_count=int.from_bytes(data[33:_HEAD], "big"),
        attested=attested,
    )


def _attested(data: bytes, at: int) -> tuple[Attested, int]:
    begin = at + _AAGUID + 2
    size = int.from_bytes(data[begin - 2 : begin], "big")
    end = begin + size
    if len(data) < end:
        raise Rejected("authenticator-data")
    if not 1 <= size <= LONGEST_ID:
        raise Rejected("credential-id")
    _key, rest = cbor.read(data, end)
    attested = Attested(
        aaguid=str(UUID(bytes=data[at : at + _AAGUID])),
        credential_id=data[begin:end],
        public_key=data[end:rest],
    )
    return attested, rest
