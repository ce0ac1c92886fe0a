"""Texts in HTML: the translation is escaped, a value that is markup already is kept."""

from __future__ import annotations

import re
import secrets

from markupsafe import Markup, escape

from ostiary.contracts import Text, TextValue
from ostiary.text.marking import marked, told

# What stands in for a markup value while the sentence is translated and escaped. Private-use
# characters around a number that nobody outside this process knows: no other value can forge it.
_NONCE = secrets.token_hex(8)
_MASK = re.compile(f"\ue000{_NONCE}\\.(\\d+)\ue001")


def say_html(text: Text) -> Markup:
    """The text in the current locale, escaped: neither translator nor value can add markup.

    Only a value that is ``Markup`` (made by the template or the program) stays markup.
    """
    kept: list[Markup] = []
    said, language = told(_masked(text, kept) if text.values else text)
    escaped = escape(said)
    if kept:
        escaped = Markup(_MASK.sub(lambda match: kept[int(match[1])], str(escaped)))  # noqa: S704
    return escaped if language is None else marked(escaped, language)


def _masked(text: Text, kept: list[Markup]) -> Text:
    if not any(isinstance(value, (Markup, Text)) for _, value in text.values):
        return text
    values = tuple((name, _mask(value, kept)) for name, value in text.values)
    return Text(text.domain, text.id, values, text.plural, text.n, text.context)


def _mask(value: TextValue, kept: list[Markup]) -> TextValue:
    if isinstance(value, Text):
        return _masked(value, kept)
    if not isinstance(value, Markup):
        return value
    kept.append(value)
    return f"\ue000{_NONCE}.{len(kept) - 1}\ue001"
