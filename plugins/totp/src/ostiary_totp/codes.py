"""Codes and the steps of time that they belong to (RFC 6238, by way of pyotp).

SHA-1, six digits and thirty seconds are the defaults of RFC 6238, section 4, and the only
choice that every app understands: several read a SHA-256 key as a SHA-1 one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from hmac import compare_digest

import pyotp

STEP = 30
"""The length of a step, in seconds."""

_LONGEST = 64

# People type a code as they see it, in groups, and what they paste may carry the marks that
# set its direction: every kind of white space and dash, and the invisible format characters.
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b-\u200f\u2060\u2066-\u2069\ufeff]+")


def parse(typed: str) -> str | None:
    """The six ASCII digits that were typed, or None.

    Digits of other scripts are refused here: pyotp folds them by NFKC, and then the same code
    in two spellings would be two codes.
    """
    if len(typed) > _LONGEST:
        return None
    code = _SEPARATORS.sub("", typed)
    return code if re.fullmatch(r"[0-9]{6}", code) else None


class Key:
    """A shared secret. Its text is Base32 (RFC 4648, section 6), as apps read it."""

    def __init__(self, text: str) -> None:
        """Take a secret.

        Raises:
            ValueError: it is not Base32, or shorter than the 112 bits that NIST SP 800-63B-4,
                section 3.1.4, asks for.
        """
        self.text = text
        self._totp = pyotp.TOTP(text)

    @classmethod
    def new(cls) -> Key:
        """A key of 160 random bits (RFC 4226, section 4, R6)."""
        return cls(pyotp.random_base32())

    @classmethod
    def load(cls, stored: object) -> Key | None:
        """The key that was stored, as text or as bytes; None if that is damaged."""
        try:
            text = stored.decode("ascii") if isinstance(stored, bytes) else stored
            return cls(text) if isinstance(text, str) else None
        except ValueError:
            return None

    def uri(self, account: str, issuer: str) -> str:
        """The ``otpauth:`` URI that apps take the key from."""
        return self._totp.provisioning_uri(name=account, issuer_name=issuer)

    def steps_of(self, code: str, now: datetime, within: int) -> Iterator[int]:
        """The steps, at most so many before or after the current one, that have this code.

        More than one if chance has it so; earliest first. Before 1970 there are none.
        """
        current = step_at(now)
        for step in range(max(0, current - within), current + within + 1):
            if compare_digest(self._totp.generate_otp(step), code):
                yield step


def step_at(now: datetime) -> int:
    """The step that a time falls into (RFC 6238, section 4.2)."""
    return math.floor(now.timestamp() / STEP)
