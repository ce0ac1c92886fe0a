"""The kinds that a house knows, and the reading of a caveat by its kind."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ostiary.contracts import Act, Client, PluginError, Refused, Text
from ostiary_tokens.caveats.addresses import FromKind
from ostiary_tokens.caveats.contract import Caveat, CaveatKind, Unreadable
from ostiary_tokens.caveats.delegates import DelegateKind
from ostiary_tokens.caveats.grammar import read
from ostiary_tokens.caveats.scopes import MayKind, OnKind, Types
from ostiary_tokens.caveats.sessions import Lives, OfSessionKind
from ostiary_tokens.caveats.times import TIME_KINDS
from ostiary_tokens.caveats.uses import UsesKind
from ostiary_tokens.texts import _

log = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Unknown(Caveat):
    """A caveat that nobody here understands: no, to whatever it may have allowed."""

    kind: str | None

    def check(self, client: Client, now: datetime, /) -> Refused:
        return Refused("token-unknown-limit", self._text())

    def judge(self, act: Act, /) -> Refused:
        return self.check(act.client, act.now)

    def words(self) -> Text:
        return self._text()

    def _text(self) -> Text:
        if self.kind is None:
            return _("This token has a limit that cannot be read.")
        # Translators: ${kind} is a technical name.
        return _("This token has a limit that this site does not know: ${kind}.", kind=self.kind)


class Kinds:
    """Reads caveats.

    Args:
        types: the resource types of the house; asked when a scope is judged.
        more: the kinds of other plugins.
        lives: whether a session is not over; without it, all of them are.

    Raises:
        PluginError: a kind has no fitting name, or that of another.
    """

    def __init__(
        self, types: Types, more: Iterable[CaveatKind] = (), lives: Lives = lambda _id, _now: False
    ) -> None:
        own = (
            MayKind(types),
            OnKind(types),
            *TIME_KINDS,
            FromKind(),
            DelegateKind(),
            UsesKind(),
            OfSessionKind(lives),
        )
        self._kinds: dict[str, CaveatKind] = {}
        for kind in (*own, *more):
            if not _NAME.fullmatch(kind.name) or kind.name in self._kinds:
                raise PluginError(
                    f"the caveat kind {kind.name[:40]!r} of {type(kind).__name__} is there "
                    f"already or not of the form {_NAME.pattern}; rename it"
                )
            self._kinds[kind.name] = kind
        # What a caveat means depends on nothing but its text, and the same ones come again.
        self.read = lru_cache(_KEPT)(self._read)

    def _read(self, caveat: bytes) -> Caveat:
        """A caveat by its kind; :class:`Unknown` where there is none or it does not read it."""
        try:
            name, arguments = read(caveat)
        except Unreadable:
            return Unknown(None)
        kind = self._kinds.get(name)
        shown = name if _NAME.fullmatch(name) else None
        if kind is None:
            return Unknown(shown)
        try:
            found: object = kind.read(arguments)
        except Unreadable:
            return Unknown(shown)
        except Exception as error:  # noqa: BLE001 - of whatever a plugin's kind may raise.
            log.error("caveat kind %s failed to read: %s", name, type(error).__name__)  # noqa: TRY400 - secrets
            return Unknown(shown)
        return found if isinstance(found, Caveat) else Unknown(shown)
