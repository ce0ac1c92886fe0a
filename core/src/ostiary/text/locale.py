"""The locale that is current: of the request, or of the mail being composed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ostiary.contracts import Localization, Text


class NullLocalization:
    """English only: what a house speaks while no localization is registered."""

    locales: tuple[str, ...] = ("en",)

    def negotiate(self, accept_language: str, preferred: str | None, /) -> str:
        """English, whatever is asked for."""
        return "en"

    def say(self, text: Text, locale: str, /) -> str:
        """The English sentence; a placeholder without a value stays visible."""
        return str(text)

    def direction(self, locale: str, /) -> str:
        """English runs from left to right."""
        return "ltr"


_current: ContextVar[tuple[Localization, str, str | None]] = ContextVar(
    "ostiary_locale",
    default=(NullLocalization(), "en", None),
)


@contextmanager
def use_locale(localization: Localization, locale: str, zone: str | None = None) -> Iterator[None]:
    """Within the block, :func:`say` and templates speak this locale, with times of this zone.

    A mail is composed in its recipient's language, whoever causes it::

        with use_locale(localization, locale):
            body = template.render(...)
    """
    token = _current.set((localization, locale, zone))
    try:
        yield
    finally:
        _current.reset(token)


def current_locale() -> tuple[Localization, str]:
    """The localization and the locale that are current; English where none was set."""
    return _current.get()[:2]


def current_zone() -> str | None:
    """The time zone (IANA) that is current; None for UTC."""
    return _current.get()[2]


def say(text: Text) -> str:
    """The text in the current locale; not escaped for HTML."""
    localization, locale, _ = _current.get()
    return localization.say(text, locale)
