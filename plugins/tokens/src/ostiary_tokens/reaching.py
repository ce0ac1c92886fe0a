"""Whose tokens reach a resource: by the caveats of each, of everybody who has the resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ostiary.contracts import House, Resource, ResourceType
from ostiary_tokens.caveats import Kinds
from ostiary_tokens.caveats.scopes import On
from ostiary_tokens.keeper import Keeper, Listed


@dataclass(frozen=True, slots=True)
class Reaching:
    """A token that reaches the resource, unless the resource has ``barred`` it."""

    token: Listed
    user: str
    login: str
    barred: bool


def has(kind: ResourceType, user_id: str, name: str) -> bool:
    """Whether a user has the resource of this name, however the name is written."""
    return kind.normalize(name) in map(kind.normalize, kind.owned_by(user_id))


def tokens_reaching(
    house: House, keeper: Keeper, kinds: Kinds, kind: ResourceType, name: str
) -> Iterator[Reaching]:
    """The tokens, also of others, that leave room for anything of a resource.

    A token does no more than its owner may do: so only those of people who have the resource
    count. What a limit of a plugin or a resource of another kind may mean for it is not known
    here, and counts as reaching it.

    Args:
        house: knows the users.
        keeper: knows their tokens.
        kinds: reads the limits.
        kind: the kind of resource.
        name: which one.
    """
    resource = Resource(kind.kind, kind.normalize(name))
    bar = (resource.kind, resource.name)
    now = house.now()
    for user_id in owners(keeper, kind, name):
        user = house.users.get(user_id)
        for token in keeper.of(user_id):
            over = token.expires is not None and token.expires <= now
            if not over and _leaves_room(token, kinds, resource):
                login = user_id if user is None else user.login
                yield Reaching(token, user_id, login, bar in token.record.barred)


def owners(keeper: Keeper, kind: ResourceType, name: str) -> tuple[str, ...]:
    """Who has a resource: as its host says, or else as it says of each who has tokens."""
    if kind.owners_of is not None:
        return tuple(dict.fromkeys(kind.owners_of(name)))
    return tuple(each for each in keeper.users() if has(kind, each, name))


def _leaves_room(token: Listed, kinds: Kinds, resource: Resource) -> bool:
    caveats = map(kinds.read, token.record.caveats)
    return all(each.may_reach(resource) for each in caveats if isinstance(each, On))
