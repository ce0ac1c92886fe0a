"""What a kind of caveat is, for the kinds here and for those of other plugins."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from ostiary.contracts import Act, Client, Permitted, Refused, Text

Argument: TypeAlias = str | int | Sequence["Argument"]
"""What a caveat is made of beside the name of its kind."""


class Unreadable(ValueError):
    """A caveat that does not mean anything; whoever shows it is refused."""


class Caveat(ABC):
    """One limit. Make it a frozen value: it is kept, and judged for many requests at once.

    It is a :class:`ostiary.contracts.Restriction`.
    """

    def check(self, client: Client, now: datetime, /) -> Permitted | Refused:
        """Whether the token may be shown at all: asked once a request, before any act.

        Whoever showed it reads the refusal's text, and that the answer is 401.
        """
        return Permitted()

    @abstractmethod
    def judge(self, act: Act, /) -> Permitted | Refused:
        """Whether the limit leaves room for this act; the answer to a refusal is 403."""

    @abstractmethod
    def words(self) -> Text:
        """The limit, for people."""


class CaveatKind(ABC):
    """A kind of caveat: the name that stands first in it, and how the rest is read.

    The name is ``[a-z][a-z0-9-]{0,31}``; two kinds of one name are refused.
    """

    name: str

    @abstractmethod
    def read(self, arguments: tuple[Argument, ...], /) -> Caveat:
        """The caveat with these arguments, in every detail as they say.

        Raises:
            Unreadable: they are not what this kind writes.
        """
