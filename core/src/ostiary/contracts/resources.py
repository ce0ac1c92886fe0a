"""What a host protects: kinds of resources, and what may be done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ostiary.contracts.text import Text


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that may be done. Only a ``delegable`` one is ever granted to a token."""

    name: str
    title: Text
    delegable: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that is acted on; ``owners`` are user ids, for whose history it matters."""

    kind: str
    name: str
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that tokens can be limited to and events can be about.

    ``normalize`` makes equal names equal strings, ``owned_by`` lists the names that a user
    (by id) has, for forms.
    """

    kind: str
    title: Text
    permissions: tuple[Permission, ...]
    normalize: Callable[[str], str]
    owned_by: Callable[[str], tuple[str, ...]]
