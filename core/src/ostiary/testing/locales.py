"""Pseudo-locales: they show what no translator could have reached, and what does not fit.

``en-XA`` has accents, is longer and stands in brackets: plain English on a page is a literal
that was never made translatable, a bracket in mid-sentence one that was put together. ``ar-XB``
runs from right to left.
"""

from __future__ import annotations

import re

from ostiary.contracts import Text, TextValue
from ostiary.text.moments import moment_of

_PLACEHOLDER = re.compile(r"(\$\{\w+\})")
_ACCENTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻḾÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
_PADDING = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
# UAX #9, section 2.2 and 2.4: override to the right-to-left and its end; first-strong isolate.
_RLO, _PDF, _FSI, _PDI = "\u202e", "\u202c", "\u2068", "\u2069"


class PseudoLocalization:
    """A Localization for tests: English, ``en-XA`` and ``ar-XB``, without any catalog."""

    locales: tuple[str, ...] = ("en", "en-XA", "ar-XB")

    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """The preferred locale where it is one of these, else the first that is accepted."""
        asked = [preferred or "", *accept_language.split(",")]
        for tag in (part.partition(";")[0].strip().replace("_", "-") for part in asked):
            for locale in self.locales:
                if tag.lower() == locale.lower():
                    return locale
        return "en"

    def say(self, text: Text, locale: str, /) -> str:
        """The English sentence, disguised; the values within it as they are."""
        source = text.id if text.plural is None or text.n == 1 else text.plural
        values = {name: self._word(value, locale) for name, value in text.values}
        tag = locale.replace("_", "-")
        if tag == "en-XA":
            return Text.fill(_accented(source), values)
        if tag == "ar-XB":
            isolated = {name: f"{_FSI}{value}{_PDI}" for name, value in values.items()}
            return Text.fill(_mirrored(source), isolated)
        return Text.fill(source, values)

    def _word(self, value: TextValue, locale: str) -> str:
        if isinstance(value, Text) and moment_of(value) is None:
            return self.say(value, locale)
        return str(value)

    def direction(self, locale: str, /) -> str:
        """``rtl`` for ar-XB."""
        return "rtl" if locale.replace("_", "-") == "ar-XB" else "ltr"


def _accented(source: str) -> str:
    parts = _PLACEHOLDER.split(source)
    # The odd parts are the placeholders.
    said = "".join(p if i % 2 else p.translate(_ACCENTED) for i, p in enumerate(parts))
    wanted, padding = len(source) * 2 // 5, ""
    while len(padding) < wanted:
        padding += " " + _PADDING[len(padding.split()) % len(_PADDING)]
    return f"[{said}{padding}]"


def _mirrored(source: str) -> str:
    parts = _PLACEHOLDER.split(source)
    return "".join(p if i % 2 or not p else f"{_RLO}{p}{_PDF}" for i, p in enumerate(parts))
