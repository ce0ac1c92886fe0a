"""Caveats: the limits that a token carries, each read, judged and put into words by its kind.

A caveat is a yes or a no. What is not understood, in whatever way, is no.
"""

from __future__ import annotations

from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.caveats.delegates import Delegate
from ostiary_tokens.caveats.grammar import read, written
from ostiary_tokens.caveats.kinds import Kinds, Unknown
from ostiary_tokens.caveats.scopes import Target
from ostiary_tokens.caveats.uses import Uses

__all__ = [
    "Argument",
    "Caveat",
    "CaveatKind",
    "Delegate",
    "Kinds",
    "Target",
    "Unknown",
    "Unreadable",
    "Uses",
    "read",
    "written",
]
