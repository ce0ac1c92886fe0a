"""Holding what a factor answers to its contract, before anything is made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ostiary.contracts import (
    Ceremony,
    Challenge,
    Credential,
    Enrolled,
    Field,
    Form,
    Link,
    Mail,
    Picture,
    Properties,
    Redirect,
    Refused,
    Reveal,
    Strength,
    Text,
    Verified,
    Wait,
)

FIELD_TYPES = frozenset({"text", "password", "code"})
RESERVED = frozenset({"name", "address", "label", "challenge", "csrf_token", "next", "with"})
STATE_LIMIT = 64 * 1024
MARK_LIMIT = 2**63 - 1

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_REASON = re.compile(r"[a-z][a-z0-9-]{0,63}")
_SCRIPT = re.compile(r"[a-z][a-z0-9_]*:[A-Za-z0-9_./-]+\.js")


class Unsound(ValueError):
    """An answer that breaks its contract; the message says how, and holds no value."""


def check_answer(value: Any, allowed: tuple[type, ...], properties: Properties) -> None:
    """Whether an answer is one of these types, exactly, and sound in all its parts.

    Raises:
        Unsound: it is not. A subclass is not accepted: nothing of a plugin's own making may
            decide what "yes" means.
    """
    if type(value) not in allowed:
        raise Unsound(f"not one of {', '.join(kind.__name__ for kind in allowed)}")
    if isinstance(value, Challenge):
        _check_challenge(value)
    elif isinstance(value, Enrolled):
        _check_enrolled(value, properties)
    elif isinstance(value, Verified):
        _check_verified(value, properties)
    elif isinstance(value, Refused):
        _need(_REASON.fullmatch(value.reason) is not None, "reason")
        _need(isinstance(value.text, Text), "text")


def claimed(properties: Properties, strength: Strength | None) -> Strength:
    """What an answer proves: what it claims, cut to what the factor can prove."""
    most = properties.strength
    return most if strength is None else strength.cut_to(most)


def _need(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise Unsound(f"unsound {what}")


def _check_challenge(challenge: Challenge) -> None:
    _need(isinstance(challenge.text, Text), "text")
    _need(_is_json(challenge.state), "state")
    _need(challenge.mail is None or isinstance(challenge.mail, Mail), "mail")
    _need(challenge.send is None or callable(challenge.send), "send")
    if isinstance(challenge, Form):
        _check_form(challenge)
    elif isinstance(challenge, Ceremony):
        _need(_SCRIPT.fullmatch(challenge.script) is not None, "script")
        _need(_is_json(challenge.options), "options")
        _need(all(isinstance(text, Text) for _, text in challenge.texts), "texts")
    elif isinstance(challenge, Redirect):
        target = urlsplit(challenge.url)
        _need(target.scheme in {"https", "http"} and bool(target.netloc), "url")
    elif isinstance(challenge, Wait):
        _need(challenge.show is None or isinstance(challenge.show, str), "number to match")


def _check_form(form: Form) -> None:
    names = [field.name for field in form.fields]
    _need(all(type(field) is Field for field in form.fields), "field")
    _need(len(set(names)) == len(names) and not RESERVED & set(names), "field names")
    for field in form.fields:
        _need(_FIELD_NAME.fullmatch(field.name) is not None, "field name")
        _need(field.type in FIELD_TYPES and isinstance(field.label, Text), "field")
    for shown in form.reveals:
        _need(type(shown) in (Reveal, Picture, Link), "reveal")
        if isinstance(shown, Link):
            _need(urlsplit(shown.url).scheme not in ("", "javascript", "data"), "link")


def _check_enrolled(enrolled: Enrolled, properties: Properties) -> None:
    _need(isinstance(enrolled.label, Text), "label")
    _need(_is_json(enrolled.public), "public data")
    _need(type(enrolled.secret) is bytes, "secret")
    _need(enrolled.lookup is None or type(enrolled.lookup) is str, "lookup key")
    _need(enrolled.chosen is None or type(enrolled.chosen) is str, "chosen secret")
    _need(_is_mark(enrolled.mark), "mark")
    _check_strength(enrolled.strength, properties)


def _check_verified(verified: Verified, properties: Properties) -> None:
    _need(type(verified.credential) is Credential, "credential")
    _need(_is_mark(verified.mark), "mark")
    _need(verified.public is None or _is_json(verified.public), "public data")
    _need(verified.secret is None or type(verified.secret) is bytes, "secret")
    _need(verified.notice is None or isinstance(verified.notice, Text), "notice")
    _check_strength(verified.strength, properties)


def _check_strength(strength: Strength | None, properties: Properties) -> None:
    if strength is None:
        _need(len(properties.strength.kinds) == 1, "strength: the factor can prove two kinds")
    else:
        _need(type(strength) is Strength, "strength")
        _need(bool(strength.cut_to(properties.strength).kinds), "strength: it proves nothing")


def _is_mark(mark: Any) -> bool:
    return mark is None or (type(mark) is int and 0 <= mark <= MARK_LIMIT)


def _is_json(value: Any) -> bool:
    """Whether it is a JSON object of a bearable size that comes back as it went."""
    if not isinstance(value, Mapping):
        return False
    try:
        written = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return len(written) <= STATE_LIMIT
