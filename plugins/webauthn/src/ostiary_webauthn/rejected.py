"""Why an answer is refused: one stable code for each cause."""

from __future__ import annotations

from typing import Literal

Reason = Literal[
    # The answer as the browser's script sent it.
    "too-long",  # Longer than any real one.
    "not-json",  # Not one JSON object, a name twice in an object, or nested without end.
    "malformed",  # A member is missing, or is not of its kind.
    "not-base64url",  # Not base64url without padding (RFC 4648, section 5), or not canonical.
    "credential-type",  # Not a public-key credential.
    "credential-id",  # Empty, or over 1,023 bytes.
    "id-mismatch",  # id, rawId and the authenticator's own data name different credentials.
    # What the browser collected.
    "client-data",  # Not one JSON object in plain UTF-8, or without what it must have.
    "ceremony",  # An assertion where a registration was asked for, or the other way round.
    "challenge",
    "origin",
    "cross-origin",  # Asked from within a foreign page, which nobody allowed.
    "top-origin",  # Asked from within a foreign page other than the allowed ones.
    # What the authenticator says.
    "attestation-object",  # Not one CBOR map of the three members, and nothing after it.
    "authenticator-data",  # Cut off, with bytes left over, or with what does not belong there.
    "rp-id",
    "user-presence",
    "user-verification",
    "backup-state",  # Backed up, yet not eligible for it.
    "backup-eligibility",  # Not what it was at registration.
    # The key, and the statement about it.
    "algorithm",  # One that was not offered.
    "public-key",  # No key of its algorithm, or one that could not be used safely.
    "attestation-format",
    "attestation-statement",
    # Who answers, and with what.
    "other-credential",  # Not the credential that was looked up.
    "user-handle",
    "signature",
    "cloned",  # The counter did not go up.
]


class Rejected(Exception):
    """An answer that does not prove what it should.

    Attributes:
        reason: a stable code, see :data:`Reason`. It says nothing of what was sent.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
