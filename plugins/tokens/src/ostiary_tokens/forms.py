"""The form that makes a token: what was filled in, and the limits that it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from webob.multidict import MultiDict

from ostiary.contracts import Field, ResourceType, Text
from ostiary_tokens.caveats.scopes import creates
from ostiary_tokens.limits import VERSION, Limits, Wrong, moment, network, pair
from ostiary_tokens.texts import _

# Translators: the label of a box: the name of a token.
NAME = Field("name", _("Name"), hint=_("What uses it: “release job”, “laptop”."), max_length=100)
ON = Field(
    "on",
    # Translators: the label of a box: what the token is for, such as project:acme-tools.
    _("Only for"),
    hint=_(
        "One on each line, as KIND:NAME (project:acme-tools); a star stands for any text. "
        "Nothing here and nothing ticked: everything that you may hand on."
    ),
)
CREATE = Field(
    "create",
    # Translators: the label of a box: a thing, such as a project, that the token may create.
    _("May make this"),
    hint=_("As KIND:NAME, what it may also make, once there is a need for it."),
)
OF_VERSION = Field(
    "version",
    # Translators: the label of a box: the token is for one version of a project.
    _("Only for this version"),
    hint=_("Such as 1.2. Nothing here: any version."),
)
EXPIRES = Field(
    "expires",
    # Translators: the label of a box: how long the token is valid. What is typed stays as it is:
    # 12h, 90d.
    _("Valid for"),
    # Translators: what is typed stays as it is: 12h is “12 hours from now”.
    hint=_("12h, 90d, or a day such as 2027-01-31. Nothing here: no end."),
)
NOT_BEFORE = Field(
    "not_before",
    # Translators: the label of a box: from when the token is valid.
    _("Not before"),
    # Translators: what is typed stays as it is: 12h is “12 hours from now”.
    hint=_("2027-01-31T12:00 (UTC), or 12h for in twelve hours. Nothing here: from now on."),
)
USES = Field(
    "uses",
    # Translators: the label of a box: how often the token can be used.
    _("How often"),
    hint=_("A number; 1 for a single use. Nothing here: any number."),
)
NETWORKS = Field(
    "networks",
    _("Only from these addresses"),
    hint=_("Addresses or networks such as 192.0.2.7 or 2001:db8::/32, one on each line."),
)
MAY, RESOURCE = "may", "resource"
_LONG = frozenset({"on", "networks"})
_MOST_OFFERED = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to be ticked."""

    value: str
    title: Text | str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """The resources of one kind that a person has."""

    title: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled in: the fields, the actions and the resources that were ticked."""

    fields: Mapping[str, str] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: MultiDict[str, Any]) -> Filled:
        """A form as it came; a file where text is expected counts as nothing."""
        typed = [(name, value) for name, value in form.items() if isinstance(value, str)]
        return cls(
            dict(typed),
            tuple(value for name, value in typed if name == MAY),
            tuple(value for name, value in typed if name == RESOURCE),
        )


class Misfilled(ValueError):
    """A field that means nothing; ``text`` says how to fill it in."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(field)
        self.field, self.text = field, text


def usual_fields(groups: Sequence[Offered]) -> tuple[Field, ...]:
    """What everybody is asked after the name; names are typed where there is nothing to tick."""
    return (EXPIRES,) if groups else (ON, EXPIRES)


def rare_fields(types: Mapping[str, ResourceType], groups: Sequence[Offered]) -> tuple[Field, ...]:
    """The other fields that make sense in a house with these resource types."""
    making = any(
        permission.delegable and creates(permission.name)
        for kind in types.values()
        for permission in kind.permissions
    )
    return (
        *((ON,) if groups else ()),
        *((OF_VERSION,) if VERSION in types else ()),
        *((CREATE,) if making else ()),
        NOT_BEFORE,
        USES,
        NETWORKS,
    )


def actions_of(types: Mapping[str, ResourceType], ticked: Sequence[str] = ()) -> tuple[Choice, ...]:
    """What the house lets people hand on."""
    found = {
        permission.name: Choice(permission.name, permission.title, permission.name in ticked)
        for kind in types.values()
        for permission in kind.permissions
        if permission.delegable
    }
    return tuple(found.values())


