"""Events in words, and what they are called for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ostiary.audit import Recorder, retold
from ostiary.contracts import Text, UserDirectory
from ostiary_audit.canonical import stamp
from ostiary_audit.reading import Entry
from ostiary_audit.texts import _

PROJECT = "project"

NameOf = Callable[[str], str | None]


def names_from(users: UserDirectory) -> NameOf:
    """Login names by id; each is asked for once."""
    known: dict[str, str | None] = {}

    def name_of(user_id: str) -> str | None:
        if user_id not in known:
            found = users.get(user_id)
            known[user_id] = None if found is None else found.login
        return known[user_id]

    return name_of


def said(entry: Entry, recorder: Recorder, name_of: NameOf) -> Text:
    """The sentence of an event."""
    if entry.event is None:
        # Translators: the record: the bytes that are signed. ${type} is technical, such as
        # sign-in.done.
        return _("The record of this event is gone: ${type}", type=entry.row.type)
    return retold(entry.event, recorder.kind(entry.row.type), name_of)


def described(entry: Entry, name_of: NameOf) -> dict[str, Any]:
    """An event for programs. ``user`` is whose account it concerns, else who acted."""
    row, event = entry.row, entry.event
    acting = None if row.user_id is None else name_of(row.user_id)
    concerned = row.subject or row.user_id
    known: dict[str, Any] = {
        "seq": row.seq,
        "id": row.id,
        "time": stamp(row.time),
        "type": row.type,
        "outcome": row.outcome,
        "reason": row.reason,
        "actor": acting or row.actor,
        "means": row.means,
        "user": None if concerned is None else name_of(concerned),
        "token": row.token,
        "delegates": json.loads(row.delegates) if row.delegates else [],
        "project": row.resource_name if row.resource_kind == PROJECT else None,
        "resource": None
        if row.resource_kind is None
        else {"kind": row.resource_kind, "name": row.resource_name},
        "address": row.address,
        "agent": "" if event is None else event.client.agent,
        "request": row.request,
        "session": row.session,
        "details": {} if event is None else dict(event.details),
    }
    if event is not None and (event.before or event.after):
        known |= {"before": dict(event.before), "after": dict(event.after)}
    return known
