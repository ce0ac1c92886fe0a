"""What the house keeps of a token beside its key: nothing of it is secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ostiary.contracts import JSON, Credential
from ostiary_tokens.caveats import Kinds
from ostiary_tokens.caveats.times import Expires

Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """When it was made, with which limits, and which of its delegates were stopped.

    A stopped chain stops whatever was handed on from it as well.
    """

    created: datetime
    caveats: tuple[bytes, ...] = ()
    stopped: tuple[Chain, ...] = ()

    @classmethod
    def of(cls, credential: Credential) -> Record:
        """The record of a stored token."""
        public: Any = credential.public
        return cls(
            created=datetime.fromtimestamp(public["created"], UTC),
            caveats=tuple(each.encode() for each in public["caveats"]),
            stopped=tuple(tuple(chain) for chain in public["stopped"]),
        )

    def as_json(self) -> JSON:
        """As it is stored."""
        return {
            "created": int(self.created.timestamp()),
            "caveats": [caveat.decode() for caveat in self.caveats],
            "stopped": [list(chain) for chain in self.stopped],
        }

    def stopping(self, chain: Sequence[str]) -> Record:
        """The same with one chain of delegates more that is stopped."""
        return replace(self, stopped=tuple(dict.fromkeys((*self.stopped, tuple(chain)))))

    def stops(self, delegates: Chain) -> Chain | None:
        """The stopped chain that these delegates are of, if any."""
        return next((each for each in self.stopped if delegates[: len(each)] == each), None)

    def expires(self, kinds: Kinds) -> datetime | None:
        """When its own limits end it; the first of them that does."""
        read = (kinds.read(caveat) for caveat in self.caveats)
        return min((each.at for each in read if isinstance(each, Expires)), default=None)
