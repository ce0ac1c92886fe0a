"""Codes: what may be typed, and which steps of time have it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary_totp.codes import Key, parse, step_at

RFC_KEY = base64.b32encode(b"12345678901234567890").decode()

# RFC 4226, appendix D: the code of each count.
RFC_4226 = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]

# RFC 6238, appendix B, the rows of SHA-1; the last six of their eight digits.
RFC_6238 = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("count", "code"), list(enumerate(RFC_4226)))
def test_the_codes_of_rfc_4226_belong_to_their_counts(count: int, code: str) -> None:
    assert list(Key(RFC_KEY).steps_of(code, at(count * 30), 0)) == [count]


@pytest.mark.parametrize(("seconds", "code"), list(RFC_6238.items()))
def test_the_codes_of_rfc_6238_belong_to_their_times(seconds: int, code: str) -> None:
    assert list(Key(RFC_KEY).steps_of(code, at(seconds), 0)) == [seconds // 30]


@pytest.mark.parametrize(
    ("seconds", "step"),
    [(0, 0), (29.999999, 0), (30, 1), (59.5, 1), (60, 2), (-0.5, -1), (-30, -1), (-31, -2)],
)
def test_a_step_begins_with_its_first_moment(seconds: float, step: int) -> None:
    assert step_at(at(seconds)) == step


def test_steps_are_looked_at_on_both_sides_as_far_as_told_and_no_farther() -> None:
    key = Key(RFC_KEY)
    for count, code in enumerate(RFC_4226):
        found = list(key.steps_of(code, at(5 * 30), 2))
        assert found == ([count] if 3 <= count <= 7 else [])


@pytest.mark.parametrize("seconds", [-1, -30, -61, -(10**9)])
def test_before_1970_no_code_is_right(seconds: int) -> None:
    """There are no negative steps; a clock that far off opens nothing and breaks nothing."""
    key = Key(RFC_KEY)
    assert not any(list(key.steps_of(code, at(seconds), 0)) for code in RFC_4226)


def test_just_before_1970_the_tolerance_reaches_the_first_step() -> None:
    assert list(Key(RFC_KEY).steps_of(RFC_4226[0], at(-1), 1)) == [0]


@pytest.mark.parametrize(
    "typed",
    [
        "287082",
        "287 082",
        " 28 70 82 ",
        "287-082",
        "287\u00a0082",  # no-break space
        "287\u202f082",  # narrow no-break space
        "287\u2009082",  # thin space
        "287\u2013082",  # en dash
        "287\u2011082",  # non-breaking hyphen
        "287\u2212082",  # minus sign
        "\u2066287082\u2069",  # isolates, as copied from a page that runs right to left
        "287082\r\n",
        "\t2\t8\t7\t0\t8\t2",
    ],
)
def test_codes_are_read_as_people_type_and_paste_them(typed: str) -> None:
    assert parse(typed) == "287082"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "28708",
        "2870822",
        "28708a",
        "+287082",
        "0x2870",
        "287.082",
        "287082\0",
        "２８７０８２",  # fullwidth
        "②⑧⑦⓪⑧②",  # circled
        "𝟚𝟠𝟟𝟘𝟠𝟚",  # mathematical
        "٢٨٧٠٨٢",  # Arabic-Indic
        "28708２",
        "28708\ud835",  # a lone surrogate, which pyotp would raise at
        "\ud800",
        "287082" + " " * 100,
    ],
)
def test_nothing_but_six_ascii_digits_is_a_code(typed: str) -> None:
    """One code has one spelling once it is parsed, so nothing passes a second time in disguise."""
    assert parse(typed) is None


@given(st.text(st.characters(), max_size=80))
def test_whatever_is_typed_parses_to_six_ascii_digits_or_nothing(typed: str) -> None:
    code = parse(typed)
    assert code is None or (len(code) == 6 and code.isascii() and code.isdecimal())


def test_a_new_key_has_160_bits_of_its_own() -> None:
    keys = {Key.new().text for _ in range(50)}
    assert len(keys) == 50
    assert {len(base64.b32decode(key)) for key in keys} == {20}


@pytest.mark.parametrize(
    "stored",
    [b"", "", b"\xff\xfe", b"not base32!", "GEZDGNBVGY3TQOJQ", b"MFRGG1==", None, 5, ["A"]],
)
def test_a_damaged_key_is_none_and_never_an_exception(stored: object) -> None:
    """Too short a key counts as damaged: NIST SP 800-63B-4, section 3.1.4, wants 112 bits."""
    assert Key.load(stored) is None


@given(st.binary() | st.text(st.characters()))
def test_loading_anything_never_raises(stored: bytes | str) -> None:
    key = Key.load(stored)
    assert key is None or list(key.steps_of("000000", at(0), 1)) is not None


def test_a_key_loads_from_text_and_from_bytes() -> None:
    for stored in (RFC_KEY, RFC_KEY.encode()):
        key = Key.load(stored)
        assert key is not None
        assert key.text == RFC_KEY
