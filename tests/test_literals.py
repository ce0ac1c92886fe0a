"""No template and no script holds words of its own: all of them can be translated.

In Python the types hold it: labels, hints, refusals and mails are ``Text``, which a string is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

from tests.test_catalogs import CATALOGS

TEMPLATES = [path for each in CATALOGS for path in sorted(each.root.rglob("*.jinja"))]
SCRIPTS = [path for each in CATALOGS for path in sorted(each.root.rglob("*.js"))]
SAID = frozenset({"alt", "aria-label", "placeholder", "title"})
"""Attributes that are read out or shown; what scripts show is in attributes of data."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_NAMES = frozenset({"UTC"})


def _name(path: Path) -> str:
    return f"{path.parents[1].name}/{path.name}"


class Literals(HTMLParser):
    """Words that stand in the markup itself, where expressions are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script", "code"}
        for name, value in attrs:
            if name in SAID or (name.startswith("data-") and " " in (value or "").strip()):
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script", "code"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._look(data)

    def _look(self, text: str) -> None:
        self.found += [word for word in _WORD.findall(text) if word not in _NAMES]


def literals(source: str) -> list[str]:
    """The words of a template that no translator can reach."""
    parser = Literals()
    parser.feed("".join(_markup(source)))
    parser.close()
    return parser.found


def _markup(source: str) -> Iterator[str]:
    """The template without its expressions and its translated blocks."""
    inside = translated = False
    words: list[str] = []
    for _line, kind, value in Environment(autoescape=True).lex(source):
        if kind == "block_begin":
            inside, words = True, []
        elif kind == "block_end":
            inside = False
            if words[:1] in (["trans"], ["endtrans"]):
                translated = words[0] == "trans"
        elif inside and kind == "name":
            words.append(value)
        elif kind == "variable_end" and not translated:
            yield "0"
        elif kind == "data" and not translated:
            yield value


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_a_template_has_no_words_of_its_own(path: Path) -> None:
    assert literals(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{{ _('Hello') }}</p>", []),
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ('<img alt="A picture">', ["picture"]),
        (
            '<p class="o-hint" data-name="x">{% trans %}Hello {{ n }}{% endtrans %} there</p>',
            ["there"],
        ),
        ('<div data-soon="You will be signed out">', ["You", "will", "be", "signed", "out"]),
        ("{# Hello #}<style>a { color: red }</style><code>pip install</code>", []),
    ],
)
def test_words_are_found_where_they_are(source: str, found: list[str]) -> None:
    assert literals(source) == found


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_a_script_says_nothing_of_its_own(path: Path) -> None:
    """Whatever it shows comes from the page: no string in it is a sentence."""
    code = re.sub(r"(?m)^\s*//.*$|(?s:/\*.*?\*/)", "", path.read_text("utf-8"))
    strings = re.findall(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`', code)
    said = {text for found in strings for text in found if re.search("[a-z]{2,} [a-z]{2,}", text)}
    # What is neither a list of classes nor a selector.
    assert not {
        text
        for text in said
        if not re.fullmatch(r"(?:[a-z]+-[a-z-]+ ?)+", text) and not re.search(r"[\[\]=#>:]", text)
    }
