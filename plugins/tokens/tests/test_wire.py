"""One text for each macaroon, and a bound to what is looked at."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymacaroons import MACAROON_V2, Macaroon

from ostiary_tokens.signing import mint
from ostiary_tokens.wire import MAX_CAVEATS, MAX_LENGTH, Malformed, StrictSerializer

STRICT = StrictSerializer()
SIGNED = b"\x00\x06\x20" + bytes(range(32))


def as_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def field(value: bytes) -> bytes:
    """As the format says, by the loop of its specification."""
    length, digits = len(value), bytearray()
    while length >= 0x80:
        digits.append(length & 0x7F | 0x80)
        length >>= 7
    return b"\x02" + bytes((*digits, length)) + value + b"\x00"


@given(st.binary(max_size=300), st.lists(st.binary(max_size=300), max_size=8))
def test_what_is_written_is_what_the_format_says_and_is_read_back(
    identifier: bytes, caveats: list[bytes]
) -> None:
    raw = b"\x02" + field(identifier) + b"".join(map(field, caveats)) + SIGNED
    macaroon = STRICT.deserialize_raw(raw)
    assert macaroon.identifier_bytes == identifier
    assert [caveat.caveat_id_bytes for caveat in macaroon.caveats] == caveats
    assert macaroon.signature_bytes == SIGNED[3:].hex().encode()
    assert STRICT.serialize_raw(macaroon) == raw


@given(st.binary(max_size=120))
def test_whatever_is_read_is_written_as_it_was(raw: bytes) -> None:
    for shown in (raw, b"\x02" + raw + SIGNED, b"\x02" + field(raw[:20]) + raw[20:] + SIGNED):
        try:
            macaroon = STRICT.deserialize(as_text(shown))
        except Malformed:
            continue
        assert STRICT.serialize(macaroon) == as_text(shown)


GOOD = b"\x02" + field(b"id") + field(b"caveat") + SIGNED
BENT = {
    "nothing": b"",
    "a byte more": GOOD + b"\x00",
    "a byte less": GOOD[:-1],
    "another version": b"\x01" + GOOD[1:],
    "a location": b"\x02\x01\x01x" + GOOD[1:],
    "an empty location": b"\x02\x01\x00" + GOOD[1:],
    "no identifier": b"\x02\x00" + SIGNED,
    "two identifiers in a section": b"\x02\x02\x01a\x02\x01b\x00" + SIGNED,
    "a longer varint": b"\x02\x02\x82\x00id\x00" + SIGNED,
    "a varint of three bytes": b"\x02\x02\x82\x80\x00id\x00" + SIGNED,
    "an endless varint": b"\x02\x02" + b"\x80" * 300 + SIGNED,
    "a length behind the end": b"\x02\x02\x7fid\x00" + SIGNED,
    "a length into the signature": b"\x02\x02\x05id\x00" + SIGNED,
    "a length up to the end of the section": b"\x02\x02\x03id\x00" + SIGNED,
    "a third party": b"\x02" + field(b"id") + b"\x02\x01c\x04\x01v\x00" + SIGNED,
    "a location of a caveat": b"\x02" + field(b"id") + b"\x01\x01l\x02\x01c\x00" + SIGNED,
    "an unknown field": b"\x02" + field(b"id") + b"\x07\x01c\x00" + SIGNED,
    "an empty section between": b"\x02" + field(b"id") + b"\x00" + field(b"c") + SIGNED,
    "a short signature": b"\x02" + field(b"id") + b"\x00\x06\x1f" + bytes(31),
    "a long signature": b"\x02" + field(b"id") + b"\x00\x06\x21" + bytes(33),
    "two signatures": b"\x02" + field(b"id") + SIGNED + SIGNED,
    "too many caveats": b"\x02" + field(b"id") + field(b"") * (MAX_CAVEATS + 1) + SIGNED,
}


@pytest.mark.parametrize("bent", list(BENT))
def test_no_other_encoding_is_read(bent: str) -> None:
    with pytest.raises(Malformed):
        STRICT.deserialize(as_text(BENT[bent]))


def test_as_many_caveats_as_may_be_are_read() -> None:
    raw = b"\x02" + field(b"id") + field(b"c") * MAX_CAVEATS + SIGNED
    assert len(STRICT.deserialize_raw(raw).caveats) == MAX_CAVEATS


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: text + "=",
        lambda text: text + "==",
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text[:5] + "!" + text[5:],
        lambda text: text[:5] + "\u00e9" + text[5:],
        lambda text: text.replace("-", "+").replace("_", "/"),
        lambda text: text[:-1] + chr(ord(text[-1]) + 1),
    ],
)
def test_no_other_base64_is_read(bend: object) -> None:
    """The last character of this text leaves bits over, and it has letters that two alphabets
    write differently.
    """
    text = as_text(b"\x02" + field(b"\xfb\xff\xfe\xff") + SIGNED)
    assert len(text) % 4
    assert set(text) & set("-_")
    STRICT.deserialize(text)
    with pytest.raises(Malformed):
        STRICT.deserialize(bend(text))  # type: ignore[operator] # one of the above


def test_what_is_too_long_is_not_looked_at() -> None:
    """However long: nothing of it is decoded."""
    for length in (MAX_LENGTH + 1, 50_000_000):
        with pytest.raises(Malformed, match="too long"):
            STRICT.deserialize("\u00e9" * length)


def test_what_would_not_be_read_is_not_written() -> None:
    many, _ = mint([b"c"] * (MAX_CAVEATS + 1))
    long, _ = mint([b"c" * MAX_LENGTH])
    longer, _ = mint([b"c" * (1 << 14)])
    foreign = Macaroon("", "id", "key", version=MACAROON_V2)
    foreign.add_third_party_caveat("elsewhere", "another key", "theirs")
    for macaroon in (many, long, longer, foreign):
        with pytest.raises(Malformed):
            macaroon.serialize(STRICT)
