"""What the house keeps of a token beside its key: nothing of it is secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ostiary.contracts import JSON, Credential
from ostiary_tokens.acting import Bar
from ostiary_tokens.caveats import Kinds
from ostiary_tokens.caveats.times import Expires

Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """When it was made, with which limits, and which of its delegates were stopped.

    A stopped chain stops whatever was handed on from it as well. ``barred`` are resources, by kind
    and name, whose owners do not take it any more.
    """

    created: datetime
    caveats: tuple[bytes, ...] = ()
    stopped: tuple[Chain, ...] = ()
    barred: tuple[Bar, ...] = ()

    @classmethod
    def of(cls, credential: Credential) -> Record:
        """The record of a stored token."""
        public: Any = credential.public
        return cls(
            created=datetime.fromtimestamp(public["created"], UTC),
            caveats=tuple(each.encode() for each in public["caveats"]),
            stopped=tuple(tuple(chain) for chain in public["stopped"]),
            barred=tuple((kind, name) for kind, name in public["barred"]),
        )

    def as_json(self) -> JSON:
        """As it is stored."""
        return {
            "created": int(self.created.timestamp()),
            "caveats": [caveat.decode() for caveat in self.caveats],
            "stopped": [list(chain) for chain in self.stopped],
            "barred": [list(bar) for bar in self.barred],
        }

    def stopping(self, chain: Sequence[str]) -> Record:
        """The same with one chain of delegates more that is stopped."""
        return replace(self, stopped=tuple(dict.fromkeys((*self.stopped, tuple(chain)))))

    def resuming(self, chain: Sequence[str]) -> Record:
        """The same with this chain stopped no longer; what it was handed on to may still be."""
        return replace(self, stopped=tuple(each for each in self.stopped if each != tuple(chain)))

    def barring(self, bar: Bar) -> Record:
        """The same, taken no longer by one resource more."""
        return replace(self, barred=tuple(dict.fromkeys((*self.barred, bar))))

    def admitting(self, bar: Bar) -> Record:
        """The same, taken by this resource again."""
        return replace(self, barred=tuple(each for each in self.barred if each != bar))

    def stops(self, delegates: Chain) -> Chain | None:
        """The stopped chain that these delegates are of, if any."""
        return next((each for each in self.stopped if delegates[: len(each)] == each), None)

    def expires(self, kinds: Kinds) -> datetime | None:
        """When its own limits end it; the first of them that does."""
        read = (kinds.read(caveat) for caveat in self.caveats)
        return min((each.at for each in read if isinstance(each, Expires)), default=None)
