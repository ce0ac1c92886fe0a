"""One offered language, speaking: its catalogs, each read when it is first asked."""

from __future__ import annotations

import threading
from datetime import date, datetime

from babel import Locale
from babel.numbers import format_decimal

from ostiary.contracts import Text, TextValue
from ostiary.text.locale import current_zone
from ostiary.text.moments import moment_of
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.formats import shown, zone_of
from ostiary_i18n.layers import Layers
from ostiary_i18n.tags import Tag

_FSI, _PDI = "\u2068", "\u2069"
_PLAIN = 1000
"""Numbers below have no digits to group; all are in the digits that forms take."""


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
        # What is not reworded for British readers is still in their language.
        self._source = name if tag.language == "en" else "en"
        self._layers = layers
        self._chains: dict[str, tuple[Catalog, ...]] = {}
        self._loading = threading.Lock()

    def say(self, text: Text) -> str:
        """The text in this locale, or its source."""
        return self.tell(text)[0]

    def tell(self, text: Text) -> tuple[str, str]:
        """The same, and the language that it is in."""
        # A page has a hundred of these: nothing here calls what need not be called.
        key, language = (text.context, text.id), self.name
        for catalog in self._chains.get(text.domain) or self.chain(text.domain):
            forms = catalog.messages.get(key)
            if forms is not None:
                sentence = forms[0] if len(forms) == 1 else catalog.form(forms, text.n)
                break
        else:
            sentence = text.id if text.plural is None or text.n == 1 else text.plural
            language = self._source
        if text.values:
            values = {name: self._word(value) for name, value in text.values}
            sentence = Text.fill(sentence, values)
        return sentence, language

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

    def _word(self, value: TextValue) -> str:
        if isinstance(value, Text):
            at = moment_of(value)
            return self.say(value) if at is None else self._moment(at)
        if isinstance(value, int):
            return str(value) if -_PLAIN < value < _PLAIN else self.number(value)
        # A name or a number of a version would be torn apart by what stands around it (UAX #9).
        return f"{_FSI}{value}{_PDI}" if self._isolates else str(value)

    def _moment(self, at: datetime | date) -> str:
        said = shown(at, self.locale, zone_of(current_zone()))
        return f"{_FSI}{said}{_PDI}" if self._isolates else said

    def number(self, value: float) -> str:
        """A number with its digits grouped."""
        return str(format_decimal(value, locale=self.locale))
