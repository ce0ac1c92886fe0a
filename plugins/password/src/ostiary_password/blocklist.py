"""Passwords that attackers try first, found by what they are made of.

A list of the most used passwords is mostly a few words and keyboard walks with decorations:
``Password123!``, ``p4ssw0rd``, ``qwertyuiop12``, ``summer2024summer``. So the list shipped
here holds the bare words, and a password is compared *as a whole* (NIST SP 800-63B-4, section
3.1.1.2: "not substrings or words that might be contained therein") after its decorations are
taken off. ``correct horse battery staple`` holds common words and is nobody's first guess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise

# Rows, columns, zigzags and the alphabet: what a finger or a child runs along. Latin layouts
# of three kinds, Cyrillic, the shifted digits and the number pad.
_TRACKS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:!",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю.",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"),
    *("!qaz", "@wsx", "#edc", "$rfv", "%tgb", "^yhn", "&ujm", "*ik,"),
    *("147", "258", "369", "159", "357"),
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1a2b3c4d5e6f7g8h9i0",
    "a1b2c3d4e5f6g7h8i9j0",
)

_SHORTEST_RUN = 3
_SHORTEST_WORD = 3
_LONGEST_UNIT = 4

# A word with more around it than a full date, written with its marks, is no longer that word:
# whatever else is there may be a secret of its own.
_MOST_DECORATION = 10

# Look-alikes; the digit one and the exclamation mark stand for two letters.
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "€": "e"}
_READINGS: tuple[dict[int, str], ...] = (
    str.maketrans({}),
    str.maketrans(_LEET | {"1": "i", "!": "i", "|": "i"}),
    str.maketrans(_LEET | {"1": "l", "!": "l", "|": "l"}),
)


def fold(text: str) -> str:
    """The text without case, accents and widths: ``Contraseña`` is ``contrasena``."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


_NEIGHBOURS = frozenset(
    pair
    for track in map(fold, _TRACKS)
    for a, b in pairwise(track)
    for pair in ((a, b), (b, a), (a, a), (b, b))
)


class Blocklist:
    """Bare words, and the judgement whether a password is one of them in disguise."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(fold(word) for word in words)

    @classmethod
    @cache
    def shipped(cls) -> Blocklist:
        """The list that comes with this package: ``common.txt``, ``#`` begins a comment."""
        lines = files(__package__).joinpath("common.txt").read_text("utf-8").splitlines()
        return cls(word for line in lines for word in line.partition("#")[0].split())

    def __len__(self) -> int:
        return len(self._words)

    def holds(self, password: str, context: Iterable[str]) -> bool:
        """Whether the whole password is a walk, a short repetition, or one word decorated.

        The word may be listed, may stand there several times, and may have words of the
        context (the person's name, the site's) around it, or be one of them.
        """
        folded = fold(password)
        bare = "".join(c for c in folded if not c.isspace())
        if _is_walk(bare) or len(_unit(bare)) <= _LONGEST_UNIT:
            return True
        if _decoration(folded) > _MOST_DECORATION:
            return False
        names = sorted({name for text in context for name in _names(text)}, key=len, reverse=True)
        return any(self._is_word(word, names) for word in _letters(folded))

    def _is_word(self, word: str, names: Iterable[str]) -> bool:
        if len(word) < _SHORTEST_WORD:
            return False
        rest = word
        for name in names:
            rest = rest.replace(name, "")
        if len(rest) < _SHORTEST_WORD:
            return True
        return any(
            part in self._words or _unit(part) in self._words or _is_walk(part)
            for part in (word, rest)
        )


def _runs(text: str) -> list[int]:
    """The lengths of the runs along neighbouring keys that the text falls into."""
    runs = [1] if text else []
    for pair in pairwise(text):
        if pair in _NEIGHBOURS:
            runs[-1] += 1
        else:
            runs.append(1)
    return runs


def _is_walk(text: str) -> bool:
    """Whether it is made of runs along the keyboard; the last one may have been cut short."""
    return all(run >= _SHORTEST_RUN for run in _runs(text)[:-1])


def _unit(text: str) -> str:
    """The shortest text that, repeated, makes this one."""
    return text[: (text + text).find(text, 1)]


def _decoration(folded: str) -> int:
    """How many characters beside the letters carry anything of their own: runs do not."""
    others = (
        "".join(c for c in group if not c.isspace())
        for is_letter, group in groupby(folded, str.isalpha)
        if not is_letter
    )
    return sum(run for other in others for run in _runs(other) if run < _SHORTEST_RUN)


def _letters(folded: str) -> set[str]:
    """What the letters may spell, with decorations at the ends dropped or read as letters."""
    places = [place for place, c in enumerate(folded) if c.isalpha()]
    if not places:
        return set()
    first, end = places[0], places[-1] + 1
    forms = {folded, folded[:end], folded[first:end]}
    return {
        "".join(filter(str.isalpha, form.translate(reading)))
        for form in forms
        for reading in _READINGS
    }


def _names(text: str) -> set[str]:
    """The words of a name, and the name in one: ``ada.lovelace`` has three."""
    folded = fold(text)
    parts = {"".join(group) for is_letter, group in groupby(folded, str.isalpha) if is_letter}
    return {name for name in parts | _letters(folded) if len(name) >= _SHORTEST_WORD}
