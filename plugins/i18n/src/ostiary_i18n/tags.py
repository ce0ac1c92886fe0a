"""Language tags (BCP 47), and what CLDR knows of their kinship.

A tag is read with CLDR's tables alone. Nothing that a stranger sent is ever made the name of a
file or the key of a cache, which Babel's own ``Locale.parse`` would do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from ostiary.contracts import OstiaryError

MAX_TAG = 35
"""RFC 5646, section 4.4.1: what every program must be able to hold."""

_SUBTAGS = re.compile(r"[A-Za-z0-9]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
# CLDR has one set of data for Norwegian, and calls it by the name that nobody's browser sends.
_SAME = {"nb": "no"}
# CLDR's languageMatching: whoever reads the one reads the other, written in the same script.
_NEAR = {"nn": "no", "no": "nn"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A language in a script, as it is written in a region or everywhere."""

    language: str
    script: str
    region: str | None = None

    @property
    def base(self) -> Tag:
        """The same without its region."""
        return Tag(self.language, self.script)

    def chain(self) -> Iterator[Tag]:
        """This tag and those that it inherits from, in CLDR's order; never another script's."""
        yield self
        if self.region is None:
            return
        names = (f"{self.language}_{self.script}_{self.region}", f"{self.language}_{self.region}")
        parents: Mapping[str, str] = get_global("parent_exceptions")
        parent = next((parents[name] for name in names if name in parents), None)
        above = None if parent is None else read(parent)
        if above is None or above.region is None or above.script != self.script:
            yield self.base
        else:
            yield from above.chain()


def read(text: str) -> Tag | None:
    """The language that a tag names, its script filled in; None where CLDR knows none.

    Variants and extensions are left out: no catalog is told apart by them.
    """
    if len(text) > MAX_TAG or not _SUBTAGS.fullmatch(text):
        return None
    language, *rest = re.split("[-_]", text.lower())
    # RFC 5646, section 2.2.2: an extended language stands for itself (zh-yue is yue).
    if rest and len(rest[0]) == 3 and rest[0].isalpha() and len(language) in {2, 3}:  # noqa: PLR2004
        language = rest.pop(0)
    script = rest.pop(0).title() if rest and len(rest[0]) == 4 and rest[0].isalpha() else None  # noqa: PLR2004
    region = rest.pop(0).upper() if rest and re.fullmatch(r"[a-z]{2}|[0-9]{3}", rest[0]) else None
    return _known(language, script, region)


def _known(language: str, script: str | None, region: str | None) -> Tag | None:
    alias: str | None = get_global("language_aliases").get(language)
    if alias is not None:
        language, *more = alias.split("_")
        script = script or next((part for part in more if len(part) == 4), None)  # noqa: PLR2004
    language = _SAME.get(language, language)
    likely: Mapping[str, str] = get_global("likely_subtags")
    if language == "und" or language not in likely:
        return None
    if script is None:
        found = likely.get(f"{language}_{region}") or likely[language]
        script = found.split("_")[1]
    return Tag(language, script, region)


def _likely_region(language: str, script: str) -> str | None:
    likely: Mapping[str, str] = get_global("likely_subtags")
    found = likely.get(f"{language}_{script}") or likely.get(language)
    return None if found is None else found.split("_")[2]


def likeness(asked: Tag, offered: Tag) -> int:
    """How well an offered language suits who asked for one; 0 where it does not."""
    near = _NEAR.get(asked.language) == offered.language
    if asked.script != offered.script or not (near or asked.language == offered.language):
        return 0
    if near:
        return 1
    if asked.region == offered.region:
        return 6
    ancestors = list(asked.chain())
    if offered in ancestors:
        return 5 if offered.region else 4
    home = _likely_region(asked.language, asked.script)
    if asked.region is None and offered.region == home:
        return 5
    return 3 if offered.region in {None, home} else 2


@lru_cache(maxsize=256)
def locale_of(tag: Tag) -> Locale | None:
    """Babel's data for the language, or for the nearest that it inherits from.

    It is asked of languages that there are catalogs of, and never of what a stranger sent.
    """
    for each in tag.chain():
        for script in (each.script, None):
            try:
                return Locale(each.language, script=script, territory=each.region)
            except UnknownLocaleError:
                continue
    return None


def language_named(name: str) -> tuple[Tag, Locale]:
    """The language that a person named, and Babel's data for it.

    Raises:
        OstiaryError: CLDR knows none.
    """
    tag = read(name)
    locale = None if tag is None else locale_of(tag)
    if tag is None or locale is None:
        raise OstiaryError(f"CLDR knows no language {name!r}; give one such as de or pt-BR")
    return tag, locale


def written(name: str) -> str:
    """A name such as ``zh_Hans`` or ``pt_br`` in the letters of BCP 47: ``zh-Hans``, ``pt-BR``."""
    language, *rest = re.split("[-_]", name)
    cased = [part.title() if len(part) == 4 else part.upper() for part in rest]  # noqa: PLR2004
    return "-".join([language.lower(), *cased])


def own_name(locale: Locale) -> str:
    """What a language is called in itself, as the head of a line."""
    name: Any = locale.get_display_name(locale) or str(locale)
    return str(name[:1].upper() + name[1:])
