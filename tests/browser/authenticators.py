"""Chromium's virtual authenticators: security keys, phones and laptops that a test holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page

PHONE = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
}
"""Keeps passkeys, and knows its owner."""

STICK = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb"}
"""A security key without a PIN, which keeps nothing."""

U2F = {"protocol": "u2f", "transport": "usb"}
"""One from before WebAuthn."""


@dataclass
class Authenticator:
    """One virtual authenticator; it is touched only within :meth:`touched`."""

    session: CDPSession
    id: str

    def send(self, method: str, **parameters: Any) -> Any:
        return self.session.send(f"WebAuthn.{method}", {"authenticatorId": self.id, **parameters})

    @contextmanager
    def touched(self) -> Iterator[None]:
        """While somebody holds a finger on it."""
        self.send("setAutomaticPresenceSimulation", enabled=True)
        yield
        self.send("setAutomaticPresenceSimulation", enabled=False)

    @contextmanager
    def broken(self, **bits: bool) -> Iterator[None]:
        """While its answers are wrong: ``isBogusSignature``, ``isBadUV``, ``isBadUP``."""
        self.send("setResponseOverrideBits", **bits)
        yield
        self.send("setResponseOverrideBits", **dict.fromkeys(bits, False))

    @property
    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.send("getCredentials")["credentials"]
        return found

    def remove(self) -> None:
        self.send("removeVirtualAuthenticator")


@dataclass
class Keyring:
    """The authenticators within reach of a page."""

    page: Page
    session: CDPSession = field(init=False)

    def __post_init__(self) -> None:
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.send("WebAuthn.enable", {"enableUI": False})

    def add(self, options: dict[str, Any], **more: Any) -> Authenticator:
        given = {"automaticPresenceSimulation": False, **options, **more}
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": given})
        return Authenticator(self.session, made["authenticatorId"])
