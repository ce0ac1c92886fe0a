"""Every declared event type of every installed package: nothing gets in but what it declares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import select

from ostiary.audit import Who
from ostiary.contracts import Actor, Client, EventField, EventType
from ostiary.events import CORE_EVENTS
from ostiary.plugins import installed_plugins
from ostiary.runtime import Runtime
from ostiary.testing.houses import Houses
from ostiary_audit.canonical import MAX_PAYLOAD
from ostiary_audit.sink import trail_of
from ostiary_audit.tables import record

WHO = Who(Actor("user", "id-ada", "session"), Client("192.0.2.9", "curl/8"))
LEAKED = "hunter2-0d4c"
LONG = "x" * (MAX_PAYLOAD + 1)

SECRETS = re.compile(
    r"pass|secret|seed|code|cookie|otp|token|key|hash|csrf|private|value|answer|pin|salt|credential"
)
HARMLESS = {
    "audit.key key": "the public key",
    "token.* token": "the id of its row",
    "factor.* credential": "the id of its row",
}
"""Names that sound like a secret, and what it is that they hold."""


@pytest.fixture
def runtime(make_runtime: Houses) -> Runtime:
    return make_runtime(*(each.name for each in installed_plugins()))


def declared(runtime: Runtime) -> tuple[EventType, ...]:
    types = (*CORE_EVENTS, *runtime.plugins.event_types)
    # Of a package that brings none, this would hold nothing.
    assert {each.name.partition(".")[0] for each in types} >= {"sign-in", "token", "file", "audit"}
    return types


def suspicious(types: Iterable[EventType]) -> set[str]:
    """The fields that sound like a secret, each with the words of its type that explain it."""
    found = set()
    for kind in types:
        for each in (*kind.fields, *kind.tracked):
            if SECRETS.search(each.name):
                group = f"{kind.name.partition('.')[0]}.* {each.name}"
                found.add(group if group in HARMLESS else f"{kind.name} {each.name}")
    return found


def test_no_type_has_a_place_for_a_secret(runtime: Runtime) -> None:
    """Whatever sounds like one is explained here; a new one has to be."""
    assert suspicious(declared(runtime)) <= set(HARMLESS)
    loud = EventType("a.b", CORE_EVENTS[0].sentence, (EventField("reset_code"),))
    assert suspicious([loud]) == {"a.b reset_code"}


def test_what_a_type_does_not_declare_is_refused_and_nowhere_kept(runtime: Runtime) -> None:
    with runtime.store.write() as unit:
        for kind in declared(runtime):
            for where in ("details", "before", "after"):
                with pytest.raises(LookupError, match="declares no field undeclared"):
                    known: dict[str, Any] = {where: {"undeclared": LEAKED}}
                    runtime.recorder.record(unit, kind.name, WHO, subject=None, **known)
        runtime.recorder.record(unit, CORE_EVENTS[0].name, WHO, subject=None)
    assert [LEAKED.encode() in parts for parts in stored(runtime)] == [False]


def test_what_is_declared_is_cut_and_what_is_personal_can_be_erased(runtime: Runtime) -> None:
    """However much a field is given, no act fails; and its value stands on the right side."""
    marks: list[tuple[list[str], list[str]]] = []
    with runtime.store.write() as unit:
        for kind in declared(runtime):
            given: dict[str, Any] = {
                where: {each.name: f"<{kind.name} {each.name} {where}>{LONG}" for each in fields}
                for where, fields in (
                    ("details", kind.fields),
                    ("before", kind.tracked),
                    ("after", kind.tracked),
                )
            }
            runtime.recorder.record(unit, kind.name, WHO, subject=None, **given)
            marks.append((said(kind, personal=False), said(kind, personal=True)))
    rows = whole(runtime)
    assert len(rows) == len(marks)
    for row, (shared, personal) in zip(rows, marks, strict=True):
        payload, person = bytes(row.payload), bytes(row.person or b"")
        assert len(payload) <= MAX_PAYLOAD
        assert [each for each in shared if each.encode() not in payload] == []
        assert [each for each in personal if each.encode() not in person] == []
        assert [each for each in personal if each.encode() in payload] == []


def said(kind: EventType, *, personal: bool) -> list[str]:
    both: list[tuple[EventField, tuple[str, ...]]]
    both = [(each, ("details",)) for each in kind.fields]
    both += [(each, ("before", "after")) for each in kind.tracked]
    # Personal is what any field of this name is, wherever it stands.
    own = {each.name for each, _ in both if each.personal}
    return [
        f"<{kind.name} {each.name} {where}>"
        for each, places in both
        for where in places
        if (each.name in own) == personal
    ]


def whole(runtime: Runtime) -> list[Any]:
    assert trail_of(runtime.house).store is runtime.store
    with runtime.store.read() as connection:
        return list(connection.execute(select(record).order_by(record.c.n)))


def stored(runtime: Runtime) -> list[bytes]:
    return [
        b"".join(bytes(part) for part in (row.payload, row.place, row.person) if part)
        for row in whole(runtime)
    ]
