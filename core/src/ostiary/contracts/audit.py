"""Events: what happened, who did it, by which means, on whose behalf."""
# fmt: off

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from ostiary.contracts.assurance import Proof
from ostiary.contracts.identity import Client, Resource
from ostiary.contracts.text import Text

Details: TypeAlias = Mapping[str, str | int | None]

class Outcome(Enum):
    """How it ended: done; refused by policy; failed after it was allowed."""
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"

@dataclass(frozen=True, slots=True)
class EventField:
    """A declared detail of an event type; nothing undeclared is ever recorded."""
    name: str
    personal: bool = False  # An address or a name, which can be erased without the rest.

@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event: ``factor.added`` and the like, with its sentence."""
    name: str
    sentence: Text  # May use ``${user}`` (the subject), ``${actor}``, ``${resource}``, ``fields``.
    fields: tuple[EventField, ...] = ()
    tracked: tuple[EventField, ...] = ()  # What ``before`` and ``after`` may hold.

@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted; ``credential``, ``delegates`` and ``shown`` are those of the identity."""
    kind: str  # ``user``, ``admin``, ``system`` or ``anonymous``.
    user: str | None = None
    means: str = "none"  # Or ``session``, ``command``, or a verifier's name.
    credential: str | None = None
    delegates: tuple[str, ...] = ()
    session: str | None = None  # What its owner's list of sessions calls it.
    shown: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. Frozen: no sink can change what the next one is told."""
    id: str  # A UUIDv7 (RFC 9562, section 5.7).
    type: str
    time: datetime  # In UTC.
    outcome: Outcome
    subject: str | None  # The id of the user whose account it concerns.
    actor: Actor
    client: Client
    request: str | None = None
    resource: Resource | None = None
    reason: str | None = None
    details: Details = field(default_factory=dict)
    before: Details = field(default_factory=dict)
    after: Details = field(default_factory=dict)
    personal: frozenset[str] = frozenset()  # The names of the details that are about a person.
    proofs: tuple[Proof, ...] = ()
    sentence: str = ""  # English, unfilled: history outlives the plugin, people can be erased.

class AuditSink(ABC):
    """Where events go."""
    name: str
    # Whether it writes in the act's transaction, by ``execute``, and can fail it; else afterwards.
    transactional: bool = False
    direct: bool = False  # ``write`` only executes statements: no time limit, no copy of its own.
    @abstractmethod
    def write(self, events: Sequence[Event], execute: Callable[..., Any] | None, /) -> None:
        """Take these events in order; ``execute`` runs a statement in the act's transaction."""

    def recent(self, user_id: str, most: int, /) -> Sequence[Event] | None:
        """The newest events about a user, the newest first; None where it keeps none."""
        return None
