"""Codes: how they are made and shown, and what is read as one."""

from __future__ import annotations

import math
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary_recovery.codes import ALPHABET, LENGTH, LONGEST, grouped, new_codes, parse

CODE = "0123abcdtvwxyz89"


def test_a_code_has_eighty_bits() -> None:
    """ASVS 5.0, 6.5.4 asks for 20; what is hashed with a salt (6.5.2) may have less than 112."""
    assert LENGTH * math.log2(len(set(ALPHABET))) == 80


def test_no_two_characters_of_the_alphabet_look_alike() -> None:
    assert set(ALPHABET) == set(string.digits + string.ascii_lowercase) - set("ilou")


def test_codes_are_all_different_and_use_the_whole_alphabet() -> None:
    codes = new_codes(1000)
    assert len(set(codes)) == 1000
    assert {len(code) for code in codes} == {LENGTH}
    assert set("".join(codes)) == set(ALPHABET)


def test_codes_come_from_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """ASVS 5.0, 6.5.3; and one that comes up again is made anew."""
    drawn = iter("a" * LENGTH + "a" * LENGTH + "b" * LENGTH)
    monkeypatch.setattr("ostiary_recovery.codes.secrets.choice", lambda _alphabet: next(drawn))
    assert new_codes(2) == ("a" * LENGTH, "b" * LENGTH)


def test_what_is_shown_is_read_as_the_same_code() -> None:
    assert grouped(CODE) == "0123-abcd-tvwx-yz89"
    for code in new_codes(50):
        assert parse(grouped(code)) == code


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        "0123-abcd-tvwx-yz89",
        "  0123 ABCD\ttvwx\u00a0YZ89\r\n",
        "0123\u2013abcd\u2014tvwx\u2212yz89",
        "\u200e0123abcd\u200btvwxyz89\u2069\ufeff",
        "O123abcdtvwxyz89",
        "oi23abcdtvwxyz89",
        "0L23ABCDTVWXYZ89",
        "０１２３－ａｂｃｄ－ＴＶＷＸ－ｙｚ８９",
        "０１２３ーａｂｃｄーＴＶＷＸーｙｚ８９",  # What Japanese keyboards have for a dash.
        "0123\ufe63abcd\u05betvwx\u2e3ayz89",
        "\u202a0123\u202c\u061cabcd\u00adtvwx\u2028yz89\u3000",
        "ｏｌ２３ａｂｃｄtvwxyz89",
        "-".join(CODE),
    ],
)
def test_one_code_in_many_spellings(typed: str) -> None:
    assert parse(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    [
        "",
        CODE[:-1],
        CODE + "0",
        "u" + CODE[1:],
        "0123.abcd.tvwx.yz89",
        "\u0430" + CODE[1:],  # A Cyrillic a.
        "\u212a" * LENGTH,  # The Kelvin sign, which lower() makes a k.
        "①" + CODE[1:],
        "𝟎" + CODE[1:],
        "٠" + CODE[1:],
        "İ" + CODE[1:],
        "ｕ" + CODE[1:],
        "\ud800" + CODE[1:],
        CODE + " " * LONGEST,
        "0" * 100_000,
    ],
)
def test_what_cannot_be_a_code(typed: str) -> None:
    """Other scripts' letters look like ours and are others; nothing long is read."""
    assert parse(typed) is None


def test_no_other_character_of_unicode_is_read_as_one_of_a_code() -> None:
    """Of all there are, those of ASCII and their full-width forms alone."""
    read = {chr(point) for point in range(0x110000) if parse(chr(point) + CODE[1:])}
    assert {unicodedata.normalize("NFKC", each) for each in read} == set(
        string.digits + string.ascii_letters
    ) - set("uU")
    assert len(read) == 2 * (10 + 2 * 25)


@given(st.text(st.characters(), max_size=80) | st.from_regex(r"\A[0-9A-Za-z -]{16,22}\Z"))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = parse(typed)
    if code is not None:
        assert len(code) == LENGTH
        assert set(code) <= set(ALPHABET)
        assert parse(code) == code
