"""Telling what happened: an event that a sink has kept, as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ostiary.contracts import Event, EventType, Text, TextValue
from ostiary.text import translations
from ostiary.text.moments import stored_moment

_, _n, _p, _np = translations("ostiary")

_ACTORS: Mapping[str, Text] = MappingProxyType(
    {
        # Translators: fills ${actor}, mostly at the beginning of a sentence: the software did it by
        # itself.
        "system": _p("who did something", "The system"),
        # Translators: fills ${actor}, mostly at the beginning of a sentence: an admin, with a
        # command, nobody knows which admin.
        "admin": _p("who did something", "An admin"),
        # Translators: fills ${actor}, mostly at the beginning of a sentence: nobody was signed in,
        # so it is not known who.
        "anonymous": _p("who did something", "Somebody"),
    }
)


def retold(event: Event, kind: EventType | None, name_of: Callable[[str], str | None]) -> Text:
    """What happened, in words.

    Args:
        event: one that a sink has kept.
        kind: its type; where none is declared any more, the sentence stays English.
        name_of: what to call the user of an id; None for one who is gone.
    """
    said = Text("ostiary", event.sentence) if kind is None else kind.sentence
    values = {name: _detail(value) for name, value in event.details.items()}
    if event.resource is not None:
        values["resource"] = event.resource.name
    values["user"] = _called(event.subject, name_of)
    named = None if event.actor.user is None else name_of(event.actor.user)
    values["actor"] = named or _ACTORS.get(event.actor.kind) or _called(None, name_of)
    return replace(said, values=tuple(values.items()))


def _detail(value: str | int | None) -> TextValue:
    if isinstance(value, str):
        return stored_moment(value) or value
    return "" if value is None else value


def _called(user_id: str | None, name_of: Callable[[str], str | None]) -> TextValue:
    named = None if user_id is None else name_of(user_id)
    # Translators: fills ${user} or ${actor}, also within a sentence: a user whose account is gone,
    # or no user at all.
    return named or _p("who did something", "Somebody who is gone")
