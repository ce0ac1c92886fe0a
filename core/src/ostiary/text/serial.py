"""Texts as JSON, for the rows that outlive a request."""

from __future__ import annotations

from typing import Any

from ostiary.contracts import Text, TextValue

MAX_DEPTH = 8
_KEYS = frozenset({"domain", "id", "values", "plural", "n", "context"})


def text_to_json(text: Text) -> dict[str, Any]:
    """A text as JSON values; :func:`text_from_json` gives back an equal text.

    Raises:
        ValueError: texts are nested deeper than ``MAX_DEPTH``.
    """
    return _to_json(text, MAX_DEPTH)


def _to_json(text: Text, depth: int) -> dict[str, Any]:
    if depth == 0:
        raise ValueError(f"a text is nested deeper than {MAX_DEPTH}")
    # Pairs rather than an object: their order survives every JSON column.
    values = [
        [name, _to_json(value, depth - 1) if isinstance(value, Text) else value]
        for name, value in text.values
    ]
    optional = {"plural": text.plural, "n": text.n, "context": text.context}
    given = {key: value for key, value in optional.items() if value is not None}
    return {"domain": text.domain, "id": text.id, "values": values, **given}


def text_from_json(data: object) -> Text:
    """The text that :func:`text_to_json` wrote.

    Raises:
        ValueError: the data is anything else; the message holds nothing of it.
    """
    return _from_json(data, MAX_DEPTH)


def _from_json(data: object, depth: int) -> Text:
    if depth == 0:
        raise ValueError(f"a text is nested deeper than {MAX_DEPTH}")
    if not isinstance(data, dict) or not data.keys() <= _KEYS:
        raise ValueError("a text is an object of domain, id, values, plural, n and context")
    plural, n = _optional_str(data, "plural"), data.get("n")
    if (plural is None) != (n is None) or not (n is None or _is_int(n)):
        raise ValueError("a text that counts has a plural and an integer n; others have neither")
    return Text(
        domain=_str(data, "domain"),
        id=_str(data, "id"),
        values=_values(data.get("values"), depth),
        plural=plural,
        n=n,
        context=_optional_str(data, "context"),
    )


def _values(data: object, depth: int) -> tuple[tuple[str, TextValue], ...]:
    if not isinstance(data, list):
        raise ValueError("the values of a text are a list of pairs")  # noqa: TRY004
    pairs = tuple(_pair(item, depth) for item in data)
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a value of a text is given twice")
    return pairs


def _pair(item: object, depth: int) -> tuple[str, TextValue]:
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], str):  # noqa: PLR2004
        raise ValueError("a value of a text is a pair of name and value")
    name, value = item
    if isinstance(value, str) or _is_int(value):
        return name, value
    return name, _from_json(value, depth - 1)


def _str(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise ValueError(f"the {key} of a text is a string")  # noqa: TRY004
    return value


def _optional_str(data: dict[str, Any], key: str) -> str | None:
    return None if data.get(key) is None else _str(data, key)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
