"""Answers changed at random, with a sense of their structure: nothing but refusals comes out.

A case is one number, which is its seed: it takes a true answer, opens it down to a part (the
JSON, the client data, CBOR, authenticator data, a key), changes that a little and puts it
together again, mostly so that all that holds the part is right.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from webauthn.helpers import encode_cbor

from ostiary_webauthn import cbor
from ostiary_webauthn.answers import decode, encode
from ostiary_webauthn.checking import (
    ALGORITHMS,
    Key,
    Rejected,
    check_assertion,
    check_registration,
    credential_id_of,
)
from ostiary_webauthn.keys import RS256
from ostiary_webauthn.testing import KEYS, Parts, Site, SoftAuthenticator

ALL = 50_000
SAMPLE = 1_500
BLOCK = 500

Chance = random.Random

# What breaks readers: empty, too long, half of something, another type, another script.
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**63,
    2**64,
    -(2**70),
    1e308,
    "",
    "=",
    "A",
    "AA",
    "AAAA",
    "\x00",
    "\ufeff",
    "\ud800",
    "\uff11",
    "none",
    "public-key",
    [],
    [[]],
    {},
    {"": ""},
    "A" * 5000,
    "[" * 3000,
)
ODD_CBOR: tuple[Any, ...] = (
    *(value for value in ODD if value not in ("\ud800", -(2**70))),
    b"",
    b"\0",
    b"\x04" + bytes(64),
    bytes(32),
    b"\xff" * 32,
    b"\x30\x80",
    b"x" * 3000,
    1.5,
    -7,
    -257,
    [b"\x30\x03\x02\x01\x01"],
    {1: 2},
)
COSE = [make().cose() for make in KEYS.values()]


class Fuzz:
    """One case."""

    def __init__(
        self, seed: int, site: Site, enrolled: list[tuple[SoftAuthenticator, Key]]
    ) -> None:
        self.chance = Chance(seed)
        self.site = site
        self.device, self.key = self.chance.choice(enrolled)

    def answer(self) -> tuple[str, str]:
        """The ceremony, and the answer to it."""
        # To make an RSA key takes longer than all the rest; of those only uses are changed, and
        # new ones come in by :meth:`cose`.
        ceremonies = ("get",) if self.device.algorithm == RS256 else ("create", "get")
        ceremony = self.chance.choice(ceremonies)
        # The further in, the more there is to get wrong.
        shallow = (self.text, self.members, self.client)
        deep = (self.response, self.parts, self.parts, self.parts)
        way = self.chance.choice(shallow + deep)
        return ceremony, way(ceremony)

    def text(self, ceremony: str) -> str:
        return self.bytes(self.true(ceremony).encode()).decode("utf-8", "replace")

    def members(self, ceremony: str) -> str:
        return json.dumps(self.changed(json.loads(self.true(ceremony)), ODD))

    def response(self, ceremony: str) -> str:
        sent = json.loads(self.true(ceremony))
        name = self.chance.choice(sorted(sent["response"]))
        value = sent["response"][name]
        opened = decode(value) if isinstance(value, str) else b""
        if name == "attestationObject" and self.chance.random() < 0.7:
            made = self.changed(cbor.loads(opened), ODD_CBOR)
            sent["response"][name] = encode(written(made))
        else:
            sent["response"][name] = encode(self.bytes(opened))
        return json.dumps(sent)

    def client(self, ceremony: str) -> str:
        def bend(parts: Parts) -> None:
            if self.chance.random() < 0.5:
                parts.client_data = self.bytes(parts.client_json())
            else:
                parts.client = self.changed(parts.client, ODD)

        return self.true(ceremony, bend)

    def parts(self, ceremony: str) -> str:
        def bend(parts: Parts) -> None:
            changes = [self.data, self.extensions]
            if ceremony == "create":
                changes += [self.cose, self.statement]
            self.chance.choice(changes)(parts)

        return self.true(ceremony, bend)

    def data(self, parts: Parts) -> None:
        parts.authenticator_data = self.bytes(parts.data())

    def cose(self, parts: Parts) -> None:
        key = self.changed(self.chance.choice(COSE), ODD_CBOR)
        parts.cose = self.bytes(written(key)) if self.chance.random() < 0.3 else written(key)

    def extensions(self, parts: Parts) -> None:
        parts.extensions = written(self.changed({"credProtect": 2, "x": [1, {}]}, ODD_CBOR))

    def statement(self, parts: Parts) -> None:
        formats = ("none", "packed", "tpm", "android-key", "apple", "fido-u2f", "\x00")
        parts.fmt = self.chance.choice(formats)
        good = {
            "alg": -7,
            "sig": parts.key.sign(parts.data()),
            "x5c": [b"\x30\x82\x01\x0a" + bytes(266)],
            "ver": "2.0",
            "certInfo": b"\xffTCG\x80\x17" + bytes(80),
            "pubArea": b"\0\x23\0\x0b" + bytes(80),
        }
        kept = {name: value for name, value in good.items() if self.chance.random() < 0.7}
        parts.statement = self.changed(kept, ODD_CBOR) if kept else kept

    def true(self, ceremony: str, bend: Callable[[Parts], object] | None = None) -> str:
        if ceremony == "create":
            # The device forgets it, so that it goes on with the key that the site knows.
            held = list(self.device.held)
            answer = self.device.create(self.site.creation(), bend)
            self.device.held[:] = held
            return answer
        return self.device.get(self.site.request(), bend)

    def bytes(self, value: bytes) -> bytes:
        """A few bytes changed, put in, taken out, doubled, or cut off."""
        changed = bytearray(value)
        for _ in range(self.chance.randint(1, 3)):
            place = self.chance.randint(0, len(changed))
            end = min(len(changed), place + self.chance.randint(0, 8))
            some = self.chance.randbytes(self.chance.randint(0, 4))
            kinds = (
                some,
                changed[place:end] * 2,
                bytes(each ^ (1 << self.chance.randint(0, 7)) for each in changed[place:end]),
                b'"' + some,
                b"\x9f\xbf\xff\xc1\xfb"[: self.chance.randint(0, 5)],
            )
            if self.chance.random() < 0.1:
                del changed[place:]
            else:
                changed[place:end] = self.chance.choice(kinds)
        return bytes(changed)

    def changed(self, value: Any, odd: tuple[Any, ...]) -> Any:
        """One member of something, however deep, put in, taken out, or made odd."""
        if isinstance(value, dict) and value and self.chance.random() < 0.9:
            name = self.chance.choice(list(value))
            done = dict(value)
            match self.chance.randint(0, 5):
                case 0:
                    del done[name]
                case 1:
                    done[self.chance.choice(("more", "", 7, -4))] = self.chance.choice(odd)
                case _:
                    done[name] = self.changed(value[name], odd)
            return done
        if isinstance(value, list) and value and self.chance.random() < 0.5:
            return [self.changed(each, odd) for each in value] * self.chance.randint(1, 2)
        if isinstance(value, bytes) and self.chance.random() < 0.5:
            return self.bytes(value)
        return self.chance.choice(odd)


def written(value: Any) -> bytes:
    """CBOR of something that may be odd."""
    return encode_cbor(value)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture(scope="module")
def enrolled(site: Site) -> list[tuple[SoftAuthenticator, Key]]:
    """A device of every kind, and what the site keeps of its key."""
    devices = [
        SoftAuthenticator(origin=site.expected.origin, algorithm=algorithm, fmt=fmt, counts=False)
        for algorithm in ALGORITHMS
        for fmt in ("none", "packed")
    ]
    return [(device, site.enrol(device)) for device in devices]


BLOCKS = [
    pytest.param(first, marks=() if first < SAMPLE else (pytest.mark.deep,))
    for first in range(0, ALL, BLOCK)
]


@pytest.mark.parametrize("first", BLOCKS)
def test_nothing_but_a_refusal_comes_out(
    site: Site,
    enrolled: list[tuple[SoftAuthenticator, Key]],
    first: int,
    record_property: Callable[[str, object], None],
) -> None:
    taken = 0
    for seed in range(first, first + BLOCK):
        case = Fuzz(seed, site, enrolled)
        ceremony, answer = case.answer()
        try:
            credential_id_of(answer)
            if ceremony == "create":
                check_registration(answer, site.expected)
            else:
                check_assertion(answer, site.expected, case.key)
            taken += 1
        except Rejected:
            continue
        except Exception as error:
            raise AssertionError(f"case {seed}: {answer}") from error
    # Some changes are of no consequence, and most are not.
    assert taken < BLOCK / 2
    record_property("webauthn-judged", f"fuzzed answers, nothing but refusals {BLOCK}")
