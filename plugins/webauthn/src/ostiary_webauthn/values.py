"""What the checks are given, and what they give back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What this site asked for.

    Attributes:
        challenge: the random bytes that were sent.
        origin: the only origin that may have asked, such as ``https://accounts.example``.
        rp_id: the domain that keys are bound to.
        user_verification: whether the authenticator must have verified who uses it.
        top_origins: the origins of pages that may embed this site; empty, and it must not have
            been embedded at all.
        roots: certificates in PEM form, one of which an attestation must lead to, for each
            format that has any; where a format stands there twice, to one of each. A format
            without them is checked for its signature only, but for Apple's, whose root the
            library brings along.
    """

    challenge: bytes
    origin: str
    rp_id: str
    user_verification: bool
    top_origins: tuple[str, ...] = ()
    roots: tuple[tuple[str, tuple[bytes, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What the maker of an authenticator says of it, for a policy to judge.

    Attributes:
        certificates: the chain in DER form, the authenticator's own first; empty where the
            statement is none, or is signed by the new key itself.
        trusted: whether the chain was followed to a root, one of :attr:`Expected.roots` or one
            that the library brings along.
        raw: the attestation object, exactly as it was sent.
    """

    certificates: tuple[bytes, ...]
    trusted: bool
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A new key.

    Attributes:
        credential_id: how the authenticator names it; at most 1,023 bytes.
        public_key: a COSE key (RFC 9053) of an offered algorithm, exactly as it was sent.
        aaguid: the model of the authenticator, as a UUID; zeros where it does not say.
        sign_count: the counter to go on from.
        user_verified: whether the authenticator verified who uses it.
        backup_eligible: whether the key may be synchronised; never changes.
        backed_up: whether it is by now.
        transports: how it may be reached, as far as the names are known.
        discoverable: whether it can be found without its id; None where the browser is silent.
        fmt: the format of the attestation.
        attestation: what a policy on attestation judges.
    """

    credential_id: bytes
    public_key: bytes
    aaguid: str
    sign_count: int
    user_verified: bool
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]
    discoverable: bool | None
    fmt: str
    attestation: Attestation


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What was stored at the registration, and the counter since."""

    credential_id: bytes
    public_key: bytes
    user_handle: bytes
    backup_eligible: bool
    sign_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """A use of a key.

    Attributes:
        user_handle: the key's user, where the authenticator says; that it is the stored one
            has been checked.
        user_verified: whether the authenticator verified who uses it.
        backed_up: whether the key is synchronised by now.
        sign_count: the counter to go on from.
    """

    user_handle: bytes | None
    user_verified: bool
    backed_up: bool
    sign_count: int
