"""The names that people give to their credentials."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from itertools import count

from ostiary.accounts.refused import LabelRefused
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

MAX_LABEL = 100
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Parts of emoji, and of words in some scripts; they reorder nothing.
_JOINERS = frozenset("\u200c\u200d")


def clean_label(typed: str) -> str:
    """A label without white space around it.

    Raises:
        LabelRefused: it is empty, too long, or holds control characters.
    """
    label = unicodedata.normalize("NFC", typed.strip())
    if not label:
        # Translators: the name that somebody gives to a passkey or an app of theirs.
        raise LabelRefused(_("Enter a name."))
    if len(label) > MAX_LABEL:
        # Translators: of a passkey or an app, given by its owner. ${most} is a number.
        raise LabelRefused(_("A name has at most ${most} characters.", most=MAX_LABEL))
    if any(unicodedata.category(c) in _REFUSED and c not in _JOINERS for c in label):
        # Translators: of a passkey or an app, given by its owner.
        raise LabelRefused(_("A name holds no control characters."))
    return label


def suggested_label(said: str) -> str:
    """A label that nobody typed, but a plugin suggested and a translator wrote.

    Their languages may need marks of direction in a sentence; a name does without, and a
    translation that is too long is no reason to refuse the person.

    Raises:
        LabelRefused: nothing is left.
    """
    kept = (c for c in said if unicodedata.category(c) not in _REFUSED or c in _JOINERS)
    return clean_label("".join(kept).strip()[:MAX_LABEL])


def unique_label(label: str, taken: Collection[str]) -> str:
    """The label, with a number behind it where the user has one that reads the same."""
    used = {_compared(other) for other in taken}
    if _compared(label) not in used:
        return label
    numbered = (_numbered(label, number) for number in count(2))
    return next(each for each in numbered if _compared(each) not in used)


def _numbered(label: str, number: int) -> str:
    suffix = f" ({number})"
    return label[: MAX_LABEL - len(suffix)].rstrip() + suffix


def _compared(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold()
