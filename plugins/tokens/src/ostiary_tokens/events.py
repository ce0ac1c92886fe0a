"""The event types of tokens. That one was refused is the core's to record."""

from __future__ import annotations

from ostiary.contracts import EventField, EventType
from ostiary_tokens.texts import _

TOKEN = EventField("token")
NAME = EventField("name", personal=True)

CREATED, REVOKED, STOPPED = "token.created", "token.revoked", "token.delegate-stopped"

EVENTS = (
    EventType(
        CREATED,
        _("${actor} made the API token “${name}” of ${user}: ${limits}"),
        (TOKEN, NAME, EventField("limits")),
    ),
    EventType(REVOKED, _("${actor} revoked the API token “${name}” of ${user}."), (TOKEN, NAME)),
    EventType(
        STOPPED,
        _("${actor} stopped ${delegate} from using the API token “${name}” of ${user}."),
        (TOKEN, NAME, EventField("delegate")),
    ),
)
