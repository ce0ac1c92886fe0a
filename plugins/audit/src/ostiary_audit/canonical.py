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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice
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
_quoted = json.encoder.encode_basestring
_OUTCOMES = {outcome: _quoted(outcome.value) for outcome in Outcome}
_SHA256 = hashlib.sha256()


@dataclass(frozen=True, slots=True)
class Written:
    """An event as it is stored."""

    payload: bytes
    place: bytes | None
    person: bytes | None


def canonical(value: object) -> bytes:
    """JSON in one form only (RFC 8785)."""
    return _bytes(_ENCODER.encode(value))


def written(event: Event) -> Written:
    """The bytes of an event. What is too long for a bundle is cut, never refused.

    Every act waits for this, and finds it in no cache of the processor: what counts is how much
    code it touches. So the JSON is put together here, member after member in the order of their
    names, by few functions: dictionaries that are filled, sorted and encoded cost three times as
    much.
    """
    salts, personal = os.urandom(2 * SALT), event.personal
    place, person = _place(salts[:SALT], event.client), None
    diffs: tuple[Details, ...] = (event.after, event.before, event.details)
    if personal:
        person = _person(salts[SALT:], *(_only(each, personal) for each in diffs))
        diffs = tuple(_without(each, personal) for each in diffs)
    rest = _rest(event, place, person)
    text = f'{{"actor":{{{_actor(event.actor)}}}{_diffs(*diffs)}{rest}}}'
    # A lone surrogate has no UTF-8, and must not stop an act.
    payload = text.encode("utf-8", "replace")
    return Written(payload if len(payload) <= MAX_PAYLOAD else _fitting(payload), place, person)


def hashed(blob: bytes | None) -> str | None:
    """What the payload says of a blob."""
    if blob is None:
        return None
    # To look the algorithm up each time takes longer than to use it.
    found = _SHA256.copy()
    found.update(blob)
    return found.hexdigest()


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
    # To have the offset written and cut off again would take twice as long.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """The time that :func:`stamp` wrote."""
    return datetime.fromisoformat(text)


def _actor(actor: Actor) -> str:
    text = f'"kind":{_quoted(actor.kind)},"means":{_quoted(actor.means)}'
    if actor.delegates:
        text = f'"delegates":{_texts(actor.delegates)},{text}'
    if actor.credential:
        text = f'"credential":{_quoted(actor.credential)},{text}'
    if actor.session:
        text += f',"session":{_quoted(actor.session)}'
    if actor.shown:
        text += f',"shown":{_quoted(actor.shown)}'
    return f'{text},"user":{_quoted(actor.user)}' if actor.user else text


def _diffs(after: Details, before: Details, details: Details) -> str:
    text = ""
    if after:
        text = f',"after":{_details(after)}'
    if before:
        text += f',"before":{_details(before)}'
    if details:
        text += f',"details":{_details(details)}'
    return text


def _rest(event: Event, place: bytes | None, person: bytes | None) -> str:
    """The members that come after those of :func:`_diffs`."""
    text = f',"id":{_quoted(event.id)},"outcome":{_OUTCOMES[event.outcome]}'
    if person is not None:
        text += f',"person":"{hashed(person)}"'
    if place is not None:
        text += f',"place":"{hashed(place)}"'
    if event.proofs:
        text += f',"proofs":[{",".join(map(_proof_text, event.proofs))}]'
    if event.reason:
        text += f',"reason":{_quoted(event.reason)}'
    if event.request:
        text += f',"request":{_quoted(event.request)}'
    if (resource := event.resource) is not None:
        name = _quoted(resource.name)
        owners = f',"owners":{_texts(resource.owners)}' if resource.owners else ""
        text += f',"resource":{{"kind":{_quoted(resource.kind)},"name":{name}{owners}}}'
    if event.sentence:
        text += f',"sentence":{_quoted(event.sentence)}'
    if event.subject:
        text += f',"subject":{_quoted(event.subject)}'
    return f'{text},"time":"{stamp(event.time)}","type":{_quoted(event.type)},"v":1'


def _proof_text(proof: Proof) -> str:
    text = f'"at":"{stamp(proof.at)}"'
    if proof.credential:
        text += f',"credential":{_quoted(proof.credential)}'
    text += f',"factor":{_quoted(proof.factor)}'
    if proof.strength.kinds:
        text += f',"kinds":{_kinds(proof.strength.kinds)}'
    if proof.recovery:
        text += ',"recovery":true'
    if proof.strength.phishing_resistant:
        text += ',"resistant":true'
    return f"{{{text}}}"


def _details(values: Details) -> str:
    members = [f"{_quoted(name)}:{_value(values[name])}" for name in sorted(values)]
    return f"{{{','.join(members)}}}"


def _value(value: object) -> str:
    return _quoted(value) if type(value) is str else _ENCODER.encode(value)


def _texts(values: Iterable[str]) -> str:
    texts = [_quoted(each) for each in islice(values, MAX_NAMES)]
    return f"[{','.join(texts)}]"


@cache
def _kinds(kinds: frozenset[Kind]) -> str:
    return _texts(sorted(kind.value for kind in kinds))


def _only(details: Details, personal: frozenset[str]) -> Details:
    """What is about a person."""
    return {name: value for name, value in details.items() if name in personal}


def _without(details: Details, personal: frozenset[str]) -> Details:
    """What anybody may know."""
    return {name: value for name, value in details.items() if name not in personal}


def _place(salt: bytes, client: Client) -> bytes | None:
    text = f'"address":{_quoted(client.address)}' if client.address else ""
    if client.agent:
        text += f'{"," if text else ""}"agent":{_quoted(client.agent)}'
    return _blob(salt, text) if text else None


def _person(salt: bytes, after: Details, before: Details, details: Details) -> bytes | None:
    text = _diffs(after, before, details)
    return _blob(salt, text[1:]) if text else None


def _blob(salt: bytes, members: str) -> bytes:
    if len(members) > MAX_TEXT:
        return salt + canonical(_cut(json.loads(f"{{{members}}}")))
    return salt + _bytes(f"{{{members}}}")


def _fitting(payload: bytes) -> bytes:
    """The same, with what is too long cut until a bundle can hold it."""
    for most in (MAX_TEXT, MAX_TEXT // 10):
        if len(payload) > MAX_PAYLOAD:
            payload = canonical(_cut(json.loads(payload), most))
    return payload


def _bytes(text: str) -> bytes:
    # A lone surrogate has no UTF-8, and must not stop an act.
    return text.encode("utf-8", "replace")


def _cut(value: Any, most: int = MAX_TEXT) -> Any:
    """The same, with no text longer than that, and lists as short as they need be."""
    if isinstance(value, str):
        return value if len(value) <= most else f"{value[:most]}…"
    if isinstance(value, Mapping):
        return {name: _cut(each, most) for name, each in list(value.items())[:MAX_FIELDS]}
    if isinstance(value, Sequence):
        return [_cut(each, most) for each in value[:MAX_FIELDS]]
    return value


def _proof(values: Mapping[str, Any]) -> Proof:
    kinds = frozenset(Kind(each) for each in values.get("kinds", ()))
    return Proof(
        factor=values["factor"],
        credential=values.get("credential"),
        strength=Strength(kinds, bool(values.get("resistant"))),
        at=moment(values["at"]),
        recovery=bool(values.get("recovery")),
    )
