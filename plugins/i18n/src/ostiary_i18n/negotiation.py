"""Which of the offered languages suits a person, and why.

Ranges of ``Accept-Language`` are those of RFC 4647; which language suits a range, CLDR decides
(likely subtags), since neither filtering nor lookup of that RFC find zh-Hant for zh-TW. What
nobody offers goes no further than this module, and is kept nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ostiary_i18n.tags import Tag, likeness, read

MAX_HEADER = 1024
"""Letters of ``Accept-Language`` that are looked at; browsers send a tenth of that."""

MAX_RANGES = 32

_RANGE = re.compile(
    r"\s*(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*"
    r"(?:;\s*[qQ]\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*)?"
)


@dataclass(frozen=True, slots=True)
class Range:
    """What a browser asks for, and how much (RFC 9110, section 12.5.4)."""

    text: str
    quality: float

    def covers(self, tag: Tag, name: str) -> bool:
        """Basic filtering (RFC 4647, section 3.3.1), where a language has its newest name."""
        if self.text == "*":
            return True
        if "-" not in self.text:
            asked = read(self.text)
            return asked is not None and asked.language == tag.language
        return name.lower() == self.text.lower() or name.lower().startswith(f"{self.text.lower()}-")


def ranges(header: str) -> list[Range]:
    """What a header asks for, the most wanted first; what is malformed is passed over."""
    found = []
    for part in header[:MAX_HEADER].split(",")[:MAX_RANGES]:
        match = _RANGE.fullmatch(part)
        if match is not None:
            found.append(Range(match[1], 1.0 if match[2] is None else float(match[2])))
    return sorted(found, key=lambda each: -each.quality)


def preferred(offered: Mapping[Tag, str], name: str | None) -> str | None:
    """The offered language that somebody chose."""
    return None if name is None else _nearest(offered, name)


def accepted(offered: Mapping[Tag, str], header: str) -> str | None:
    """The offered language that a browser asks for most, by its name; None where it names none.

    ``*`` is no name: whoever is content with any language gets that of :func:`unasked`.
    """
    if not header:
        return None
    asked = ranges(header)
    left = _not_refused(offered, asked)
    for each in asked:
        if each.quality == 0 or each.text == "*":
            return None
        found = _nearest(left, each.text)
        if found is not None:
            return found
    return None


def unasked(offered: Mapping[Tag, str], header: str, defaults: Iterable[str]) -> str | None:
    """The language for a browser that asks for none that is offered, or for any.

    Args:
        offered: the languages.
        header: what the browser asks for, and what it refuses.
        defaults: the languages that come first, the site's own among them.

    Returns:
        the first default that is not refused, else whatever is not; where all are refused, the
        first default: a page has to be in some language. None where nothing is offered.
    """
    found = [name for name in (_nearest(offered, each) for each in defaults) if name is not None]
    left = _not_refused(offered, ranges(header)).values()
    return next((name for name in (*found, *left) if name in left), next(iter(found), None))


def _not_refused(offered: Mapping[Tag, str], asked: Sequence[Range]) -> Mapping[Tag, str]:
    refused = [each for each in asked if each.quality == 0]
    if not refused:
        return offered
    wanted = [each for each in asked if each.quality > 0]
    return {t: name for t, name in offered.items() if not _is_refused(t, name, refused, wanted)}


def _is_refused(tag: Tag, name: str, refused: list[Range], wanted: list[Range]) -> bool:
    """Whether the narrowest range that covers a language refuses it."""
    no = max((len(each.text) for each in refused if each.covers(tag, name)), default=0)
    yes = max((len(each.text) for each in wanted if each.covers(tag, name)), default=0)
    return no > yes


def _nearest(offered: Mapping[Tag, str], name: str) -> str | None:
    asked = read(name)
    if asked is None:
        return None
    best = max(offered, key=lambda tag: likeness(asked, tag), default=None)
    if best is None or likeness(asked, best) == 0:
        return None
    return offered[best]
