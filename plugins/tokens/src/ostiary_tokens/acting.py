"""The limits of a token as they are judged at each act: its own, and what owners set against it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ostiary.contracts import Act, Permitted, Refused, ResourceType, Restriction
from ostiary_tokens.caveats.scopes import normal
from ostiary_tokens.texts import _

log = logging.getLogger(__name__)

NARROW = "tokens.narrow"
"""The permission to ask for a narrower token, which no limit takes away."""

Bar = tuple[str, str]
"""Kind and name of a resource that does not take a token, the name as its host compares names."""


def unchecked() -> Refused:
    """What is said where a limit does not say yes or no."""
    return Refused(
        "token-unchecked", _("A limit of this token could not be checked. Try again later.")
    )


@dataclass(frozen=True, slots=True)
class Within:
    """All limits of a token, in order; a :class:`ostiary.contracts.Restriction`.

    To narrow the token none is asked: whoever holds it can do so with no house at all. ``noted``
    stands behind all of them and writes down that it was used.
    """

    limits: Sequence[Restriction]
    noted: Restriction

    def judge(self, act: Act, /) -> Permitted | Refused:
        """Yes if each of them says so."""
        limits = () if act.permission == NARROW else self.limits
        for limit in (*limits, self.noted):
            try:
                said: object = limit.judge(act)
            except Exception as error:  # noqa: BLE001 - of whatever a plugin's caveat may raise.
                log.error("%s failed: %s", type(limit).__name__, type(error).__name__)  # noqa: TRY400 - secrets
                return unchecked()
            if type(said) is Permitted:
                continue
            return said if type(said) is Refused else unchecked()
        return Permitted()


@dataclass(frozen=True, slots=True)
class Barred:
    """What does not take a token any more, by the word of who owns it."""

    bars: Sequence[Bar]
    types: Callable[[], Mapping[str, ResourceType]]

    def judge(self, act: Act, /) -> Permitted | Refused:
        """No where the act is on one of them, or on what one of them contains."""
        types = self.types()
        for each in act.resources:
            if (each.kind, normal(types, each)) in self.bars:
                kind = types.get(each.kind)
                # Translators: as in “project acme-tools”: ${kind} is a title such as Project,
                # ${name} a name.
                text = _(
                    "The owners of ${kind} ${name} have shut this token out from there.",
                    kind=each.kind if kind is None else kind.title,
                    name=each.name,
                )
                return Refused("token-barred", text)
        return Permitted()
