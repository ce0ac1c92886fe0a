"""Finding what a page says in plain words although it speaks a pseudo-locale."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

# Values as they are: codes and keys, names of people and sites, times.
_VALUES = ("code", "bdi", "time", "script", "style", "noscript")
_ATTRIBUTES = ("alt", "aria-label", "title", "placeholder")
_SAID = re.compile(r"\[([^\[\]]*)\]")
_PADDING = re.compile(r"( (one|two|three|four|five|six|seven|eight|nine|ten))+$")
# In a translated sentence one word may be a name; several are a sentence that is not.
_PLAIN = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
_WORD = re.compile(r"[A-Za-z]{2,}")


def untranslated(html: Any, values: Iterable[str] = ()) -> list[str]:
    """What stands in the main part of a page, and was not made by a catalog's callables.

    Args:
        html: the page in ``en-XA``, as parsed by BeautifulSoup.
        values: what may stand there as it is, such as the name of the site.
    """
    main = html.find("main")
    return [said for said in _words(main or html) if _WORD.search(_rest(said, values))]


def _words(main: Any) -> Iterator[str]:
    for element in main.find_all():
        if element.find_parent(_VALUES) is not None or element.name in _VALUES:
            continue
        for name, value in element.attrs.items():
            if name in _ATTRIBUTES or name.startswith("data-text-"):
                yield str(value)
        for string in element.find_all(string=True, recursive=False):
            if string.strip():
                yield " ".join(string.split())


def _rest(said: str, values: Iterable[str]) -> str:
    """What is left without the values and, innermost first, what stands in brackets."""
    for value in sorted(filter(None, values), key=len, reverse=True):
        said = said.replace(value, "")
    while (shorter := _SAID.sub(_plain, said)) != said:
        said = shorter
    return said


def _plain(said: re.Match[str]) -> str:
    """What is plain English in a sentence that was disguised: a value that should be a Text."""
    without = _PADDING.sub("", said[1])
    return without if _PLAIN.search(without) else ""
