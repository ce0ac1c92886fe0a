"""The event types of the trail itself: it is read, exported, pruned and signed on record."""

from __future__ import annotations

from ostiary.contracts import EventField, EventType
from ostiary_audit.texts import _

KEY = "audit.key"
VIEWED, READ, EXPORTED = "audit.viewed", "audit.read", "audit.exported"
VERIFIED, PROVED, PRUNED, ACCEPTED = (
    "audit.verified",
    "audit.proved",
    "audit.pruned",
    "audit.accepted",
)
SENT, MAILED, DISOWNED = "audit.sent", "audit.mailed", "audit.disowned"

EVENTS = (
    EventType(
        KEY,
        _("From now on the events are signed with the key ${key}."),
        (EventField("key"), EventField("origin")),
    ),
    EventType(
        VIEWED,
        # Translators: ${filters} is technical, in English: what was searched for.
        _("${actor} looked through the events: ${filters}"),
        (EventField("filters"),),
    ),
    EventType(READ, _("${actor} read ${count} events."), (EventField("count"), EventField("what"))),
    EventType(
        EXPORTED,
        # Translators: ${format} is csv or json, ${filters} technical, in English: what was searched
        # for.
        _("${actor} exported ${count} events as ${format}: ${filters}"),
        (EventField("count"), EventField("format"), EventField("filters")),
    ),
    EventType(
        VERIFIED,
        # Translators: ${actor} had it checked that nobody changed the events; both are numbers.
        _("${actor} had ${size} events verified, with ${faults} faults found."),
        (EventField("size"), EventField("faults")),
    ),
    EventType(
        PROVED,
        # Translators: ${what} is technical, in English: the ID of an event, or “since 120”.
        _("${actor} had a proof made for ${what}."),
        (EventField("what"),),
    ),
    EventType(
        PRUNED,
        # Translators: ${why} is technical, in English, such as “addresses are kept for 30d”.
        _("${count} events or parts of them were deleted: ${why}"),
        (
            EventField("run"),
            EventField("count"),
            EventField("why"),
            EventField("digest"),
        ),
    ),
    EventType(
        ACCEPTED,
        # Translators: both are numbers: of the events that there are, and of those that there
        # should be.
        _("${actor} accepted that the events go on from an older state: ${size}, not ${kept}."),
        (EventField("size"), EventField("kept"), EventField("root")),
    ),
    EventType(
        SENT,
        # Translators: ${receiver} is the name of another system, to which events are sent.
        _("${actor} had ${count} events sent to ${receiver}."),
        (EventField("count"), EventField("receiver")),
    ),
    EventType(
        MAILED,
        # Translators: ${size} is a number; ${address} is an email address.
        _("A checkpoint of ${size} events was mailed to ${address}."),
        (EventField("size"), EventField("address", personal=True)),
    ),
    EventType(
        DISOWNED,
        _("${user} said that a sign-in was not theirs; ${count} other sessions were ended."),
        (EventField("event"), EventField("count")),
    ),
)
