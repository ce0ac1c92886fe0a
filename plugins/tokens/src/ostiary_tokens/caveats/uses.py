"""How often: ``uses`` is counted by the house, for the token and all that was narrowed from it."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary.contracts import Act, Permitted, Refused, Text
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _, _n

MOST_USES = 1_000_000


@dataclass(frozen=True, slots=True)
class Uses(Caveat):
    """``["uses",1]``: so many acts, whoever of those that hold it comes first.

    By itself it cannot count, and so says no; a house puts :class:`~ostiary_tokens.spending`
    in its place.
    """

    most: int

    def judge(self, act: Act, /) -> Permitted | Refused:
        return Refused("token-uncounted", _("The uses of this token cannot be counted here."))

    def words(self) -> Text:
        # Translators: a limit of a token, in a list.
        return _n("For a single use", "For ${n} uses", self.most)


@dataclass(frozen=True, slots=True)
class UsesKind(CaveatKind):
    """Reads :class:`Uses`."""

    name: str = "uses"

    def read(self, arguments: tuple[Argument, ...], /) -> Uses:
        match arguments:
            case (int() as most,) if 1 <= most <= MOST_USES:
                return Uses(most)
            case _:
                raise Unreadable("a number of uses was expected")
