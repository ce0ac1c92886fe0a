"""The authenticator of :mod:`ostiary_webauthn.testing`."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webauthn.helpers import encode_cbor

from ostiary_webauthn.answers import decode, encode
from ostiary_webauthn.authdata import AT, BE, BS, ED, UP, UV
from ostiary_webauthn.testing.keys import KEYS, PrivateKey

__all__ = ["Bend", "Held", "NoCredential", "Parts", "SoftAuthenticator"]


class NoCredential(LookupError):
    """None of the credentials that were asked for is held here."""


@dataclass(kw_only=True)
class Held:
    """A credential that the authenticator holds."""

    credential_id: bytes
    rp_id: str
    user_handle: bytes
    key: PrivateKey
    sign_count: int


@dataclass(kw_only=True)
class Parts:
    """All that an answer is made of. What is None is made from the rest.

    Attributes:
        key: signs. For a registration, also what is registered, unless ``cose`` is set.
        client: the members of the client data, in the order in which they are written.
        client_data: the same as bytes.
        rp_id_hash: of the site.
        flags: of the authenticator data; AT and ED are set by themselves.
        sign_count: the counter.
        credential_id: the credential's id, as the authenticator's data has it.
        aaguid: the model; a registration has one, an assertion has none.
        cose: the public key, as CBOR.
        extensions: what the authenticator says of extensions, as CBOR.
        tail: what follows in the authenticator data.
        authenticator_data: all of it.
        fmt: the format of the attestation.
        state: makes the attestation statement of the other parts.
        statement: the attestation statement itself.
        attestation_object: all of it.
        signature: over an assertion.
        sent: what the browser sends, but for ``response``.
        response: members of the response, beside or instead of the usual ones.
    """

    key: PrivateKey
    client: dict[str, Any]
    rp_id_hash: bytes
    flags: int
    sign_count: int
    credential_id: bytes
    sent: dict[str, Any]
    response: dict[str, Any] = field(default_factory=dict)
    aaguid: bytes | None = None
    cose: bytes | None = None
    extensions: bytes = b""
    tail: bytes = b""
    fmt: str = "none"
    state: Callable[[Parts], Mapping[str, Any]] | None = None
    client_data: bytes | None = None
    authenticator_data: bytes | None = None
    statement: Mapping[str, Any] | None = None
    attestation_object: bytes | None = None
    signature: bytes | None = None

    def registration(self) -> str:
        """The answer to ``create()``."""
        return self._answer({"attestationObject": encode(self._attestation_object())})

    def assertion(self) -> str:
        """The answer to ``get()``."""
        data = self.data()
        signature = self.signature
        if signature is None:
            signature = self.key.sign(data + self.client_hash())
        return self._answer({"authenticatorData": encode(data), "signature": encode(signature)})

    def data(self) -> bytes:
        """The authenticator data."""
        if self.authenticator_data is not None:
            return self.authenticator_data
        flags = self.flags | (ED if self.extensions else 0) | (AT if self.aaguid else 0)
        head = self.rp_id_hash + bytes([flags]) + self.sign_count.to_bytes(4, "big")
        return head + self._attested() + self.extensions + self.tail

    def client_json(self) -> bytes:
        """The client data."""
        if self.client_data is not None:
            return self.client_data
        return json.dumps(self.client, separators=(",", ":")).encode()

    def client_hash(self) -> bytes:
        """What is signed of the client data."""
        return hashlib.sha256(self.client_json()).digest()

    def _attested(self) -> bytes:
        if self.aaguid is None:
            return b""
        size = len(self.credential_id).to_bytes(2, "big")
        cose = encode_cbor(self.key.cose()) if self.cose is None else self.cose
        return self.aaguid + size + self.credential_id + cose

    def _attestation_object(self) -> bytes:
        if self.attestation_object is not None:
            return self.attestation_object
        statement = self.statement
        if statement is None:
            statement = {} if self.state is None else self.state(self)
        members = {"fmt": self.fmt, "attStmt": statement, "authData": self.data()}
        return encode_cbor(members)

    def _answer(self, made: Mapping[str, Any]) -> str:
        response = {"clientDataJSON": encode(self.client_json()), **made, **self.response}
        return json.dumps({**self.sent, "response": response})


Bend = Callable[[Parts], object]
"""Changes parts of an answer before it is signed."""


class SoftAuthenticator:
    """An authenticator that says yes to everything.

    Args:
        origin: of the page that asks.
        algorithm: of its keys, one of those that are offered; -7 is the usual one.
        aaguid: its model.
        verifies: whether it verifies who uses it (UV).
        eligible: whether its keys may be synchronised (BE).
        backed_up: whether they are by now (BS).
        counts: whether its counter goes up; else it stays zero.
        discoverable: whether it names the user at an assertion, and reports ``credProps.rk``.
        fmt: its attestation: ``none``, or ``packed`` signed by the new key itself.
        transports: how it is reached.
    """

    def __init__(
        self,
        *,
        origin: str,
        algorithm: int = -7,
        aaguid: bytes = bytes(16),
        verifies: bool = True,
        eligible: bool = False,
        backed_up: bool = False,
        counts: bool = True,
        discoverable: bool = True,
        fmt: str = "none",
        transports: tuple[str, ...] = ("internal",),
    ) -> None:
        self.origin = origin
        self.algorithm = algorithm
        self.aaguid = aaguid
        self.verifies = verifies
        self.eligible = eligible
        self.backed_up = backed_up
        self.counts = counts
        self.discoverable = discoverable
        self.fmt = fmt
        self.transports = transports
        self.held: list[Held] = []

    def create(self, options: str | Mapping[str, Any], bend: Bend | None = None) -> str:
        """Make a credential; gives the JSON text of the answer.

        Args:
            options: ``PublicKeyCredentialCreationOptionsJSON``, as text or read.
            bend: changes parts of the answer before it is signed.
        """
        asked = _read(options)
        held = Held(
            credential_id=secrets.token_bytes(32),
            rp_id=asked["rp"]["id"],
            user_handle=decode(asked["user"]["id"]),
            key=KEYS[self.algorithm](),
            sign_count=0,
        )
        self.held.append(held)
        parts = self._parts("webauthn.create", asked["challenge"], held)
        parts.aaguid, parts.fmt = self.aaguid, self.fmt
        parts.state = _by_itself if self.fmt == "packed" else None
        parts.sent["clientExtensionResults"] = {"credProps": {"rk": self.discoverable}}
        parts.response["transports"] = list(self.transports)
        if bend is not None:
            bend(parts)
        return parts.registration()

    def get(self, options: str | Mapping[str, Any], bend: Bend | None = None) -> str:
        """Use a credential; gives the JSON text of the answer.

        Args:
            options: ``PublicKeyCredentialRequestOptionsJSON``, as text or read.
            bend: changes parts of the answer before it is signed.

        Raises:
            NoCredential: it holds none of those that were asked for.
        """
        asked = _read(options)
        held = self._chosen(asked)
        parts = self._parts("webauthn.get", asked["challenge"], held)
        if self.discoverable:
            parts.response["userHandle"] = encode(held.user_handle)
        if bend is not None:
            bend(parts)
        return parts.assertion()

    def _parts(self, ceremony: str, challenge: str, held: Held) -> Parts:
        held.sign_count += self.counts
        told = encode(held.credential_id)
        return Parts(
            key=held.key,
            client={
                "type": ceremony,
                "challenge": challenge,
                "origin": self.origin,
                "crossOrigin": False,
            },
            rp_id_hash=hashlib.sha256(held.rp_id.encode()).digest(),
            flags=self._flags(),
            sign_count=held.sign_count,
            credential_id=held.credential_id,
            sent={"id": told, "rawId": told, "type": "public-key", "clientExtensionResults": {}},
        )

    def _flags(self) -> int:
        said = ((UV, self.verifies), (BE, self.eligible), (BS, self.backed_up))
        return UP | sum(flag for flag, holds in said if holds)

    def _chosen(self, asked: Mapping[str, Any]) -> Held:
        allowed = [decode(item["id"]) for item in asked.get("allowCredentials", [])]
        for held in self.held:
            named = held.credential_id in allowed if allowed else self.discoverable
            if held.rp_id == asked["rpId"] and named:
                return held
        raise NoCredential


def _by_itself(parts: Parts) -> Mapping[str, Any]:
    # Section 8.2: signed by the new key.
    signature = parts.key.sign(parts.data() + parts.client_hash())
    return {"alg": parts.key.algorithm, "sig": signature}


def _read(options: str | Mapping[str, Any]) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(options) if isinstance(options, str) else options
    return read
