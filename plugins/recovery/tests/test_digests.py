"""What is stored of codes."""

from __future__ import annotations

import json

import argon2.low_level
import pytest

from ostiary_recovery.digests import Cost, Digests

CODES = tuple(letter * 16 for letter in "abc")


def test_a_code_is_taken_out_when_it_is_used() -> None:
    held = Digests.of(CODES)
    left = held.without(CODES[1])
    assert left is not None
    assert left.digests == (held.digests[0], held.digests[2])
    assert (left.salt, left.cost) == (held.salt, held.cost)
    assert left.without(CODES[1]) is None
    assert held.without("d" * 16) is None


def test_sets_have_random_salts_of_128_bits() -> None:
    """The same code is another digest in another set (ASVS 5.0, 6.5.2: 32 bits or more)."""
    one, other = Digests.of(CODES), Digests.of(CODES)
    assert len(one.salt) == 16
    assert one.salt != other.salt
    assert not set(one.digests) & set(other.digests)


def test_digests_are_argon2id_with_the_cost_of_a_password() -> None:
    """As argon2-cffi verifies them; no cheaper than OWASP's 19 MiB and two passes."""
    held = Digests.of(CODES)
    assert held.cost == Cost(time=2, memory=19 * 1024, lanes=1)
    raw = argon2.low_level.hash_secret_raw(
        b"a" * 16, held.salt, 2, 19 * 1024, 1, 32, argon2.low_level.Type.ID
    )
    assert held.digests[0] == raw


def test_a_try_costs_one_hash_however_many_codes_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    held, hashed = Digests.of(CODES), []
    digest = Digests.digest

    def counted(self: Digests, code: str) -> bytes:
        hashed.append(code)
        return digest(self, code)

    monkeypatch.setattr(Digests, "digest", counted)
    assert held.without(CODES[2]) is not None
    assert held.without("d" * 16) is None
    assert Digests(held.salt, ()).without("d" * 16) is None
    assert hashed == [CODES[2], "d" * 16, "d" * 16]


def test_what_was_dumped_is_loaded_with_its_cost() -> None:
    """A cost that another version had goes with the set that was made at it."""
    held = Digests(b"s" * 16, (b"\x01" * 32,), Cost(1, 64, 2))
    assert Digests.load(held.dump()) == held
    assert Digests.load(Digests(b"s" * 16, ()).dump()) == Digests(b"s" * 16, ())


def test_no_code_is_in_what_is_stored() -> None:
    stored = Digests.of(CODES).dump()
    assert not any(code.encode() in stored for code in CODES)


GOOD = json.loads(Digests(b"s" * 16, (b"d" * 32,)).dump())


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        *(
            json.dumps({**GOOD, **change}).encode()
            for change in (
                {"salt": "xyz"},
                {"salt": 5},
                {"digests": None},
                {"digests": ["not hex"]},
                {"digests": [5]},
                {"time": "many"},
                {"lanes": None},
            )
        ),
    ],
)
def test_a_damaged_record_is_none(stored: bytes) -> None:
    assert Digests.load(stored) is None
