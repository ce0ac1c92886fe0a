"""Events as bytes: the same event is always the same bytes, and back again.

The payload is JSON as RFC 8785 has it: sorted keys (all ASCII), no white space, UTF-8, here only of
objects, lists, texts, integers and truth values. What is empty is left out.

What can identify somebody is in two blobs beside the payload: ``place`` (address and client) and
``person`` (the fields that their type declares personal). Each begins with a salt of its own, and
the payload holds its SHA-256: a blob can be erased, and nothing that was signed changes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ostiary.contracts import (
    Actor,
    Client,
    Details,
    Event,
    Kind,
    Outcome,
    Proof,
    Resource,
    Strength,
)

Payload: TypeAlias = Mapping[str, Any]

MAX_PAYLOAD = 65_535
"""The longest entry that a bundle of tlog-tiles can hold, in bytes."""

SALT = 16
MAX_TEXT = 1000
MAX_NAMES = 200
MAX_FIELDS = 50
_DIFFS = ("details", "before", "after")
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it is stored."""

    payload: bytes
    place: bytes | None
    person: bytes | None


def canonical(value: object) -> bytes:
    """JSON in one form only (RFC 8785)."""
    # A lone surrogate has no UTF-8, and must not stop an act.
    return _ENCODER.encode(value).encode("utf-8", "replace")


def written(event: Event) -> Written:
    """The bytes of an event. What is too long for a bundle is cut, never refused."""
    salts = os.urandom(2 * SALT)
    place = _blob(salts[:SALT], {"address": event.client.address, "agent": event.client.agent})
    split = {name: _split(getattr(event, name), event.personal) for name in _DIFFS}
    person = _blob(salts[SALT:], {name: own for name, (_, own) in split.items()})
    known = _known(event, {name: shared for name, (shared, _) in split.items()})
    known["place"], known["person"] = hashed(place), hashed(person)
    payload = canonical(_filled(known))
    for most in (MAX_TEXT, MAX_TEXT // 10):
        if len(payload) > MAX_PAYLOAD:
            payload = canonical(_filled(_cut(known, most)))
    return Written(payload, place, person)


def hashed(blob: bytes | None) -> str | None:
    """What the payload says of a blob."""
    return None if blob is None else hashlib.sha256(blob).hexdigest()


def read(payload: bytes) -> Payload:
    """The JSON of a payload.

    Raises:
        ValueError: it is none.
    """
    found = json.loads(payload)
    if not isinstance(found, dict):
        raise ValueError("a payload is an object")  # noqa: TRY004 - as json.loads does.
    return found


def blob_values(blob: bytes | None) -> Mapping[str, Any]:
    """What is in a blob; nothing where it was erased."""
    return {} if blob is None else read(blob[SALT:])


def retrieved(payload: Payload, place: bytes | None, person: bytes | None) -> Event:
    """The event, without what was erased."""
    where, whose = blob_values(place), blob_values(person)
    actor, resource = payload["actor"], payload.get("resource")
    diffs = {name: {**payload.get(name, {}), **whose.get(name, {})} for name in _DIFFS}
    return Event(
        id=payload["id"],
        type=payload["type"],
        time=moment(payload["time"]),
        outcome=Outcome(payload["outcome"]),
        subject=payload.get("subject"),
        actor=Actor(**{**actor, "delegates": tuple(actor.get("delegates", ()))}),
        client=Client(where.get("address"), where.get("agent", "")),
        request=payload.get("request"),
        resource=None
        if resource is None
        else Resource(resource["kind"], resource["name"], tuple(resource.get("owners", ()))),
        reason=payload.get("reason"),
        personal=frozenset(name for each in whose.values() for name in each),
        proofs=tuple(_proof(each) for each in payload.get("proofs", ())),
        sentence=payload.get("sentence", ""),
        **diffs,
    )


def stamp(at: datetime) -> str:
    """A time in UTC, to the microsecond (RFC 3339)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """The time that :func:`stamp` wrote."""
    return datetime.fromisoformat(text)


def _known(event: Event, shared: Mapping[str, Details]) -> dict[str, Any]:
    actor, resource = event.actor, event.resource
    return {
        "v": 1,
        "id": event.id,
        "type": event.type,
        "time": stamp(event.time),
        "outcome": event.outcome.value,
        "subject": event.subject,
        "actor": _filled(
            {
                "kind": actor.kind,
                "user": actor.user,
                "means": actor.means,
                "credential": actor.credential,
                "delegates": list(actor.delegates[:MAX_NAMES]),
                "session": actor.session,
                "shown": actor.shown,
            }
        ),
        "request": event.request,
        "resource": None
        if resource is None
        else _filled(
            {
                "kind": resource.kind,
                "name": resource.name,
                "owners": list(resource.owners[:MAX_NAMES]),
            }
        ),
        "reason": event.reason,
        "proofs": [_proof_values(each) for each in event.proofs],
        "sentence": event.sentence,
        **shared,
    }


def _split(details: Details, personal: frozenset[str]) -> tuple[Details, Details]:
    """What anybody may know, and what is about a person."""
    if not personal or not details:
        return details, {}
    shared = {name: value for name, value in details.items() if name not in personal}
    return shared, {name: value for name, value in details.items() if name in personal}


def _blob(salt: bytes, values: Mapping[str, object]) -> bytes | None:
    found = _filled(values)
    return salt + canonical(_cut(found)) if found else None


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in values.items() if v is not None and v not in ("", {}, [])}


def _cut(value: Any, most: int = MAX_TEXT) -> Any:
    """The same, with no text longer than that, and lists as short as they need be."""
    if isinstance(value, str):
        return value if len(value) <= most else f"{value[:most]}…"
    if isinstance(value, Mapping):
        return {name: _cut(each, most) for name, each in list(value.items())[:MAX_FIELDS]}
    if isinstance(value, Sequence):
        return [_cut(each, most) for each in value[:MAX_FIELDS]]
    return value


def _proof_values(proof: Proof) -> dict[str, Any]:
    return _filled(
        {
            "factor": proof.factor,
            "credential": proof.credential,
            "kinds": sorted(kind.value for kind in proof.strength.kinds),
            "resistant": proof.strength.phishing_resistant or None,
            "at": stamp(proof.at),
            "recovery": proof.recovery or None,
        }
    )


def _proof(values: Mapping[str, Any]) -> Proof:
    kinds = frozenset(Kind(each) for each in values.get("kinds", ()))
    return Proof(
        factor=values["factor"],
        credential=values.get("credential"),
        strength=Strength(kinds, bool(values.get("resistant"))),
        at=moment(values["at"]),
        recovery=bool(values.get("recovery")),
    )
