"""Events in words: who did what, also of people and plugins that are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ostiary.audit import retold
from ostiary.contracts import Actor, Client, Event, EventField, EventType, Outcome, Resource, Text
from ostiary.text import moment

KIND = EventType(
    "thing.done",
    Text("tests", "${actor} did ${what} to ${user} at ${resource}."),
    (EventField("what"),),
)
EVENT = Event(
    id="e1",
    type="thing.done",
    time=datetime(2026, 5, 4, 12, tzinfo=UTC),
    outcome=Outcome.DONE,
    subject="u1",
    actor=Actor("user", "u2", "session"),
    client=Client(),
    resource=Resource("project", "the gate", ()),
    details={"what": "nothing"},
    sentence="${actor} did ${what} to ${user} at ${resource}.",
)
NAMES = {"u1": "ada", "u2": "bob"}


def test_it_says_who_did_what_to_whom() -> None:
    assert str(retold(EVENT, KIND, NAMES.get)) == "bob did nothing to ada at the gate."
    assert retold(EVENT, KIND, NAMES.get).domain == "tests"


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        (Actor("system"), "The system"),
        (Actor("admin", means="command"), "An admin"),
        (Actor("admin", "u2", "session"), "bob"),
        (Actor("anonymous"), "Somebody"),
        (Actor("user", "u9", "session"), "Somebody who is gone"),
    ],
)
def test_whoever_has_no_name_is_called_what_they_are(actor: Actor, said: str) -> None:
    event = replace(EVENT, actor=actor)
    assert str(retold(event, KIND, NAMES.get)) == f"{said} did nothing to ada at the gate."


def test_what_is_gone_leaves_its_sentence() -> None:
    """Of a plugin that was removed, a user who was deleted, a detail that was erased."""
    event = replace(EVENT, subject="u9", details={"what": None}, resource=None)
    told = retold(event, None, NAMES.get)
    assert str(told) == "bob did  to Somebody who is gone at ${resource}."


def test_a_name_is_no_placeholder() -> None:
    """What people call themselves is put in once, and not read again."""
    told = retold(EVENT, KIND, {"u1": "${what}", "u2": "<b>"}.get)
    assert str(told) == "<b> did nothing to ${what} at the gate."


def test_a_time_is_written_as_the_reader_writes_times() -> None:
    event = replace(EVENT, details={"what": "2026-05-04T12:30:00+02:00"})
    told = retold(event, KIND, NAMES.get)
    assert str(told) == "bob did 2026-05-04 10:30 UTC to ada at the gate."
    assert moment(datetime(2026, 5, 4, 10, 30, tzinfo=UTC)) in dict(told.values).values()
