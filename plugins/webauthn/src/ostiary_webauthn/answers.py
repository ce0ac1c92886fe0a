"""The answer as the browser's script sends it: ``PublicKeyCredential.toJSON()``, as text.

WebAuthn, section 5.1: ``RegistrationResponseJSON`` and ``AuthenticationResponseJSON``. Members
that repeat what the authenticator's own data says (``publicKey``, ``authenticatorData`` of a
registration) are not read, and unknown ones are left alone.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ostiary_webauthn.rejected import Rejected

LONGEST = 65536
"""Characters of an answer. The longest real ones, with a TPM's certificates, take a fifth."""

LONGEST_ID = 1023
"""Bytes of a credential id (WebAuthn, section 7.1, step 25)."""

TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")

_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationAnswer:
    """A new credential, as sent."""

    credential_id: bytes
    client_data: bytes
    attestation_object: bytes
    transports: tuple[str, ...]
    discoverable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionAnswer:
    """A use of a credential, as sent."""

    credential_id: bytes
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    user_handle: bytes | None


def registration(answer: str) -> RegistrationAnswer:
    """Read a registration.

    Raises:
        Rejected: it is not one, in form.
    """
    sent = _object(answer)
    response = _mapping(sent, "response")
    return RegistrationAnswer(
        credential_id=_id(sent),
        client_data=_bytes(response, "clientDataJSON"),
        attestation_object=_bytes(response, "attestationObject"),
        transports=_transports(response.get("transports", [])),
        discoverable=_discoverable(sent),
    )


def assertion(answer: str) -> AssertionAnswer:
    """Read an assertion.

    Raises:
        Rejected: it is not one, in form.
    """
    sent = _object(answer)
    response = _mapping(sent, "response")
    handle = response.get("userHandle")
    return AssertionAnswer(
        credential_id=_id(sent),
        client_data=_bytes(response, "clientDataJSON"),
        authenticator_data=_bytes(response, "authenticatorData"),
        signature=_bytes(response, "signature"),
        user_handle=None if handle is None else _bytes(response, "userHandle"),
    )


def credential_id_of(answer: str) -> str:
    """The base64url of the credential that answers, to look its row up.

    Raises:
        Rejected: the answer is not one, in form.
    """
    return encode(_id(_object(answer)))


def strict_object(text: str) -> dict[str, Any]:
    """A JSON object in which no name stands twice, and no number is none.

    Raises:
        ValueError: it is anything else.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - the text is wrong, not its type.
    return found


def encode(value: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return urlsafe_b64encode(value).decode("ascii").rstrip("=")


def decode(text: str) -> bytes:
    """What :func:`encode` made, and nothing else: each value has one form only.

    Raises:
        ValueError: the text has other characters, or bits that stand for nothing.
    """
    if not _BASE64URL.fullmatch(text):
        raise ValueError("other characters")
    value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(value) != text:
        raise ValueError("bits left over")
    return value


def _object(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST:
        raise Rejected("too-long")
    try:
        return strict_object(answer)
    except ValueError:
        raise Rejected("not-json") from None


def _id(sent: Mapping[str, Any]) -> bytes:
    if sent.get("type") != "public-key":
        raise Rejected("credential-type")
    value = _bytes(sent, "id")
    if value != _bytes(sent, "rawId"):
        raise Rejected("id-mismatch")
    if not 1 <= len(value) <= LONGEST_ID:
        raise Rejected("credential-id")
    return value


def _bytes(sent: Mapping[str, Any], name: str) -> bytes:
    text = sent.get(name)
    if not isinstance(text, str):
        raise Rejected("malformed")
    try:
        return decode(text)
    except ValueError:
        raise Rejected("not-base64url") from None


def _mapping(sent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = sent.get(name, {})
    if not isinstance(found, dict):
        raise Rejected("malformed")
    return found


def _transports(sent: object) -> tuple[str, ...]:
    if not isinstance(sent, list) or not all(isinstance(item, str) for item in sent):
        raise Rejected("malformed")
    return tuple(name for name in TRANSPORTS if name in sent)


def _discoverable(sent: Mapping[str, Any]) -> bool | None:
    # WebAuthn, section 10.1.3: credProps.rk, and nothing where the browser cannot tell.
    found = _mapping(_mapping(sent, "clientExtensionResults"), "credProps").get("rk")
    if found is not None and not isinstance(found, bool):
        raise Rejected("malformed")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(name)
