"""Holding what a factor answers to its contract, before anything is made of it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from ostiary.contracts import (
    JSON,
    Ceremony,
    Challenge,
    Enrolled,
    Form,
    Link,
    Properties,
    Redirect,
    Refused,
    Strength,
    Verified,
)
from ostiary.mail.letter import Letter
from ostiary.plugins.shapes import fault_in

FIELD_TYPES = frozenset({"text", "password", "code"})
RESERVED = frozenset(
    {
        "name",
        "address",
        "label",
        "challenge",
        "csrf_token",
        "next",
        "with",
        "again",
        "at_once",
        "remember",
    }
)
STATE_LIMIT = 64 * 1024
MARK_LIMIT = 2**63 - 1
LOOKUP_LIMIT = 1400

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_REASON = re.compile(r"[a-z][a-z0-9-]{0,63}")
_SCRIPT = re.compile(
    r"[a-z][a-z0-9_]*:([A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.js"
)
_UNSAFE_LINKS = frozenset({"", "javascript", "vbscript", "data", "blob", "filesystem", "file"})


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
    if value is None:
        return
    try:
        # Whatever a field holds instead of what it declares, reading it may raise anything.
        fault = fault_in(value)
        if fault is None:
            _check(value, properties)
    except Unsound:
        raise
    except Exception as error:  # noqa: BLE001 - it is the plugin's, whatever it is
        raise Unsound(f"unsound: {type(error).__name__}") from None
    if fault is not None:
        raise Unsound(fault)


def claimed(properties: Properties, strength: Strength | None) -> Strength:
    """What an answer proves: what it claims, cut to what the factor can prove."""
    most = properties.strength
    return most if strength is None else strength.cut_to(most)


def _need(condition: bool, what: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not condition:
        raise Unsound(f"unsound {what}")


def _check(value: Any, properties: Properties) -> None:
    """What the types of the fields do not say."""
    if isinstance(value, Challenge):
        _check_challenge(value)
    elif isinstance(value, Enrolled):
        _need(_is_json(value.public), "public data")
        lookup = value.lookup or ""
        _need(len(lookup) <= LOOKUP_LIMIT and "\0" not in lookup, "lookup key")
        _need(_is_mark(value.mark), "mark")
        _check_strength(value.strength, properties)
    elif isinstance(value, Verified):
        _need(value.public is None or _is_json(value.public), "public data")
        _need(_is_mark(value.mark), "mark")
        _check_strength(value.strength, properties)
    elif isinstance(value, Refused):
        _need(_REASON.fullmatch(value.reason) is not None, "reason")


def _check_challenge(challenge: Challenge) -> None:
    _need(_is_json(challenge.state), "state")
    if challenge.mail is not None:
        # Now, and not when the challenge is stored: a letter with a wrong link is refused.
        Letter.addressed("somebody@example.org", challenge.mail, None, None)
    if isinstance(challenge, Form):
        _check_form(challenge)
    elif isinstance(challenge, Ceremony):
        _need(_SCRIPT.fullmatch(challenge.script) is not None, "script")
        _need(_is_json(challenge.options), "options")
    elif isinstance(challenge, Redirect):
        target = urlsplit(challenge.url)
        _need(target.scheme in {"https", "http"} and bool(target.netloc), "url")


def _check_form(form: Form) -> None:
    names = [field.name for field in form.fields]
    _need(len(set(names)) == len(names) and not RESERVED & set(names), "field names")
    for field in form.fields:
        _need(_FIELD_NAME.fullmatch(field.name) is not None, "field name")
        _need(field.type in FIELD_TYPES, "field type")
        _need(field.max_length > 0, "field length")
    if form.helper is not None:
        _check_challenge(form.helper)
    for shown in form.reveals:
        if isinstance(shown, Link):
            _need(urlsplit(shown.url).scheme not in _UNSAFE_LINKS, "link")


def _check_strength(strength: Strength | None, properties: Properties) -> None:
    if strength is None:
        _need(len(properties.strength.kinds) == 1, "strength: the factor can prove two kinds")
    else:
        _need(bool(strength.cut_to(properties.strength).kinds), "strength: it proves nothing")


def _is_mark(mark: int | None) -> bool:
    return mark is None or 0 <= mark <= MARK_LIMIT


def _is_json(value: JSON) -> bool:
    """Whether it is a JSON object of a bearable size that comes back as it went."""
    try:
        written = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    # A tuple comes back as a list, a number as a key comes back as text.
    return len(written) <= STATE_LIMIT and json.loads(written) == dict(value)
