"""Signed notes and checkpoints, as others' tools read them (C2SP signed-note, tlog-checkpoint)."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_KEY = 32
_ID = 4
_SIGNATURE = 64
_LINES = 3
_MAX_SIGNATURES = 100
_MAX_NOTE = 1_000_000
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Malformed(ValueError):
    """A text that is no key, note or checkpoint."""


class Unsigned(ValueError):
    """A note that none of the given keys has signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name."""

    name: str
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """The key that a ``vkey`` says: ``NAME+HASH+BASE64``.

        Raises:
            Malformed: it is none, or not of Ed25519.
        """
        name, _, rest = text.strip().partition("+")
        number, _, encoded = rest.partition("+")
        raw = _base64(encoded)
        if not _NAME.fullmatch(name) or raw[:1] != _ED25519 or len(raw) != 1 + _KEY:
            raise Malformed("a public key of a note is NAME+HASH+KEY, of Ed25519")
        found = cls(name, raw[1:])
        if found.id.hex() != number:
            raise Malformed("the hash in a public key of a note is not that of its key")
        return found

    @property
    def id(self) -> bytes:
        """Four bytes that a signature names it by."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_ID]

    def __str__(self) -> str:
        """The ``vkey``."""
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.key).decode()}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether this key has signed it."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name.

    Args:
        name: of the key, without spaces and plus signs.
        seed: 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, self._private().public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note of a text.

        Raises:
            Malformed: the text does not end its last line.
        """
        if not text.endswith("\n"):
            raise Malformed("the text of a note ends with a line break")
        signature = self.verifier.id + self._private().sign(text.encode())
        return f"{text}\n— {self.name} {b64encode(signature).decode()}\n"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def opened(note: str, verifiers: Iterable[Verifier]) -> tuple[str, tuple[Verifier, ...]]:
    """The text of a note, and which of the keys have signed it.

    A signature by another key is passed over; a wrong one by one of these is not.

    Raises:
        Malformed: it is no note.
        Unsigned: none of the keys has signed it, or one has signed something else.
    """
    text, signatures = _parts(note)
    known = {(each.name, each.id): each for each in verifiers}
    found: list[Verifier] = []
    for name, signature in signatures:
        verifier = known.get((name, signature[:_ID]))
        if verifier is None or verifier in found:
            continue
        if len(signature) != _ID + _SIGNATURE or not verifier.accepts(text, signature[_ID:]):
            raise Unsigned(f"the signature of {name} is of something else")
        found.append(verifier)
    if not found:
        raise Unsigned("none of the known keys has signed this")
    return text, tuple(found)


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _MAX_NOTE or not note.endswith("\n") or _has_controls(note):
        raise Malformed("not a signed note")
    text, blank, lines = note.rpartition("\n\n")
    if not blank or not lines:
        raise Malformed("a note has signatures after a blank line")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > _MAX_SIGNATURES:
        raise Malformed("a note has too many signatures")
    return f"{text}\n", [_signature(line) for line in signatures]


def _has_controls(note: str) -> bool:
    return any(ord(each) < ord(" ") and each != "\n" for each in note)


def _signature(line: str) -> tuple[str, bytes]:
    if not line.startswith("— "):
        raise Malformed("a signature begins with a dash and a space")
    name, _, encoded = line[2:].partition(" ")
    signature = _base64(encoded)
    if not _NAME.fullmatch(name) or len(signature) <= _ID:
        raise Malformed("a signature is a name, a space and base64")
    return name, signature


def _base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint that a text is.

        Raises:
            Malformed: it is none.
        """
        lines = text.removesuffix("\n").split("\n")
        if not text.endswith("\n") or len(lines) < _LINES or "" in lines:
            raise Malformed("a checkpoint is a name, a size and a root, a line each")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size):
            raise Malformed("the size of a checkpoint is a number without leading zeros")
        decoded = _base64(root)
        if len(decoded) != _KEY or b64encode(decoded).decode() != root:
            raise Malformed("the root of a checkpoint is 32 bytes of base64")
        return cls(origin, int(size), decoded, tuple(extensions))
