"""An authenticator in software, for tests of this package and of what builds on it.

Never for production: its keys lie open in memory, and nobody is asked before it signs. It
makes true registrations and assertions, and lets a test bend each of their parts before they
are signed::

    device = SoftAuthenticator(origin="https://accounts.example")
    answer = device.create(options)  # PublicKeyCredentialCreationOptionsJSON
    answer = device.get(options)  # PublicKeyCredentialRequestOptionsJSON
    answer = device.get(options, lambda parts: parts.client.update(origin="https://evil.example"))
"""

from ostiary_webauthn.testing.authenticator import (
    Bend,
    Held,
    NoCredential,
    Parts,
    SoftAuthenticator,
)
from ostiary_webauthn.testing.keys import KEYS, Ed25519, Es256, PrivateKey, Rs256
from ostiary_webauthn.testing.site import Site

__all__ = [
    "KEYS",
    "Bend",
    "Ed25519",
    "Es256",
    "Held",
    "NoCredential",
    "Parts",
    "PrivateKey",
    "Rs256",
    "Site",
    "SoftAuthenticator",
]
