"""The form that makes a token: what was typed, and the limits that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ostiary.contracts import Field, ResourceType, Text
from ostiary_tokens.limits import Limits, Wrong, moment, pair
from ostiary_tokens.texts import _

NAME = Field("name", _("Name"), hint=_("What uses it: “release job”, “laptop”."), max_length=100)
ON = Field(
    "on",
    _("Only for"),
    hint=_(
        "One on each line, as KIND:NAME (project:acme-tools); a star stands for any text. "
        "Nothing here: everything that you may hand on."
    ),
)
EXPIRES = Field(
    "expires", _("Valid for"), hint=_("12h, 90d, or until 2027-01-31. Nothing here: no end.")
)
NETWORKS = Field(
    "networks",
    _("Only from these addresses"),
    hint=_("Addresses or networks such as 192.0.2.7 or 2001:db8::/32, one on each line."),
)
FIELDS = (NAME, EXPIRES, ON, NETWORKS)
_LONG = frozenset({"on", "networks"})


@dataclass(frozen=True, slots=True)
class Action:
    """A permission that may be handed on, to be ticked."""

    name: str
    title: Text
    ticked: bool


class Misfilled(ValueError):
    """A field that means nothing; ``text`` says how to fill it in."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(field)
        self.field, self.text = field, text


def actions(types: Mapping[str, ResourceType], ticked: Sequence[str]) -> tuple[Action, ...]:
    """What the house lets people hand on."""
    found = {
        permission.name: Action(permission.name, permission.title, permission.name in ticked)
        for kind in types.values()
        for permission in kind.permissions
        if permission.delegable
    }
    return tuple(found.values())


def limits_of(typed: Mapping[str, str], ticked: Sequence[str], now: datetime) -> Limits:
    """The limits that the form means.

    Raises:
        Misfilled: a field means nothing.
    """
    exact, patterns = _targets(typed.get(ON.name, ""))
    return Limits(
        may=tuple(ticked),
        exact=exact,
        patterns=patterns,
        expires=_expires(typed.get(EXPIRES.name, ""), now),
        networks=tuple(typed.get(NETWORKS.name, "").split()),
    )


def caveats_of(limits: Limits) -> tuple[bytes, ...]:
    """The caveats that these limits are.

    Raises:
        Misfilled: an address is none, which is all that is still to be seen.
    """
    try:
        return limits.caveats()
    except Wrong as wrong:
        raise Misfilled(NETWORKS.name, wrong.text) from None


def rows_of(field: Field) -> int | None:
    """How many lines a field has, where it has several."""
    return 3 if field.name in _LONG else None


_Pairs = tuple[tuple[str, str], ...]


def _targets(typed: str) -> tuple[_Pairs, _Pairs]:
    try:
        pairs = tuple(pair(line.strip()) for line in typed.splitlines() if line.strip())
    except Wrong as wrong:
        raise Misfilled(ON.name, wrong.text) from None
    patterns = tuple(each for each in pairs if "*" in each[1])
    return tuple(each for each in pairs if "*" not in each[1]), patterns


def _expires(typed: str, now: datetime) -> datetime | None:
    if not typed.strip():
        return None
    try:
        found = moment(typed, now)
    except Wrong as wrong:
        raise Misfilled(EXPIRES.name, wrong.text) from None
    if found <= now:
        raise Misfilled(EXPIRES.name, _("This time is over."))
    return found
