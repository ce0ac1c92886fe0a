"""Which of the offered languages a person gets."""

from __future__ import annotations

import gc
import sys

import pytest

from ostiary_i18n.negotiation import accepted, preferred, unasked
from ostiary_i18n.tags import Tag, read

TEN = ("ar", "de", "en", "es", "fr", "ja", "pt-BR", "ru", "uk", "zh-Hans", "zh-Hant")


def offered(*names: str) -> dict[Tag, str]:
    found = {}
    for name in names:
        tag = read(name)
        assert tag is not None
        found[tag] = name
    return found


@pytest.mark.parametrize(
    ("header", "got"),
    [
        ("de", "de"),
        ("de-AT, en;q=0.5", "de"),
        ("en;q=0.5, de", "de"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh-SG, de;q=0.9", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("en-GB", "en"),
        ("fr;q=0, de;q=0.1", "de"),
        ("fr;q=0", None),
        ("fr-CA, fr;q=0", None),
        ("fr;q=0, fr-CA", None),
        ("fr;q=0, *", None),
        ("*;q=0, de;q=0.3", "de"),
        ("*;q=0", None),
        ("*", None),
        ("nl, *;q=0.5", None),
        ("*;q=0.5, de", "de"),
        ("zh;q=0, zh-TW", None),
        ("de;q=0.000, fr", "fr"),
        ("de;q=1.5, fr", "fr"),
        ("de;q=banana, fr", "fr"),
        ("xx, qaa, und, fr", "fr"),
        ("../../de, fr;q=0.1", "fr"),
        ("de_DE", None),
        ("sr-Latn, nl", None),
        ("", None),
        (",;,;q=1,", None),
        ("x" * 5000 + ", de", None),
        ("nl," * 40 + "de", None),
    ],
)
def test_the_browser_is_heard(header: str, got: str | None) -> None:
    assert accepted(offered(*TEN), header) == got


@pytest.mark.parametrize(
    ("header", "default", "got"),
    [
        ("*", "en", "en"),
        ("nl, *;q=0.5", "fr", "fr"),
        ("*", "pt", "pt-BR"),
        ("fr;q=0, *", "fr", "en"),
        ("fr;q=0", "fr", "en"),
        ("fr;q=0, en;q=0, *;q=0.1", "fr", "ar"),
        ("*;q=0", "fr", "fr"),
        ("*", "nl", "en"),
        ("", "fr", "fr"),
    ],
)
def test_who_asks_for_any_language_gets_the_one_of_the_site(
    header: str, default: str, got: str
) -> None:
    """Unless they refuse it: then English, then whatever they do not refuse."""
    assert accepted(offered(*TEN), header) is None
    assert unasked(offered(*TEN), header, (default, "en")) == got


@pytest.mark.parametrize(
    ("names", "header", "got"),
    [
        (("en", "nb"), "no", "nb"),
        (("en", "no"), "nb-NO", "no"),
        (("en", "nb"), "nn", "nb"),
        (("en", "nb"), "no;q=0, nb;q=0.5", "nb"),
        (("en", "he"), "iw", "he"),
        (("en", "he"), "iw;q=0, he", "he"),
        (("en", "id"), "in", "id"),
        (("en", "sr"), "sr-Latn", None),
        (("en", "sr-Latn"), "sh", "sr-Latn"),
        (("pt", "pt-BR"), "pt-PT", "pt"),
        (("pt-BR", "pt-PT"), "pt-AO", "pt-PT"),
        (("pt-BR", "pt-PT"), "pt", "pt-BR"),
        (("es", "es-419"), "es-MX", "es-419"),
        (("es", "es-419"), "es-ES", "es"),
        (("en", "en-GB"), "en-AU", "en"),
    ],
)
def test_likely_subtags_tell_kin_from_strangers(
    names: tuple[str, ...], header: str, got: str | None
) -> None:
    assert accepted(offered(*names), header) == got


@pytest.mark.parametrize(
    ("chosen", "got"),
    [("pt_BR", "pt-BR"), ("zh-TW", "zh-Hant"), ("nl", None), ("../x", None), (None, None)],
)
def test_a_choice_is_one_of_those_offered(chosen: str | None, got: str | None) -> None:
    assert preferred(offered(*TEN), chosen) == got


def test_a_flood_of_made_up_languages_leaves_nothing_behind() -> None:
    names = offered(*TEN)

    def flood(count: int) -> None:
        for number in range(count):
            made_up = f"q{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}"
            tag = f"{made_up}-Q{number % 10}{made_up[1:]}-{number % 1000:03}"
            assert accepted(names, f"{tag}, de-{number % 1000:03};q=0.5") == "de"
            assert preferred(names, f"../{tag}") is None

    flood(200)
    gc.collect()
    before = sys.getallocatedblocks()
    flood(10_000)
    gc.collect()
    assert sys.getallocatedblocks() - before < 1000
