"""People who read pages in a language: what a test says in English they find in theirs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from babel.messages.pofile import read_po

from ostiary.contracts import Localization, Text, TextValue
from tests.browser.people import Hands
from tests.packages import PACKAGES


class Speech:
    """Says in one locale what the sources of all packages have in English.

    Args:
        localization: of the house.
        locale: one that it offers.
    """

    def __init__(self, localization: Localization, locale: str) -> None:
        assert locale in localization.locales, f"{locale} is not offered: {localization.locales}"
        self.locale = locale
        self._localization = localization

    def __call__(self, source: str, context: str | None = None, /, **values: TextValue) -> str:
        """A message that a package has, with its values; the same in English where none has."""
        found = _messages().get((context, source))
        if found is None:
            return source
        text = Text(found, source, tuple(values.items()), context=context)
        return self._localization.say(text, self.locale)


class Speaking:
    """Hands that find things by what they are called in another language."""

    def __init__(self, hands: Hands, speech: Speech) -> None:
        self._hands, self._say = hands, speech

    def fill(self, label: str, text: str) -> None:
        self._hands.fill(self._say(label), text)

    def press(self, button: str) -> None:
        self._hands.press(self._say(button))

    def begin(self, button: str) -> None:
        self._hands.begin(self._say(button))

    def unfold(self, summary: str) -> None:
        self._hands.unfold(self._say(summary))

    def follow(self, link: str) -> None:
        self._hands.follow(self._say(link))


@cache
def _messages() -> dict[tuple[str | None, str], str]:
    """Which package has a message; of several that have it, the core."""
    found: dict[tuple[str | None, str], str] = {}
    for package in PACKAGES:
        for context, source in _of(package):
            found.setdefault((context, source), package)
    return found


def _of(package: str) -> Iterator[tuple[str | None, str]]:
    spec = find_spec(package)
    assert spec is not None
    folder = Path((spec.submodule_search_locations or [""])[0]) / "locale"
    with (folder / f"{package}.pot").open("rb") as file:
        for message in read_po(file):
            source = message.id if isinstance(message.id, str) else message.id[0]
            if source:
                yield message.context, source
