"""One offered language, speaking: its catalogs, each read when it is first asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from babel import Locale
from babel.numbers import format_decimal

from ostiary.contracts import Text, TextValue
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.layers import Layers
from ostiary_i18n.tags import Tag

_FSI, _PDI = "\u2068", "\u2069"
_PLAIN = 1000
"""Numbers below have no digits to group; all are in the digits that forms take."""


@dataclass(frozen=True, slots=True)
class Found:
    """A translation, and the catalog that has it; ``catalog`` is None for the source."""

    sentence: str
    catalog: Catalog | None


class Voice:
    """Puts texts into words in one locale.

    Args:
        name: as BCP 47 writes it.
        tag: the same, its script filled in.
        locale: CLDR's data for it.
        layers: where translations are.
    """

    def __init__(self, name: str, tag: Tag, locale: Locale, layers: Layers) -> None:
        self.name = name
        self.tag = tag
        self.locale = locale
        self.direction = locale.text_direction
        self._isolates = self.direction == "rtl"
        self._layers = layers
        self._chains: dict[str, tuple[Catalog, ...]] = {}
        self._loading = threading.Lock()

    def say(self, text: Text) -> str:
        """The text in this locale, or its source."""
        sentence = self._sentence(text)
        if not text.values:
            return sentence
        return Text.fill(sentence, {name: self._word(value) for name, value in text.values})

    def find(self, text: Text) -> Found:
        """The sentence before its values are filled in, and where it is from."""
        key = (text.context, text.id)
        for catalog in self.chain(text.domain):
            forms = catalog.messages.get(key)
            if forms is not None:
                return Found(catalog.form(forms, text.n), catalog)
        return Found(text.id if text.plural is None or text.n == 1 else text.plural, None)

    def chain(self, domain: str) -> tuple[Catalog, ...]:
        """The catalogs of a domain, read once; none for a domain that no package registered."""
        found = self._chains.get(domain)
        if found is None:
            # A domain may come from a stored text: what is not registered leaves nothing here.
            if domain not in self._layers.domains:
                return ()
            with self._loading:
                found = self._chains.get(domain)
                if found is None:
                    found = tuple(self._layers.of(self.tag, domain))
                    self._chains[domain] = found
        return found

    def forget(self) -> None:
        """Read everything anew when it is next asked; who is reading goes on with what was."""
        self._chains = {}

    def _sentence(self, text: Text) -> str:
        key = (text.context, text.id)
        for catalog in self._chains.get(text.domain) or self.chain(text.domain):
            forms = catalog.messages.get(key)
            if forms is not None:
                return forms[0] if len(forms) == 1 else catalog.form(forms, text.n)
        return text.id if text.plural is None or text.n == 1 else text.plural

    def _word(self, value: TextValue) -> str:
        if isinstance(value, Text):
            return self.say(value)
        if isinstance(value, int):
            return str(value) if -_PLAIN < value < _PLAIN else self.number(value)
        # A name or a number of a version would be torn apart by what stands around it (UAX #9).
        return f"{_FSI}{value}{_PDI}" if self._isolates else str(value)

    def number(self, value: float) -> str:
        """A number with its digits grouped."""
        return str(format_decimal(value, locale=self.locale))
