"""Who handed it on, and to whom: ``delegate`` limits nothing by itself, and is told everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ostiary.contracts import Act, Permitted, Refused, Text
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,99}")

# Translators: put into “A delegate's name is ${form}.”
NAME_FORM = _("up to 100 letters of ASCII, digits and . _ @ : / + -, a letter or digit first")


@dataclass(frozen=True, slots=True)
class Delegate(Caveat):
    """``["delegate","ci.example"]``: from here on it is in this one's hands.

    Whoever holds a token can append further names, true or not, and can take none away: the
    chain is to be read from its first link.
    """

    name: str

    def judge(self, act: Act, /) -> Permitted | Refused:
        return Permitted()

    def words(self) -> Text:
        # Translators: a limit of a token, in a list; ${name} is a service.
        return _("Handed on to ${name}", name=self.name)


@dataclass(frozen=True, slots=True)
class DelegateKind(CaveatKind):
    """Reads :class:`Delegate`."""

    name: str = "delegate"

    def read(self, arguments: tuple[Argument, ...], /) -> Delegate:
        match arguments:
            case (str() as name,) if _NAME.fullmatch(name):
                return Delegate(name)
            case _:
                raise Unreadable(f"a delegate's name is {NAME_FORM}")


def chain_of(text: str) -> tuple[str, ...]:
    """The chain of delegates that ``a > b`` says.

    Raises:
        Unreadable: one of the names is none.
    """
    return tuple(DelegateKind().read((each.strip(),)).name for each in text.split(">"))
