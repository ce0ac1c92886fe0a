"""Changes of one part of an answer before it is signed, for whoever holds the checks to it."""

from __future__ import annotations

from collections.abc import Callable

from ostiary_webauthn.answers import encode
from ostiary_webauthn.testing import Bend, Parts

# What the browser collected.


def client(**members: object) -> Bend:
    return lambda parts: parts.client.update(members)


def without(name: str) -> Bend:
    return lambda parts: parts.client.pop(name)


def client_text(change: Callable[[bytes], bytes]) -> Bend:
    def bend(parts: Parts) -> None:
        parts.client_data = change(parts.client_json())

    return bend


def challenge(change: Callable[[str], str]) -> Bend:
    return lambda parts: parts.client.update(challenge=change(parts.client["challenge"]))


def binding(status: object) -> Bend:
    return client(tokenBinding={"status": status})


# What the authenticator says.


def flags(also: int = 0, without: int = 0) -> Bend:
    def bend(parts: Parts) -> None:
        parts.flags = (parts.flags | also) & ~without

    return bend


def data(change: Callable[[bytes], bytes]) -> Bend:
    def bend(parts: Parts) -> None:
        parts.authenticator_data = change(parts.data())

    return bend


def put(**values: object) -> Bend:
    """Parts by their names."""

    def bend(parts: Parts) -> None:
        for name, value in values.items():
            setattr(parts, name, value)

    return bend


# What the script sends.


def sent(**members: object) -> Bend:
    return lambda parts: parts.sent.update(members)


def response(**members: object) -> Bend:
    return lambda parts: parts.response.update(members)


def named(identity: bytes) -> Bend:
    """Another id of the credential, everywhere."""

    def bend(parts: Parts) -> None:
        parts.credential_id = identity
        parts.sent.update(id=encode(identity), rawId=encode(identity))

    return bend
