"""What people query, made of what was recorded: the row of an event, and in whose history it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import String

from ostiary_audit.canonical import Payload, blob_values, moment
from ostiary_audit.tables import event

COLUMNS = tuple(column.name for column in event.columns if column.name not in {"seq", "n"})
"""The columns that repeat what the record says."""

_LONGEST: Mapping[str, int] = {
    column.name: column.type.length
    for column in event.columns
    if isinstance(column.type, String) and column.type.length is not None
}
_NAME = 255


def event_row(payload: Payload, place: bytes | None) -> dict[str, Any]:
    """The columns of an event, cut to what they hold."""
    actor, resource = payload["actor"], payload.get("resource") or {}
    delegates = actor.get("delegates")
    row = {
        "id": payload["id"],
        "time": moment(payload["time"]),
        "type": payload["type"],
        "outcome": payload["outcome"],
        "reason": _plain(payload.get("reason")),
        "actor": actor["kind"],
        "means": actor.get("means", "none"),
        "user_id": actor.get("user"),
        "subject": payload.get("subject"),
        "token": actor.get("credential"),
        "shown": actor.get("shown"),
        "delegates": None if not delegates else _plain(json.dumps(delegates, ensure_ascii=False)),
        "resource_kind": resource.get("kind"),
        "resource_name": _plain(resource.get("name")),
        "request": payload.get("request"),
        "session": actor.get("session"),
        "address": blob_values(place).get("address"),
    }
    return {name: _fitting(name, value) for name, value in row.items()}


def parties(payload: Payload) -> frozenset[str]:
    """The ids of everybody in whose history it belongs."""
    actor, resource = payload["actor"], payload.get("resource") or {}
    found = {payload.get("subject"), actor.get("user"), *resource.get("owners", ())}
    return frozenset(_plain(each)[:_NAME] for each in found if each)


def delegates(payload: Payload) -> frozenset[str]:
    """Everybody in the chain."""
    return frozenset(_plain(each)[:_NAME] for each in payload["actor"].get("delegates", ()) if each)


def differing(expected: Mapping[str, Any], row: Any) -> tuple[str, ...]:
    """The columns in which a row is not what it must be."""
    return tuple(name for name in COLUMNS if expected[name] != getattr(row, name))


def _fitting(name: str, value: Any) -> Any:
    longest = _LONGEST.get(name)
    if longest is None or not isinstance(value, str):
        return value
    return _plain(value)[:longest]


def _plain(text: Any) -> Any:
    """PostgreSQL has no texts with NUL in them."""
    return text.replace("\0", "�") if isinstance(text, str) and "\0" in text else text
