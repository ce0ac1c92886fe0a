"""Codes: made, shown, and read as people type them.

The alphabet is Crockford's Base32 (https://www.crockford.com/base32.html) in lower case: no
letter i, l or o, which look like digits, and no u. So whichever way a one or a zero is read, it
is read right.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16
"""Sixteen characters of five bits. ASVS 5.0, 6.5.4, asks for 20 bits; 6.5.2 for a salted password
hash below 112 bits, which a person would have to type as 23 characters."""

LONGEST = 64
"""What is longer than this is not read at all; a code with a space after each character fits."""

_GROUP = 4

# Dashes, and the invisible format characters of pasted text; categories of Unicode.
_SEPARATORS = ("Pd", "Cf")
# What stands for a dash and is none: the minus sign, and the long vowel of Japanese keyboards.
_DASHES = "\u2212\u30fc"
_LOOKALIKES = {"o": "0", "i": "1", "l": "1"}
# From "!" to "~" in the width of East Asian characters, as input methods there write them.
_FULLWIDTH = 0xFF01 - ord("!")


def _readings() -> dict[int, str]:
    """What each character that may be typed is read as.

    A list, instead of lower() and a normal form of Unicode: these take hundreds of characters
    for a "k" or a "1", the Kelvin sign and digits in circles among them.
    """
    readings = {}
    for letter, read in {**{each: each for each in ALPHABET}, **_LOOKALIKES}.items():
        for typed in (letter, letter.upper()):
            readings[ord(typed)] = read
            readings[ord(typed) + _FULLWIDTH] = read
    return readings


_READINGS = _readings()


def new_codes(count: int) -> tuple[str, ...]:
    """So many codes from the operating system's generator (ASVS 5.0, 6.5.3), all different."""
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(secrets.choice(ALPHABET) for _ in range(LENGTH))] = None
    return tuple(codes)


def grouped(code: str) -> str:
    """A code in groups of four, as it is shown."""
    return "-".join(code[place : place + _GROUP] for place in range(0, LENGTH, _GROUP))


def parse(typed: str) -> str | None:
    """The code that was typed, in the one spelling that is hashed, or None."""
    if len(typed) > LONGEST:
        return None
    bare = "".join(each for each in typed if not _separates(each))
    if len(bare) != LENGTH or not all(ord(each) in _READINGS for each in bare):
        return None
    return bare.translate(_READINGS)


def _separates(typed: str) -> bool:
    return typed.isspace() or typed in _DASHES or unicodedata.category(typed) in _SEPARATORS
