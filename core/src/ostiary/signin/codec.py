"""Challenges as JSON, so that they can be sealed into a row or a form and asked again."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from ostiary.contracts import (
    Ceremony,
    Challenge,
    Field,
    Form,
    Link,
    Picture,
    Redirect,
    Reveal,
    Text,
    Wait,
)
from ostiary.text import text_from_json, text_to_json


def challenge_to_bytes(challenge: Challenge, typed: str | None = None) -> bytes:
    """A checked challenge, its private state included, without what was only to be sent.

    With it goes the name that was typed for it, as budgets count it: it may be a person's
    address, or a password in the wrong field, and so is not stored open.
    """
    return json.dumps({**_to_json(challenge), "typed": typed}).encode()


def was_typed(data: bytes) -> str | None:
    """The name that was typed where the challenge was asked for, if one was."""
    typed: str | None = json.loads(data).get("typed")
    return typed


def was_sent(data: bytes) -> bool:
    """Whether something went out with the challenge, so that it may be sent again."""
    return bool(json.loads(data)["sent"])


def challenge_from_bytes(data: bytes) -> Challenge:
    """The challenge again. The data comes out of our own seal, so it is as it was written."""
    return _from_json(json.loads(data))


def _to_json(challenge: Challenge) -> dict[str, Any]:
    known: dict[str, Any] = {
        "kind": type(challenge).__name__,
        "text": text_to_json(challenge.text),
        "state": dict(challenge.state),
        "sent": challenge.mail is not None or challenge.send is not None,
    }
    if isinstance(challenge, Form):
        known["fields"] = [_field_to_json(field) for field in challenge.fields]
        known["reveals"] = [_reveal_to_json(shown) for shown in challenge.reveals]
        known["helper"] = None if challenge.helper is None else _to_json(challenge.helper)
        known["button"] = _maybe(challenge.button)
    elif isinstance(challenge, Ceremony):
        known["script"] = challenge.script
        known["options"] = dict(challenge.options)
        known["texts"] = [[name, text_to_json(text)] for name, text in challenge.texts]
    elif isinstance(challenge, Redirect):
        known["url"] = challenge.url
    else:
        assert isinstance(challenge, Wait)  # noqa: S101 - there are these four
        known["show"] = challenge.show
    return known


def _from_json(known: dict[str, Any]) -> Challenge:
    text, state = text_from_json(known["text"]), known["state"]
    match known["kind"]:
        case "Form":
            return Form(
                text=text,
                state=state,
                fields=tuple(_field_from_json(field) for field in known["fields"]),
                reveals=tuple(_reveal_from_json(shown) for shown in known["reveals"]),
                helper=_helper(known.get("helper")),
                button=_maybe_text(known.get("button")),
            )
        case "Ceremony":
            texts = tuple((name, text_from_json(said)) for name, said in known["texts"])
            return Ceremony(
                text=text,
                state=state,
                script=known["script"],
                options=known["options"],
                texts=texts,
            )
        case "Redirect":
            return Redirect(text=text, state=state, url=known["url"])
        case _:
            return Wait(text=text, state=state, show=known["show"])


def _helper(known: dict[str, Any] | None) -> Ceremony | None:
    found = None if known is None else _from_json(known)
    return found if isinstance(found, Ceremony) else None


def _field_to_json(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "label": text_to_json(field.label),
        "type": field.type,
        "autocomplete": field.autocomplete,
        "hint": _maybe(field.hint),
        "max_length": field.max_length,
    }


def _field_from_json(known: dict[str, Any]) -> Field:
    return Field(
        name=known["name"],
        label=text_from_json(known["label"]),
        type=known["type"],
        autocomplete=known["autocomplete"],
        hint=_maybe_text(known["hint"]),
        max_length=known["max_length"],
    )


def _reveal_to_json(shown: Reveal | Picture | Link) -> list[Any]:
    match shown:
        case Reveal():
            return ["reveal", text_to_json(shown.label), shown.value]
        case Picture():
            return ["picture", text_to_json(shown.alt), b64encode(shown.svg).decode()]
        case _:
            return ["link", text_to_json(shown.text), shown.url]


def _reveal_from_json(known: list[Any]) -> Reveal | Picture | Link:
    kind, text, value = known[0], text_from_json(known[1]), known[2]
    if kind == "reveal":
        return Reveal(text, value)
    if kind == "picture":
        return Picture(b64decode(value), text)
    return Link(text, value)


def _maybe(text: Text | None) -> Any:
    return None if text is None else text_to_json(text)


def _maybe_text(known: Any) -> Text | None:
    return None if known is None else text_from_json(known)
