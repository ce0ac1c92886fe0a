"""What is kept of a key beside its public key, where everybody who reads the row can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ostiary.contracts import JSON, Credential
from ostiary_webauthn import answers
from ostiary_webauthn.checking import Key, Registered


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The public part of a credential.

    Attributes:
        handle: the user handle that the key was made for.
        aaguid: the model of the authenticator.
        transports: how it may be reached.
        backup_eligible: whether the key may be synchronised; never changes.
        backed_up: whether it was, when it was last used.
        user_verified: whether it verified who uses it when it was added. Of one that did not, no
            later verification counts (``uvInitialized``, WebAuthn, section 4): whoever found it
            without a PIN may have set theirs.
        passkey: whether it can be found without a name, and so be the first proof.
    """

    handle: bytes
    aaguid: str
    transports: tuple[str, ...]
    backup_eligible: bool
    backed_up: bool
    user_verified: bool
    passkey: bool

    @classmethod
    def of(cls, registered: Registered, handle: bytes) -> Record:
        """What is to be kept of a new key."""
        return cls(
            handle=handle,
            aaguid=registered.aaguid,
            transports=registered.transports,
            backup_eligible=registered.backup_eligible,
            backed_up=registered.backed_up,
            user_verified=registered.user_verified,
            passkey=holds_passkey(registered),
        )

    @classmethod
    def load(cls, public: JSON) -> Record | None:
        """What was kept; None if it is damaged."""
        try:
            return cls._load(dict(public))
        except (KeyError, TypeError, ValueError):
            return None

    @classmethod
    def _load(cls, public: dict[str, Any]) -> Record:
        return cls(
            handle=answers.decode(public["handle"]),
            aaguid=str(public["aaguid"]),
            transports=tuple(name for name in answers.TRANSPORTS if name in public["transports"]),
            backup_eligible=public["backup_eligible"] is True,
            backed_up=public["backed_up"] is True,
            user_verified=public["user_verified"] is True,
            passkey=public["passkey"] is True,
        )

    def dump(self) -> dict[str, Any]:
        """The record as JSON."""
        return {
            "handle": answers.encode(self.handle),
            "aaguid": self.aaguid,
            "transports": list(self.transports),
            "backup_eligible": self.backup_eligible,
            "backed_up": self.backed_up,
            "user_verified": self.user_verified,
            "passkey": self.passkey,
        }

    def key(self, credential: Credential) -> Key:
        """What an answer is checked against.

        Raises:
            ValueError: the credential's lookup key is not the id of a key.
        """
        return Key(
            credential_id=answers.decode(credential.lookup or ""),
            public_key=credential.secret,
            user_handle=self.handle,
            backup_eligible=self.backup_eligible,
            sign_count=credential.mark or 0,
        )


def holds_passkey(registered: Registered) -> bool:
    """Whether a key can sign in by itself: found without a name, and sure who uses it.

    Where the browser does not say whether it can be found (``credProps``), platforms keep every
    key that they make, and only such keys are synchronised.
    """
    if not registered.user_verified or registered.fmt == "fido-u2f":
        return False
    if registered.discoverable is not None:
        return registered.discoverable
    return registered.backup_eligible or "internal" in registered.transports
