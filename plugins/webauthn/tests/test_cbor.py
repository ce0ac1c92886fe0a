"""CBOR as authenticators must write it, and as nobody may."""

from __future__ import annotations

import pytest
from webauthn.helpers import encode_cbor

from ostiary_webauthn import cbor


@pytest.mark.parametrize(
    "value",
    [
        0,
        23,
        24,
        255,
        256,
        65535,
        65536,
        2**32 - 1,
        2**32,
        2**64 - 1,
        -1,
        -24,
        -25,
        -257,
        -(2**64),
        b"",
        b"x" * 24,
        b"x" * 70000,
        "",
        "\u00e9\u4e2d",
        True,
        False,
        None,
        [],
        [[[[]]]],
        {},
        {1: {2: {3: {4: 5}}}},
        {"fmt": "none", "attStmt": {}, "authData": b"x" * 300},
        {1: 2, 3: -7, -1: 1, -2: b"x", "y": [1, "2"]},
    ],
)
def test_what_the_canonical_form_has_is_read(value: cbor.Value) -> None:
    read = cbor.loads(encode_cbor(value))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="nothing"),
        pytest.param("0000", id="two values"),
        pytest.param("1817", id="a number not in its shortest form"),
        pytest.param("190001", id="the same in two bytes"),
        pytest.param("1a0000ffff", id="the same in four"),
        pytest.param("1b00000000ffffffff", id="the same in eight"),
        pytest.param("5801", id="a length not in its shortest form"),
        pytest.param("3817", id="a negative number, likewise"),
        pytest.param("18", id="an argument cut off"),
        pytest.param("1901", id="an argument of two bytes cut off"),
        pytest.param("1c", id="a reserved argument"),
        pytest.param("1f", id="a number without an end"),
        pytest.param("5f4100ff", id="bytes without an end"),
        pytest.param("7f6161ff", id="text without an end"),
        pytest.param("9f00ff", id="an array without an end"),
        pytest.param("bf0000ff", id="a map without an end"),
        pytest.param("ff", id="an end alone"),
        pytest.param("41", id="bytes cut off"),
        pytest.param("5affffffff00", id="bytes that claim 4 GiB"),
        pytest.param("9bffffffffffffffff", id="an array that claims 2^64"),
        pytest.param("bbffffffffffffffff", id="a map that claims 2^64"),
        pytest.param("82", id="an array cut off"),
        pytest.param("a100", id="a map cut off"),
        pytest.param("61ff", id="text that is no UTF-8"),
        pytest.param("63eda080", id="text with half a surrogate"),
        pytest.param("c000", id="a tag"),
        pytest.param("c11a514b67b0", id="a date"),
        pytest.param("d8236163", id="a regular expression"),
        pytest.param("c249010000000000000000", id="a big number"),
        pytest.param("c4821b7fffffffffffffff01", id="a number with a giant exponent"),
        pytest.param("d81c80", id="a shared reference"),
        pytest.param("f93c00", id="half a float"),
        pytest.param("fa3f800000", id="a float"),
        pytest.param("fb3ff0000000000000", id="a double"),
        pytest.param("f7", id="undefined"),
        pytest.param("e0", id="a simple value"),
        pytest.param("f814", id="false in two bytes"),
        pytest.param("a200000001", id="a key twice"),
        pytest.param("a2616100616101", id="a text key twice"),
        pytest.param("a1f500", id="true as a key"),
        pytest.param("a1f600", id="nothing as a key"),
        pytest.param("a1410000", id="bytes as a key"),
        pytest.param("a18000", id="an array as a key"),
        pytest.param("8181818180", id="nested five deep"),
        pytest.param("81" * 100000, id="nested without end"),
        pytest.param("a100" * 50000, id="maps nested without end"),
    ],
)
def test_anything_else_is_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        cbor.loads(bytes.fromhex(data))


def test_a_value_in_the_midst_ends_where_it_ends() -> None:
    assert cbor.read(b"\x00\xa1\x01\x02\xff", 1) == ({1: 2}, 4)