def offered(
    types: Mapping[str, ResourceType], user_id: str, filled: Filled
) -> tuple[tuple[Offered, ...], Filled]:
    """What a person has, to be ticked; and the rest of what was ticked, as lines to be edited.

    Of a kind of which they have very many nothing is offered: names are typed then.
    """
    groups: list[Offered] = []
    known: set[str] = set()
    for kind in types.values():
        names = sorted(set(kind.owned_by(user_id)))
        if names and len(names) <= _MOST_OFFERED:
            values = {f"{kind.kind}:{name}": name for name in names}
            known.update(values)
            groups.append(
                Offered(
                    kind.title,
                    tuple(Choice(v, name, v in filled.resources) for v, name in values.items()),
                )
            )
    left = [each for each in filled.resources if each not in known]
    lines = "\n".join(filter(None, (filled.fields.get(ON.name, "").strip(), *left)))
    return tuple(groups), replace(filled, fields={**filled.fields, ON.name: lines})


def limits_of(filled: Filled, now: datetime, types: Mapping[str, ResourceType]) -> Limits:
    """The limits that the form means, in a house with these resource types.

    Raises:
        Misfilled: a field means nothing.
    """
    typed = {name: value.strip() for name, value in filled.fields.items()}
    lines = _pairs(ON, [*filled.resources, *typed.get(ON.name, "").splitlines()])
    patterns = tuple(each for each in lines if "*" in each[1])
    for kind, pattern in patterns:
        _fits_something(types.get(kind), pattern)
    return Limits(
        may=filled.actions,
        exact=tuple(each for each in lines if "*" not in each[1]),
        patterns=patterns,
        may_create=_pairs(CREATE, [typed.get(CREATE.name, "")]),
        version=typed.get(OF_VERSION.name) or None,
        not_before=_moment(NOT_BEFORE, typed, now),
        expires=_expires(typed, now),
        networks=_networks(typed),
        uses=_uses(typed),
    )


def caveats_of(limits: Limits) -> tuple[bytes, ...]:
    """The caveats that these limits are.

    Raises:
        Misfilled: a name cannot be written down, which is all that is still to be seen.
    """
    try:
        return limits.caveats()
    except Wrong as wrong:
        raise Misfilled(ON.name, wrong.text) from None


def rows_of(field: Field) -> int | None:
    """How many lines a field has, where it has several."""
    return 3 if field.name in _LONG else None


def _pairs(field: Field, lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    try:
        found = (pair(line.strip()) for line in lines if line.strip())
        return tuple(dict.fromkeys(found))
    except Wrong as wrong:
        raise Misfilled(field.name, wrong.text) from None


def _fits_something(kind: ResourceType | None, pattern: str) -> None:
    """Refuse a pattern that no name can match, since its host writes names in another way."""
    such = pattern.replace("*", "1")
    try:
        normal = such if kind is None else kind.normalize(such)
    except ValueError:
        return  # What a star may stand for there is the host's to know.
    if normal != such:
        # Translators: ${pattern} is what somebody typed, ${such} a part of it, and ${normal} how
        # that part has to be written.
        text = _(
            "No name is like “${pattern}”: “${such}” is written “${normal}” here.",
            pattern=pattern,
            such=such,
            normal=normal,
        )
        raise Misfilled(ON.name, text)


def _moment(field: Field, typed: Mapping[str, str], now: datetime) -> datetime | None:
    text = typed.get(field.name)
    if not text:
        return None
    try:
        return moment(text, now)
    except Wrong as wrong:
        raise Misfilled(field.name, wrong.text) from None


def _expires(typed: Mapping[str, str], now: datetime) -> datetime | None:
    found, begins = _moment(EXPIRES, typed, now), _moment(NOT_BEFORE, typed, now)
    if found is not None and found <= now:
        # Translators: the time until which the token was to be valid.
        raise Misfilled(EXPIRES.name, _("This time is over."))
    if found is not None and begins is not None and found <= begins:
        # Translators: it: the token.
        raise Misfilled(EXPIRES.name, _("It would end before it begins."))
    return found


def _networks(typed: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return tuple(network(each) for each in typed.get(NETWORKS.name, "").split())
    except Wrong as wrong:
        raise Misfilled(NETWORKS.name, wrong.text) from None


def _uses(typed: Mapping[str, str]) -> int | None:
    text = typed.get(USES.name)
    if not text:
        return None
    # More places than any number of uses has, in digits that everybody's keyboard has.
    if len(text) > 7 or not (text.isascii() and text.isdigit()):  # noqa: PLR2004 - as said.
        raise Misfilled(USES.name, _("Give a whole number."))
    uses = int(text)
    try:
        Limits(uses=uses).caveats()
    except Wrong as wrong:
        raise Misfilled(USES.name, wrong.text) from None
    return uses
