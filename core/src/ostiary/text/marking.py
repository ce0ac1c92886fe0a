"""``lang`` on what a page says in another language than its own (WCAG 2.2, 3.1.2).

A text that has no translation is said in English, in the middle of a page in German. Where that
is an element's content it gets a ``<span lang="en">``; where it is an attribute, a title or an
option, nothing can be said of it. Which of them it is, only the finished page tells: so such a
text is marked when it is said, and the marks are made elements, or taken away, at the end.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, runtime_checkable

from markupsafe import Markup

from ostiary.contracts import Text
from ostiary.text.locale import current_locale, say

# Private-use characters around what nobody outside this process knows: nothing that a person
# typed is taken for a mark.
_NONCE = secrets.token_hex(8)
_BEGIN, _END = f"\ue002{_NONCE}.", f"\ue003{_NONCE}"
_MARK = re.compile(rf"{_BEGIN}([A-Za-z0-9-]+)\ue004|{_END}")
_PARTS = re.compile(
    # What holds text alone, as a whole; then any other tag; then a mark.
    r"<(title|option|textarea|script|style)\b.*?</\1\s*>"
    r"|<(?:\"[^\"]*\"|'[^']*'|[^'\">])*>"
    rf"|{_MARK.pattern}",
    re.DOTALL | re.IGNORECASE,
)
_marking: ContextVar[tuple[Callable[[Text, str], tuple[str, str]], str] | None] = ContextVar(
    "ostiary_marking", default=None
)


@runtime_checkable
class Tongues(Protocol):
    """What a :class:`ostiary.contracts.Localization` may have besides."""

    def tell(self, text: Text, locale: str, /) -> tuple[str, str]:
        """What ``say`` says, and the language (BCP 47) that it is in: the locale's, or English."""


@contextmanager
def marking() -> Iterator[None]:
    """Within the block, texts that fell back are marked; :func:`placed` must follow.

    The locale of the page must be current: a page has a hundred texts, and it is asked for once.
    """
    localization, locale = current_locale()
    tell = localization.tell if isinstance(localization, Tongues) else None
    token = _marking.set(None if tell is None else (tell, locale))
    try:
        yield
    finally:
        _marking.reset(token)


def told(text: Text) -> tuple[str, str | None]:
    """What a text says, and its language where that is to be marked."""
    asked = _marking.get()
    if asked is None:
        return say(text), None
    tell, locale = asked
    said, language = tell(text, locale)
    return said, None if language == locale else language


def marked(said: Markup, language: str) -> Markup:
    """What was said, with marks around it."""
    return Markup(f"{_BEGIN}{language}\ue004{said}{_END}")  # noqa: S704 - a tag, and markup.


def placed(page: str) -> str:
    """The page, with elements for its marks where there can be elements."""
    return _PARTS.sub(_part, page) if _NONCE in page else page


def _part(match: re.Match[str]) -> str:
    found = match[0]
    if found.startswith("<"):
        return _MARK.sub("", found)
    # Only the source is ever fallen back to, which is written from left to right.
    return f'<span lang="{match[2]}" dir="ltr">' if match[2] else "</span>"
