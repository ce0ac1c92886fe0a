"""What may be done, and on what: ``may`` names actions, ``on`` resources; together, both hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ostiary.contracts import Act, Permitted, Refused, Resource, ResourceType, Text
from ostiary_tokens.caveats.contract import Argument, Caveat, CaveatKind, Unreadable
from ostiary_tokens.texts import _

EXACT, PATTERN, MAY_CREATE = "=", "~", "+"
"""How a target names: this one; those whose names match; this one, even before it is there."""

Types = Callable[[], Mapping[str, ResourceType]]


def creates(permission: str) -> bool:
    """Whether a permission, by its name, is to make something new: ``create``, ``create-team``."""
    return permission == "create" or permission.startswith("create-")


@dataclass(frozen=True, slots=True)
class May(Caveat):
    """``["may","upload","yank"]``: these actions, by the names of their permissions."""

    permissions: tuple[str, ...]
    types: Types = field(repr=False, compare=False)

    def judge(self, act: Act, /) -> Permitted | Refused:
        """Whether the act is one of them."""
        if act.permission in self.permissions:
            return Permitted()
        # Translators: ${act} and ${acts} are titles of permissions, such as Upload files.
        text = _(
            "This token does not allow “${act}”, only: ${acts}.",
            act=self._title(act.permission),
            acts=self._titles(),
        )
        return Refused("token-action", text)

    def words(self) -> Text:
        """The actions, by their titles."""
        # Translators: a limit of a token, in a list; ${acts} are titles of permissions, such as
        # Upload files.
        return _("Only to: ${acts}", acts=self._titles())

    def _titles(self) -> Text | str:
        return _listed([self._title(each) for each in self.permissions])

    def _title(self, name: str) -> Text | str:
        for kind in self.types().values():
            for permission in kind.permissions:
                if permission.name == name:
                    return permission.title
        return name


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of resource, and which of them: ``["project","=","acme-tools"]``."""

    kind: str
    how: str
    names: tuple[str, ...]

    def argument(self) -> Argument:
        """As it stands in a caveat."""
        return (self.kind, self.how, *self.names)


@dataclass(frozen=True, slots=True)
class On(Caveat):
    """``["on",["project","=","a","b"],["team","~","acme-*"]]``: any of these, and what they hold.

    Only a target with ``+`` leaves room to create: a token for a project that was deleted must
    not bring it back under its owner's name.
    """

    targets: tuple[Target, ...]
    types: Types = field(repr=False, compare=False)

    def judge(self, act: Act, /) -> Permitted | Refused:
        """Whether the resource, or one that contains it, is named."""
        names = [(each.kind, normal(self.types(), each)) for each in act.resources]
        reached = [target for target in self.targets if self._reaches(target, names)]
        if any(target.how == MAY_CREATE for target in reached):
            return Permitted()
        if not reached:
            # Translators: ${names} is such as “project acme-tools, team red”.
            text = _("This token is only for: ${names}.", names=self._names())
            return Refused("token-resource", text)
        if creates(act.permission):
            return Refused("token-create", _("This token may not create what it is for."))
        return Permitted()

    def may_reach(self, resource: Resource) -> bool:
        """Whether anything of a resource, or what it may contain, is left room for.

        Of a target of another kind nobody knows here what it contains, or is contained in: it may.
        """
        name = [(resource.kind, normal(self.types(), resource))]
        return any(
            target.kind != resource.kind or self._reaches(target, name) for target in self.targets
        )

    def words(self) -> Text:
        """The resources, with the titles of their kinds."""
        # Translators: a limit of a token, in a list (${names} is such as “project acme-tools”);
        # also the heading of a list of boxes to tick (${names} is then Project).
        return _("Only for: ${names}", names=self._names())

    def _reaches(self, target: Target, names: list[tuple[str, str]]) -> bool:
        mine = [name for kind, name in names if kind == target.kind]
        if target.how == PATTERN:
            return any(matches(pattern, name) for pattern in target.names for name in mine)
        types = self.types()
        wanted = {normal(types, Resource(target.kind, each)) for each in target.names}
        return any(name in wanted for name in mine)

    def _names(self) -> Text | str:
        types = self.types()
        return _listed([_said(types, each) for each in self.targets])


@dataclass(frozen=True, slots=True)
class MayKind(CaveatKind):
    """Reads :class:`May`."""

    types: Types
    name: str = "may"

    def read(self, arguments: tuple[Argument, ...], /) -> May:
        return May(_texts(arguments), self.types)


@dataclass(frozen=True, slots=True)
class OnKind(CaveatKind):
    """Reads :class:`On`."""

    types: Types
    name: str = "on"

    def read(self, arguments: tuple[Argument, ...], /) -> On:
        targets = []
        for each in arguments:
            if not isinstance(each, tuple) or len(each) <= len(("kind", "how")):
                raise Unreadable("a target that is not kind, how, names")
            kind, how, *names = _texts(each)
            if how not in {EXACT, PATTERN, MAY_CREATE}:
                raise Unreadable("a target named in a way that is none")
            targets.append(Target(kind, how, tuple(names)))
        if not targets:
            raise Unreadable("no target")
        return On(tuple(targets), self.types)


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches; ``*`` stands for any text, also for none, and nothing else does.

    Takes the first place for each piece, which is enough, and no longer than both are long.
    """
    first, *pieces = pattern.split("*")
    if not pieces:
        return name == pattern
    last = pieces.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in pieces:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


def normal(types: Mapping[str, ResourceType], resource: Resource) -> str:
    """A name as its host compares names; of a kind that nobody declared, as it stands."""
    kind = types.get(resource.kind)
    return resource.name if kind is None else kind.normalize(resource.name)


def _texts(arguments: tuple[Argument, ...]) -> tuple[str, ...]:
    texts = tuple(each for each in arguments if isinstance(each, str) and each)
    if not texts or len(texts) != len(arguments):
        raise Unreadable("texts were expected")
    return texts


def _said(types: Mapping[str, ResourceType], target: Target) -> Text:
    kind = types.get(target.kind)
    title = target.kind if kind is None else kind.title
    names = ", ".join(target.names)
    if target.how == MAY_CREATE:
        # Translators: “project acme-tools, which it may create”: put into “Only for: ${names}”.
        # Which: ${kind} ${names}; it: the token.
        return _("${kind} ${names}, which it may create", kind=title, names=names)
    # Translators: “project acme-tools”: ${kind} is a title such as Project, ${names} one name or
    # several with commas; put into “Only for: ${names}” and other sentences.
    return _("${kind} ${names}", kind=title, names=names)


def _listed(items: list[Text | str]) -> Text | str:
    """The items as one text; commas do in the languages that we know of."""
    first, *rest = items
    for each in rest:
        # Translators: how two parts of a list are put together.
        first = _("${first}, ${second}", first=first, second=each)
    return first
