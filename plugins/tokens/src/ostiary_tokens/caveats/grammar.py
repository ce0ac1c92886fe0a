"""How a caveat is written: a JSON array of its kind's name and its arguments, in one way only.

``["exp",1790000000]``: texts, whole numbers and arrays of them, no white space, no escape that
could be a letter. What is written in any other way is not read, so that two texts never mean one
thing and one never two.
"""

from __future__ import annotations

import json
from typing import Any

from ostiary_tokens.caveats.contract import Argument, Unreadable

_MOST_BRACKETS = 40
_MOST_NUMBER = 1 << 53
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def written(kind: str, *arguments: Argument) -> bytes:
    """A caveat, as it is signed.

    Raises:
        Unreadable: it could not be read back.
    """
    caveat = [kind, *arguments]
    _check(caveat)
    try:
        encoded = _encode(caveat).encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable("half a character") from None
    _bound(encoded)
    return encoded


def read(caveat: bytes) -> tuple[str, tuple[Argument, ...]]:
    """The name of its kind, and its arguments.

    Raises:
        Unreadable: it is not of this form.
    """
    _bound(caveat)
    try:
        value: Any = json.loads(caveat.decode("utf-8"))
        again = _encode(value).encode("utf-8")
    except ValueError:
        raise Unreadable("not JSON") from None
    if again != caveat or not isinstance(value, list) or not value:
        raise Unreadable("not an array in the one form that is read")
    _check(value)
    kind = value[0]
    if not isinstance(kind, str):
        raise Unreadable("without a kind")
    return kind, tuple(_frozen(each) for each in value[1:])


def _bound(caveat: bytes) -> None:
    """Bound the nesting before anything is parsed; brackets within texts count, and are rare."""
    if caveat.count(b"[") + caveat.count(b"{") > _MOST_BRACKETS:
        raise Unreadable("too many brackets")


def _check(value: object) -> None:
    if isinstance(value, (list, tuple)):
        for each in value:
            _check(each)
    elif type(value) is int:
        if abs(value) >= _MOST_NUMBER:
            raise Unreadable("a number that not every reader of JSON holds")
    elif type(value) is not str:
        raise Unreadable("neither a text, nor a whole number, nor an array")


def _frozen(value: Any) -> Argument:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
