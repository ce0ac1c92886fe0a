"""A relying party: what it asks, what it expects, and what it keeps of a key."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import Any

from ostiary_webauthn.answers import encode
from ostiary_webauthn.checking import check_registration
from ostiary_webauthn.testing.authenticator import SoftAuthenticator
from ostiary_webauthn.values import Expected, Key


@dataclass(frozen=True, slots=True)
class Site:
    """A site with one user and one challenge.

    Attributes:
        expected: what it expects of every answer.
        user_handle: its user.
    """

    expected: Expected = field(
        default_factory=lambda: Expected(
            challenge=token_bytes(64),
            origin="https://accounts.example",
            rp_id="accounts.example",
            user_verification=False,
        )
    )
    user_handle: bytes = field(default_factory=lambda: token_bytes(64))

    def creation(self) -> dict[str, Any]:
        """The options of ``create()``, as far as an authenticator in software reads them."""
        return {
            "challenge": encode(self.expected.challenge),
            "rp": {"id": self.expected.rp_id},
            "user": {"id": encode(self.user_handle)},
        }

    def request(self) -> dict[str, Any]:
        """The options of ``get()``."""
        return {
            "challenge": encode(self.expected.challenge),
            "rpId": self.expected.rp_id,
        }

    def enrol(self, device: SoftAuthenticator) -> Key:
        """A new key of a device, as the site keeps it; the device must be a good one."""
        made = check_registration(device.create(self.creation()), self.expected)
        return Key(
            credential_id=made.credential_id,
            public_key=made.public_key,
            user_handle=self.user_handle,
            backup_eligible=made.backup_eligible,
            sign_count=made.sign_count,
        )

    def asking(self, **changes: Any) -> Expected:
        """What it expects, with changes."""
        return replace(self.expected, **changes)
