"""The event types of tokens. That one was refused is the core's to record."""

from __future__ import annotations

from ostiary.contracts import EventField, EventType
from ostiary_tokens.texts import _

TOKEN = EventField("token")
NAME = EventField("name", personal=True)
LIMITS = EventField("limits")
DELEGATE = EventField("delegate")

CREATED, REVOKED, NARROWED = "token.created", "token.revoked", "token.narrowed"
STOPPED, RESUMED = "token.delegate-stopped", "token.delegate-resumed"
BARRED, ADMITTED = "token.barred", "token.admitted"
NEW_PLACE, LEAKED = "token.new-place", "token.leaked"

EVENTS = (
    EventType(
        CREATED,
        # Translators: ${limits} is a list as it is stored, in English.
        _("${actor} made the API token “${name}” of ${user}: ${limits}"),
        (TOKEN, NAME, LIMITS),
    ),
    EventType(REVOKED, _("${actor} revoked the API token “${name}” of ${user}."), (TOKEN, NAME)),
    EventType(
        NARROWED,
        # Translators: ${limits} is a list as it is stored, in English.
        _("${actor} had an API token of ${user} narrowed: ${limits}"),
        (TOKEN, LIMITS),
    ),
    EventType(
        STOPPED,
        # Translators: ${delegate} is a service that the token was handed on to.
        _("${actor} stopped ${delegate} from using the API token “${name}” of ${user}."),
        (TOKEN, NAME, DELEGATE),
    ),
    EventType(
        RESUMED,
        # Translators: ${delegate} is a service that the token was handed on to.
        _("${actor} let ${delegate} use the API token “${name}” of ${user} again."),
        (TOKEN, NAME, DELEGATE),
    ),
    EventType(
        BARRED,
        # Translators: ${resource} is the name of a project, for instance.
        _("${actor} shut the API token “${name}” of ${user} out from ${resource}."),
        (TOKEN, NAME),
    ),
    EventType(
        ADMITTED,
        # Translators: ${resource} is the name of a project, for instance.
        _("${actor} let the API token “${name}” of ${user} in to ${resource} again."),
        (TOKEN, NAME),
    ),
    EventType(
        NEW_PLACE,
        _("The API token “${name}” of ${user} was used from an address that was new for it."),
        (TOKEN, NAME),
    ),
    EventType(
        LEAKED,
        # Translators: ${where} is an address of the web, and may be empty.
        _("The API token “${name}” of ${user} was found in public, at ${where}, and revoked."),
        (TOKEN, NAME, EventField("where"), EventField("source")),
    ),
)
