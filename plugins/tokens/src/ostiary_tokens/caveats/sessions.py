"""As long as a session: ``session`` names one of the owner's, and dies with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ostiary.contracts import Act, Client, Permitted, Refused, Text
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _

Lives: TypeAlias = Callable[[str, datetime], bool]
"""Whether the session of an id is not over at a time."""

SESSION = "session"
_MOST = 64


@dataclass(frozen=True, slots=True)
class OfSession(Caveat):
    """``["session","01995b1e-..."]``: until this session ends, as its owner's list calls it."""

    id: str
    lives: Lives = field(repr=False, compare=False)

    def check(self, client: Client, now: datetime, /) -> Permitted | Refused:
        """Asked once a request, since it asks the database."""
        if self.lives(self.id, now):
            return Permitted()
        text = _("The session that this token was made in is over. Sign in and make another.")
        return Refused("token-session-over", text)

    def judge(self, act: Act, /) -> Permitted:
        """Whoever comes here was let through just now."""
        return Permitted()

    def words(self) -> Text:
        # Translators: a limit of a token, in a list; it: the token.
        return _("Until the session ends that it was made in")


@dataclass(frozen=True, slots=True)
class OfSessionKind(CaveatKind):
    """Reads :class:`OfSession`."""

    lives: Lives
    name: str = SESSION

    def read(self, arguments: tuple[Argument, ...], /) -> OfSession:
        match arguments:
            case (str() as session,) if 0 < len(session) <= _MOST:
                return OfSession(session, self.lives)
            case _:
                raise Unreadable("a session was expected")
