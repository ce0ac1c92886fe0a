"""How a token is spelled: a prefix, the macaroon, a checksum.

The prefix says what it is, to people and to scanners for leaked secrets; the checksum tells a
scanner a token from what only looks like one, without asking anybody::

    ost-AgIQ…                      prefix and base64url, of version 2 of the macaroon format
             …0Rk3Xz               CRC-32 of all before it, in base 62 (0-9, A-Z, a-z), six places
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from zlib import crc32

from pymacaroons import Macaroon

from ostiary_tokens.wire import MAX_LENGTH, Malformed, StrictSerializer

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PAIRS = [high + low for high in _DIGITS for low in _DIGITS]
_PLACES = 6
_PREFIX = re.compile(r"[a-z][a-z0-9_]{1,14}-")

PREFIX_FORM = "2 to 15 of a-z, 0-9 and _, a letter first, then -"


class Spelling:
    """Reads and writes tokens; for ``Macaroon.deserialize`` and ``Macaroon.serialize``.

    Args:
        prefixes: those that are read; the first is written.

    Raises:
        ValueError: there is none, or one is not of the form :data:`PREFIX_FORM`.
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        if not prefixes or not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
            raise ValueError(f"a prefix is {PREFIX_FORM}")
        self.prefixes = tuple(prefixes)
        self._strict = StrictSerializer()

    def serialize(self, macaroon: Macaroon) -> str:
        """The token.

        Raises:
            Malformed: it would be longer than is read.
        """
        return spelled(self.prefixes[0], self._strict.serialize(macaroon))

    def deserialize(self, text: str) -> Macaroon:
        """The macaroon in a token; its signature is not looked at.

        Raises:
            Malformed: it is no token, or one with a mistake in it.
        """
        if len(text) > MAX_LENGTH:
            raise Malformed("too long")
        prefix = next((each for each in self.prefixes if text.startswith(each)), None)
        if prefix is None or not text.isascii() or text[-_PLACES:] != checksum(text[:-_PLACES]):
            raise Malformed("another prefix, or a checksum that does not fit")
        return self._strict.deserialize(text[len(prefix) : -_PLACES])


def macaroon_of(text: str, spelling: Spelling) -> Macaroon:
    """The macaroon in a token; its signature is not looked at.

    Raises:
        Malformed: it is no token, or one with a mistake in it.
    """
    if not text:
        # pymacaroons has an exception of its own for this one.
        raise Malformed("nothing")
    return Macaroon.deserialize(text, spelling)


def spelled(prefix: str, payload: str) -> str:
    """Prefix, payload, checksum.

    Raises:
        Malformed: it would be longer than is read.
    """
    text = prefix + payload
    if len(text) > MAX_LENGTH - _PLACES:
        raise Malformed(f"a token has at most {MAX_LENGTH} characters; narrow it by less")
    return text + checksum(text)


def prefix_of(text: str) -> str:
    """The prefix of a token from whatever house, for working on it elsewhere.

    Raises:
        Malformed: it begins with none.
    """
    match = _PREFIX.match(text)
    if match is None:
        raise Malformed("no prefix")
    return match[0]


def checksum(text: str) -> str:
    """CRC-32 of a text of ASCII in base 62, six places, the highest first."""
    rest, low = divmod(crc32(text.encode("ascii")), len(_PAIRS))
    high, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]
