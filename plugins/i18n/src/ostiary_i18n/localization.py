"""What the house asks for words (:class:`ostiary.contracts.Localization`): catalogs and CLDR."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from ostiary.contracts import House, MessageCatalog, Text
from ostiary.testing.locales import PseudoLocalization
from ostiary.text import Shown
from ostiary.text.formats import plain
from ostiary_i18n.catalogs import Catalog
from ostiary_i18n.formats import shown, zone_of
from ostiary_i18n.layers import Layers, Overlay, no_overlay
from ostiary_i18n.negotiation import accepted, preferred, unasked
from ostiary_i18n.offering import SOURCE, Standing, offered_before, standings
from ostiary_i18n.settings import I18nSettings
from ostiary_i18n.tags import Tag, locale_of, read, written
from ostiary_i18n.voices import Voice

CATALOGS = "ostiary_register_message_catalogs"
ENGLISH = "en"


class Languages:
    """The languages of a house (:class:`ostiary.contracts.Localization`).

    Which there are is found when somebody first asks: at hook time the other plugins' catalogs
    are not known yet.

    Args:
        house: whose catalogs these are.
        settings: the operator's.
        folder: where this plugin keeps its files.
    """

    direct = True
    """To say a text is to look it up: what is not in memory yet is read from files once."""

    def __init__(self, house: House, settings: I18nSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self._house = house
        self._pseudo = PseudoLocalization() if settings.pseudo else None
        self._voices: Mapping[str, Voice] = MappingProxyType({})
        self._offered: Mapping[Tag, str] = MappingProxyType({})
        self._layers: Layers | None = None
        self._standings: Mapping[Tag, Standing] = MappingProxyType({})
        self._building = threading.Lock()
        self.overlay: Overlay = no_overlay
        self.live: Any = None

    @property
    def overrides(self) -> Path:
        """The operator's folder of translations."""
        return self.settings.overrides or self.folder / "overrides"

    @property
    def locales(self) -> tuple[str, ...]:
        """What is offered, in the order of their tags; English alone until all is loaded."""
        try:
            self._ready()
        except RuntimeError:
            return (ENGLISH,)
        pseudo = () if self._pseudo is None else tuple(self._pseudo.locales[1:])
        return (*self._offered.values(), *pseudo)

    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """The offered locale that suits a person best."""
        return self.choose(accept_language, preferred)[0]

    def choose(self, accept_language: str, chosen: str | None) -> tuple[str, str]:
        """The same, and why: ``chosen``, ``browser`` or ``default``.

        It is decided here alone; whoever says why a page is in its language asks here.
        """
        self._ready()
        if chosen in self._voices:
            return str(chosen), "chosen"
        if chosen is not None:
            found = self._pseudo_named(chosen) or preferred(self._offered, chosen)
            if found is not None:
                return found, "chosen"
        found = self._pseudo_asked(accept_language) or accepted(self._offered, accept_language)
        if found is not None:
            return found, "browser"
        found = unasked(self._offered, accept_language, (self.settings.default, ENGLISH))
        return found or ENGLISH, "default"

    def say(self, text: Text, locale: str, /) -> str:
        """The text in this locale; in English where it is not offered, or has no translation."""
        voice = self._voices.get(locale)
        if voice is None:
            voice = self._voice(locale)
        if voice is not None:
            return voice.say(text)
        return str(text) if self._pseudo is None else self._pseudo.say(text, locale)

    def direction(self, locale: str, /) -> str:
        """``ltr`` or ``rtl``, as CLDR says."""
        voice = self._voice(locale)
        if voice is not None:
            return voice.direction
        return "ltr" if self._pseudo is None else self._pseudo.direction(locale)

    def tell(self, text: Text, locale: str, /) -> tuple[str, str]:
        """The same, and the language that it is in (:class:`ostiary.text.Tongues`)."""
        voice = self._voices.get(locale)
        return (self.say(text, locale), locale) if voice is None else voice.tell(text)

    def show(self, value: Shown, locale: str, zone: str | None, /) -> str:
        """A time, a number or a list, as CLDR has it (:class:`ostiary.text.Formats`)."""
        voice = self._voice(locale)
        if voice is None:
            return plain(value)
        return shown(value, voice.locale, zone_of(zone))

    def voice(self, locale: str) -> Voice | None:
        """What speaks an offered locale; None for every other."""
        return self._voice(locale)

    @property
    def layers(self) -> Layers:
        """Where translations are."""
        self._ready()
        assert self._layers is not None  # noqa: S101 - _ready has made them.
        return self._layers

    @property
    def offered(self) -> Mapping[Tag, str]:
        """What is offered, with its tag as BCP 47 writes it."""
        self._ready()
        return self._offered

    @property
    def standings(self) -> Mapping[Tag, Standing]:
        """How every language stands that there are catalogs of."""
        self._ready()
        return self._standings

    def forget(self) -> None:
        """Read catalogs anew when they are next asked; what is offered stays."""
        for voice in self._voices.values():
            voice.forget()

    def _voice(self, locale: str) -> Voice | None:
        self._ready()
        return self._voices.get(locale)

    def _ready(self) -> None:
        if self._layers is None:
            with self._building:
                if self._layers is None:
                    self._build()

    def _build(self) -> None:
        found = cast("list[MessageCatalog]", self._house.parts(CATALOGS))
        layers = Layers(found, self.overrides, self._live)
        known = standings(layers, self.settings, offered_before(self.folder))
        offered = {tag: each.name for tag, each in known.items() if each.offered}
        names = dict(sorted({**offered, SOURCE: ENGLISH}.items(), key=lambda item: item[1]))
        self._voices = MappingProxyType(
            {
                name: Voice(name, tag, locale, layers)
                for tag, name in names.items()
                if (locale := locale_of(tag)) is not None
            }
        )
        self._offered, self._standings = MappingProxyType(names), known
        # Last: whoever sees it goes on without the lock.
        self._layers = layers

    def _live(self, tag: Tag, domain: str) -> Catalog | None:
        return self.overlay(tag, domain)

    def _pseudo_named(self, name: str) -> str | None:
        if self._pseudo is None:
            return None
        wanted = written(name) if read(name) is not None else name
        return wanted if wanted in self._pseudo.locales[1:] else None

    def _pseudo_asked(self, header: str) -> str | None:
        first = header.split(",", 1)[0].split(";", 1)[0].strip()
        return self._pseudo_named(first) if first else None
