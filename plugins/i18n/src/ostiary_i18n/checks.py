"""What is wrong with a translation, judged against its source: at build, and again at load.

A message that fails any of these is not shown: its source is. Translations are escaped wherever
HTML is made, so that markup in one would be seen, not obeyed; it is refused all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# What was meant to be one: the name translated, a space, another program's style.
_STRAY = re.compile(r"\$\s*\{|\{\s*\}|%\(\w+\)[sd]")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")
# Overrides and embeddings (UAX #9) make a sentence look like another one. Marks and isolates are
# what right-to-left languages need.
_FORBIDDEN = re.compile(
    "["
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for the tab and the line break
    r"\u2028\u2029\u202a-\u202e"  # breaks of lines and paragraphs, overrides, embeddings
    # Of no width and of no use. Joiners and marks (U+200C to U+200F, U+061C) change how letters
    # are joined and set, and the soft hyphen where a word may be broken: languages need them.
    r"\u034f\u17b4\u17b5\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\U0001d173-\U0001d17a"
    r"\u115f\u1160\u3164\uffa0"  # letters of Hangul that are blank
    r"\U000e0000-\U000e007f"  # tags, which spell out what nobody sees
    r"\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"  # halves, no characters, annotations
    r"\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: what they show, a font decides
    "]"
)
# What is made a link, or read as one. Where it ends, quotation marks and brackets tell.
_ADDRESS = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://|\bwww\.|://)"
    r"[^\s<>()\[\]\"'\u00ab\u00bb\u2018-\u201f\u2039\u203a\u3001\u3002\u3008-\u3011\uff01-\uff1f\u2066-\u2069]*",
    re.IGNORECASE,
)
_AFTER_ADDRESS = ".,;:!?\u2026"
_ISOLATES, _END = "\u2066\u2067\u2068", "\u2069"
_SHOWN = 100
_MOST, _LONGER = 80, 5
"""Without a limit of its own a translation has five times its source's length, or 80 letters."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be translated."""

    id: str
    plural: str | None = None
    context: str | None = None
    limit: int | None = None
    """How many letters there is room for."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The English sentence, and the one of many."""
        return (self.id,) if self.plural is None else (self.id, self.plural)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: a stable name, and words for whoever mends it."""

    kind: str
    says: str

    def __str__(self) -> str:
        return self.says


def faults(source: Source, forms: Sequence[str], plurals: int) -> list[Fault]:
    """What is wrong with a translation, the gravest first; nothing, if it can be shown.

    Args:
        source: what was translated.
        forms: the translation, in as many forms as it has.
        plurals: how many forms the language has.
    """
    wanted = 1 if source.plural is None else plurals
    found = []
    if len(forms) != wanted:
        found.append(Fault("plurals", f"has {len(forms)} form(s), the language has {wanted}"))
    if any(map(_is_blank, forms)) and not all(map(_is_blank, source.forms)):
        found.append(Fault("empty", "is empty: there is nothing in it that can be seen"))
    for form in forms:
        found += _form_faults(source, form)
    return list(dict.fromkeys(found))


def harmless(text: str) -> str:
    """What a stranger wrote, in letters that do nothing to a terminal or a line of a log."""
    return ascii(text)[1:-1][:_SHOWN]


def _is_blank(form: str) -> bool:
    return not any(letter.isprintable() and not letter.isspace() for letter in form)


def _addresses(form: str) -> set[str]:
    return {each.rstrip(_AFTER_ADDRESS).lower() for each in _ADDRESS.findall(form)}


def _form_faults(source: Source, form: str) -> Iterator[Fault]:
    extra = _markup(form) - max((_markup(each) for each in source.forms), key=Counter.total)
    missing = _least_markup(source) - _markup(form)
    for tag in (*extra, *missing):
        yield Fault("markup", f"has other markup than its source: {harmless(tag)}")
    yield from _placeholders(source, form)
    for address in sorted(_addresses(form).difference(*map(_addresses, source.forms))):
        yield Fault("address", f"has an address that its source does not have: {harmless(address)}")
    forbidden = _FORBIDDEN.search(form)
    if forbidden is not None:
        code = f"U+{ord(forbidden[0]):04X}"
        yield Fault("control", f"has {code}, which is invisible and changes what is seen")
    if not _balanced(form):
        yield Fault("control", "opens or closes an isolate too often")
    if source.id.endswith("\n") != form.endswith("\n"):
        yield Fault("line-end", "ends with a line break and its source does not, or the reverse")
    most = source.limit or max(_MOST, _LONGER * max(len(each) for each in source.forms))
    if len(form) > most:
        yield Fault("length", f"is {len(form)} letters long; there is room for {most}")


def _placeholders(source: Source, form: str) -> Iterator[Fault]:
    known = [set(PLACEHOLDER.findall(each)) for each in source.forms]
    allowed, needed = set.union(*known), set.intersection(*known)
    if source.plural is not None:
        # "One key", "no keys": a language may say some numbers in words.
        needed -= {"n"}
    has = set(PLACEHOLDER.findall(form))
    for name in sorted(has - allowed):
        yield Fault("placeholders", f"has ${{{name}}}, which its source does not have")
    for name in sorted(needed - has):
        yield Fault("placeholders", f"lacks ${{{name}}}")
    stray = Counter(_STRAY.findall(PLACEHOLDER.sub("", form)))
    if stray - Counter(_STRAY.findall(PLACEHOLDER.sub("", source.id))):
        yield Fault("placeholders", f"has a broken placeholder: {harmless(next(iter(stray)))}")


def _least_markup(source: Source) -> Counter[str]:
    return min((_markup(each) for each in source.forms), key=Counter.total)


def _balanced(form: str) -> bool:
    depth = 0
    for letter in form:
        depth += (letter in _ISOLATES) - (letter == _END)
        if depth < 0:
            return False
    return depth == 0


def _markup(text: str) -> Counter[str]:
    """Tags with their attributes, comments and character references."""
    if "<" not in text and "&" not in text:
        return Counter()
    parser = _Tags()
    parser.feed(text)
    parser.close()
    parser.found.update(_ENTITY.findall(text))
    return parser.found


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Whoever reads the fault needs to see which; the order of attributes means nothing.
        said = "".join(f" {name}={value!r}" for name, value in sorted(attrs, key=str))
        self.found[f"<{tag}{said}>"] += 1

    def handle_endtag(self, tag: str) -> None:
        self.found[f"</{tag}>"] += 1

    def handle_comment(self, data: str) -> None:
        self.found["<!-- -->"] += 1

    def handle_decl(self, decl: str) -> None:
        self.found["<!>"] += 1

    def handle_pi(self, data: str) -> None:
        self.found["<?>"] += 1

    def unknown_decl(self, data: str) -> None:
        self.found["<![>"] += 1
