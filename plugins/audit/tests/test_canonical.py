"""Events as bytes: one form each, and nothing of a person where it cannot be erased."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ostiary.contracts import Actor, Client, Event, Kind, Outcome, Proof, Resource, Strength
from ostiary_audit.canonical import MAX_PAYLOAD, SALT, canonical, read, retrieved, written

NOW = datetime(2027, 1, 31, 12, 0, 0, 7, UTC)
FULL = Event(
    id="01a",
    type="thing.done",
    time=NOW,
    outcome=Outcome.REFUSED,
    subject="id-ada",
    actor=Actor("user", "id-bob", "tokens", "cred", ("ci.example", "deploy"), None, "shown"),
    client=Client("192.0.2.9", "curl/8"),
    request="request",
    resource=Resource("project", "acme", ("id-ada", "id-eve")),
    reason="because",
    details={"count": 0, "label": "Ada's key", "nothing": None},
    before={"label": "old"},
    after={"label": "new", "color": "red"},
    personal=frozenset({"label"}),
    proofs=(Proof("totp", "c", Strength(frozenset({Kind.HAVE}), True), NOW, True),),
    sentence="${actor} did it.",
)

texts = st.text(max_size=30)
details = st.dictionaries(texts, st.one_of(texts, st.integers(), st.none()), max_size=4)


def test_what_was_written_is_read_again() -> None:
    made = written(FULL)
    assert retrieved(read(made.payload), made.place, made.person) == FULL


@given(details, details, st.sets(texts, max_size=3), texts, texts)
def test_any_event_is_read_again(
    first: dict[str, str | int | None],
    second: dict[str, str | int | None],
    personal: set[str],
    agent: str,
    reason: str,
) -> None:
    """Whatever stands in its fields: no text of anybody's breaks the form of a record."""
    event = replace(
        FULL,
        details=first,
        before=second,
        client=Client(None, agent),
        reason=reason or None,
        personal=frozenset(personal),
    )
    made = written(event)
    found = retrieved(read(made.payload), made.place, made.person)
    assert (found.details, found.before, found.client) == (first, second, event.client)
    assert canonical(read(made.payload)) == made.payload


def test_nothing_that_can_identify_somebody_is_in_what_is_signed() -> None:
    made = written(FULL)
    for secret in (b"192.0.2.9", b"curl", b"Ada's key", b"old", b"new"):
        assert secret not in made.payload
    assert b"red" in made.payload


def test_the_payload_holds_the_hashes_of_salted_blobs() -> None:
    """The same address gives another hash each time: nobody finds it by trying addresses."""
    first, second = written(FULL), written(FULL)
    for made in (first, second):
        known = read(made.payload)
        for name, blob in (("place", made.place), ("person", made.person)):
            assert blob is not None
            assert known[name] == hashlib.sha256(blob).hexdigest()
    assert first.place is not None
    assert second.place is not None
    assert first.place[SALT:] == second.place[SALT:]
    assert first.place != second.place


def test_without_its_blobs_an_event_is_the_same_but_for_what_was_erased() -> None:
    made = written(FULL)
    found = retrieved(read(made.payload), None, None)
    assert found == replace(
        FULL,
        client=Client(),
        details={"count": 0, "nothing": None},
        before={},
        after={"color": "red"},
        personal=frozenset(),
    )


def test_what_is_too_long_for_a_bundle_is_cut_and_never_refused() -> None:
    """An act must not fail because somebody typed too much."""
    event = replace(
        FULL,
        details={f"f{n}": "ä" * 5000 for n in range(60)},
        reason="r" * 100_000,
        resource=Resource("project", "n" * 10_000, tuple(f"id-{n}" for n in range(5000))),
        actor=replace(FULL.actor, delegates=tuple("d" * 300 for _ in range(300))),
    )
    made = written(event)
    assert len(made.payload) <= MAX_PAYLOAD
    assert read(made.payload)["reason"].endswith("…")


def test_a_lone_surrogate_stops_nothing() -> None:
    made = written(replace(FULL, reason="a\ud800b"))
    assert json.loads(made.payload)["reason"] == "a?b"
