"""Macaroons on the wire: version 2 of the binary format of libmacaroons, in one encoding only.

pymacaroons reads many texts as the same macaroon (another last character of the base64, padding,
trailing bytes, longer varints, the older format, another location) and takes unbounded time for
some. This serializer, through its own extension point, takes exactly one text for each macaroon
and looks at no more than :data:`MAX_LENGTH` characters and :data:`MAX_CAVEATS` caveats.

The format (``doc/format.txt`` of libmacaroons)::

    02                                  version
    01 length location                  left out where the location is empty
    02 length identifier  00
    02 length caveat      00            for each caveat
    00
    06 20 signature                     32 bytes

A caveat of a third party (field 04) is none that we read.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import hexlify, unhexlify

from pymacaroons import MACAROON_V2, Caveat, Macaroon

MAX_LENGTH = 4096
"""The most characters that are looked at."""

MAX_CAVEATS = 32
"""The most caveats that are read."""

_LOCATION, _IDENTIFIER, _SIGNATURE = 1, 2, 6
_SIGNED = b"\x00\x06\x20"
_SIGNATURE_LENGTH = 32
_TAIL = len(_SIGNED) + _SIGNATURE_LENGTH
_LONG = 0x80


class Malformed(ValueError):
    """A text that is no token of ours. Says nothing of what it was: it may be a secret."""


class _FirstParty(Caveat):  # type: ignore[misc] # pymacaroons ships no types.
    """A caveat, made without the four conversions and the import of its base's constructor.

    They cost more than its link of the chain. The names are those of the pinned version.
    """

    def __init__(self, caveat_id: bytes) -> None:
        self._caveat_id = caveat_id
        self._verification_key_id = None
        self._location = None
        self._version = MACAROON_V2


class StrictSerializer:
    """Reads and writes macaroons; for ``Macaroon.deserialize`` and ``Macaroon.serialize``.

    Args:
        location: the only one that is read and written. It is not signed, so nothing may
            depend on it.
    """

    def __init__(self, location: bytes = b"") -> None:
        self._location = location
        self._head = b"\x02" + (_field(_LOCATION, location) if location else b"")

    def serialize(self, macaroon: Macaroon) -> str:
        """The text of a macaroon of first-party caveats.

        Raises:
            Malformed: it is too long, has too many caveats, or one that we do not read.
        """
        text = urlsafe_b64encode(self.serialize_raw(macaroon)).rstrip(b"=").decode("ascii")
        if len(text) > MAX_LENGTH:
            raise Malformed(f"a token has at most {MAX_LENGTH} characters")
        return text

    def serialize_raw(self, macaroon: Macaroon) -> bytes:
        """The same as bytes.

        Raises:
            Malformed: it has too many caveats, or one that we do not read.
        """
        caveats = macaroon.caveats
        if len(caveats) > MAX_CAVEATS:
            raise Malformed(f"a token has at most {MAX_CAVEATS} caveats")
        if any(caveat.third_party() for caveat in caveats):
            raise Malformed("a token has no caveats of third parties")
        parts = [self._head, _field(_IDENTIFIER, macaroon.identifier_bytes), b"\x00"]
        parts += [_field(_IDENTIFIER, caveat.caveat_id_bytes) + b"\x00" for caveat in caveats]
        return b"".join((*parts, _SIGNED, unhexlify(macaroon.signature_bytes)))

    def deserialize(self, text: str) -> Macaroon:
        """The macaroon that has this text.

        Raises:
            Malformed: none has.
        """
        if len(text) > MAX_LENGTH:
            raise Malformed("too long")
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            raise Malformed("not base64url") from None
        # The decoder skips what is no letter of base64, and bits that nothing stands in.
        if urlsafe_b64encode(raw).rstrip(b"=") != text.encode("ascii"):
            raise Malformed("not the one base64url text of these bytes")
        return self.deserialize_raw(raw)

    def deserialize_raw(self, raw: bytes) -> Macaroon:
        """The same from bytes.

        Raises:
            Malformed: no macaroon has these bytes.
        """
        end = len(raw) - _TAIL
        head = self._head
        if end < len(head) or not raw.startswith(head) or raw[end : end + 3] != _SIGNED:
            raise Malformed("not a macaroon of version 2 with our location")
        identifier, at = _section(raw, len(head), end)
        caveats: list[Caveat] = []
        while at < end:
            if len(caveats) == MAX_CAVEATS:
                raise Malformed("too many caveats")
            value, at = _section(raw, at, end)
            caveats.append(_FirstParty(value))
        return Macaroon(
            location=self._location,
            identifier=identifier,
            caveats=caveats,
            signature=hexlify(raw[end + len(_SIGNED) :]),
            version=MACAROON_V2,
        )


def _section(raw: bytes, at: int, end: int) -> tuple[bytes, int]:
    """The value of an identifier field that is all of its section, and where the next begins."""
    # What is not there reads as part of the signature, or as nothing: `end` is behind it then.
    if raw[at] != _IDENTIFIER:
        raise Malformed("another field than an identifier")
    length, at = raw[at + 1], at + 2
    if length >= _LONG:
        # Two bytes reach further than the longest token; one would do where the second is 0.
        more = raw[at]
        if not 0 < more < _LONG:
            raise Malformed("a length in another form than the shortest")
        length, at = length - _LONG + (more << 7), at + 1
    stop = at + length
    if stop >= end or raw[stop] != 0:
        raise Malformed("a field that does not end where it says")
    return raw[at:stop], stop + 1


def _field(kind: int, value: bytes) -> bytes:
    """A field; the length in as few bytes as it takes."""
    length = len(value)
    if length < _LONG:
        return bytes((kind, length)) + value
    if length >= _LONG << 7:
        raise Malformed("a field that no token has room for")
    return bytes((kind, length % _LONG + _LONG, length >> 7)) + value
