"""Events: what happened, who did it, by which means, on whose behalf."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from ostiary.contracts.assurance import Proof
from ostiary.contracts.resources import Resource
from ostiary.contracts.text import Text
from ostiary.contracts.users import Client


class Outcome(Enum):
    """How it ended: done; refused by policy; failed after it was allowed."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class EventField:
    """A declared detail of an event type; nothing undeclared is ever recorded.

    ``personal`` details (addresses, names) can be erased without touching the rest.
    """

    name: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: ``factor.added`` and the like, with its sentence.

    The sentence may use ``${user}`` (the subject), ``${actor}``, ``${resource}`` and the
    declared fields. ``tracked`` names the fields that ``before`` and ``after`` may hold.
    """

    name: str
    sentence: Text
    fields: tuple[EventField, ...] = ()
    tracked: tuple[EventField, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: ``kind`` is ``user``, ``admin``, ``system`` or ``anonymous``.

    ``means`` is ``session``, ``command``, ``none`` or a verifier's name; ``credential`` and
    the ordered, authenticated ``delegates`` are those of the identity; ``session`` is the
    hash of the session's id.
    """

    kind: str
    user: str | None = None
    means: str = "none"
    credential: str | None = None
    delegates: tuple[str, ...] = ()
    session: str | None = None
    shown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. Frozen: no sink can change what the next one is told.

    ``id`` is a UUIDv7 (RFC 9562, section 5.7), ``time`` is in UTC. ``subject`` is the id of
    the user whose account it concerns. ``sentence`` is the English sentence with its
    ``${field}`` unfilled, so that history outlives the plugin and a person can be erased.
    ``personal`` names the details that are about a person.
    """

    id: str
    type: str
    time: datetime
    outcome: Outcome
    subject: str | None
    actor: Actor
    client: Client
    request: str | None = None
    resource: Resource | None = None
    reason: str | None = None
    details: Mapping[str, str | int | None] = field(default_factory=dict)
    before: Mapping[str, str | int | None] = field(default_factory=dict)
    after: Mapping[str, str | int | None] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    proofs: tuple[Proof, ...] = ()
    sentence: str = ""


class AuditSink(ABC):
    """Where events go.

    A ``transactional`` sink writes in the transaction of the act, by ``execute``, and its
    failure fails the act. The others are told once the act is durable; their failure reaches
    nobody but the log.
    """

    name: str
    transactional: bool = False

    @abstractmethod
    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        """Take these events, in this order; ``execute`` runs a statement in the act's transaction."""
