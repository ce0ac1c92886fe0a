"""Prefix and checksum: what a scanner needs to know a token, and its false friends."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymacaroons import Macaroon

from ostiary_tokens.signing import mint, verify
from ostiary_tokens.spelling import Spelling, checksum, prefix_of
from ostiary_tokens.wire import MAX_LENGTH, Malformed

SPELLING = Spelling(["ost-", "old_1-"])
MACAROON, KEY = mint([b"one"])
TOKEN = MACAROON.serialize(SPELLING)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_token_is_prefix_payload_and_checksum() -> None:
    assert TOKEN.startswith("ost-Ag")
    assert TOKEN.isascii()
    assert verify(Macaroon.deserialize(TOKEN, SPELLING), KEY) == (b"one",)


@given(st.text("abcXYZ019-_", max_size=60))
def test_the_checksum_is_crc_32_in_base_62(text: str) -> None:
    number = 0
    for digit in checksum(text):
        number = number * 62 + BASE62.index(digit)
    assert number == binascii.crc32(text.encode())
    assert len(checksum(text)) == 6


def test_each_wrong_character_is_noticed_without_a_key() -> None:
    for at in range(len(TOKEN)):
        for other in {"A", "b", "0", "-"} - {TOKEN[at]}:
            with pytest.raises(Malformed):
                SPELLING.deserialize(TOKEN[:at] + other + TOKEN[at + 1 :])


def test_a_former_prefix_is_read_and_a_strange_one_is_not() -> None:
    payload = TOKEN.removeprefix("ost-")[:-6]
    former, strange = Spelling(["old_1-"]), Spelling(["own-"])
    text = "old_1-" + payload + checksum("old_1-" + payload)
    assert SPELLING.deserialize(text).signature == MACAROON.signature
    assert MACAROON.serialize(former) == text
    for spelling in (former, strange):
        with pytest.raises(Malformed):
            spelling.deserialize(TOKEN)


@pytest.mark.parametrize("text", ["", "ost-", "ost-Ag", "ost-\u00e9" + "A" * 80, "A" * 4097])
def test_what_is_no_token_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        SPELLING.deserialize(text)


def test_the_longest_token_is_read_and_a_longer_one_is_not_written() -> None:
    written, refused = 0, 0
    for length in range(2980, 3080):
        macaroon, _ = mint([b"c" * length])
        try:
            text = macaroon.serialize(SPELLING)
        except Malformed:
            refused += 1
            continue
        written += 1
        assert len(text) <= MAX_LENGTH
        SPELLING.deserialize(text)
    assert written
    assert refused


@pytest.mark.parametrize(
    "prefixes", [[], [""], ["ost"], ["-"], ["o-"], ["Ost-"], ["1st-"], ["o st-"], ["ost-", "ost"]]
)
def test_a_prefix_has_its_form(prefixes: list[str]) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Spelling(prefixes)


def test_the_prefix_of_a_strange_token_is_found() -> None:
    assert prefix_of("acme_1-AgIQ") == "acme_1-"
    with pytest.raises(Malformed):
        prefix_of("AgIQ-")
