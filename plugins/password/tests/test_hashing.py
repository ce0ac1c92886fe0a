"""Hashes: their parameters, their renewal, and what a damaged one does."""

from __future__ import annotations

import argon2
import pytest
from argon2.low_level import Type, hash_secret
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary_password.hashing import Hasher, Match
from ostiary_password.settings import PasswordSettings

# The weakest that the settings allow in memory, so that the tests are quick.
CHEAP = PasswordSettings(argon2_memory_kib=7168, argon2_time=5)
HASHER = Hasher(CHEAP)
STORED = HASHER.hash("correct horse")


def by_place(stored: bytes) -> str:
    """A name without the salt: the processes that share the tests compare the names."""
    return stored[:30].hex()


def made_with(  # Settings that an older version, or another program, may have used.
    *,
    memory: int = 7168,
    time: int = 5,
    lanes: int = 1,
    kind: Type = Type.ID,
    version: int = 19,
    length: int = 32,
    salt: int = 16,
) -> bytes:
    return hash_secret(
        b"correct horse", b"s" * salt, time, memory, lanes, length, kind, version=version
    )


def test_the_defaults_are_owasps_for_argon2id() -> None:
    stored = Hasher(PasswordSettings()).hash("correct horse")
    assert stored.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_hash_names_its_parameters_and_has_a_salt_of_its_own() -> None:
    again = HASHER.hash("correct horse")
    assert STORED.startswith(b"$argon2id$v=19$m=7168,t=5,p=1$")
    assert STORED.split(b"$")[4] != again.split(b"$")[4]
    assert b"correct" not in STORED


def test_right_and_wrong_are_told_apart() -> None:
    assert HASHER.match(STORED, "correct horse") is Match.RIGHT
    for wrong in ("", "correct hors", "correct horse ", "Correct horse"):
        assert HASHER.match(STORED, wrong) is Match.WRONG


def test_nothing_is_cut_off() -> None:
    """NIST SP 800-63B-4, section 3.1.1.2, item 9: the last of many characters counts, NUL too."""
    stored = HASHER.hash("x" * 1023 + "y")
    assert HASHER.match(stored, "x" * 1023 + "y") is Match.RIGHT
    assert HASHER.match(stored, "x" * 1024) is Match.WRONG
    stored = HASHER.hash("one\0two")
    assert HASHER.match(stored, "one\0three") is Match.WRONG


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff\xfe",
        b"correct horse",
        b"$2b$12$abcdefghijklmnopqrstuv",
        b"$argon2id$",
        b"$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHQ$",
        b"$argon2id$v=19$m=7168,t=5,p=1$!!!!$????",
        b"$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$aGFzaGhhc2g",
        b"$argon2xx$v=19$m=7168,t=5,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        b"$argon2id$v=19$m=many,t=5,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        STORED + b"\x00\xff",
        STORED[:-1] + b"\n",
    ],
    ids=by_place,
)
def test_a_damaged_hash_is_called_so_and_never_raises(stored: bytes) -> None:
    assert HASHER.match(stored, "correct horse") is Match.DAMAGED


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda tail: b"$argon2id$" + tail))
def test_no_rubbish_is_ever_right(stored: bytes) -> None:
    assert HASHER.match(stored, "correct horse") is Match.DAMAGED


@pytest.mark.parametrize(
    "stored",
    [
        made_with(memory=4096),
        made_with(time=4),
        made_with(kind=Type.I),
        made_with(kind=Type.D),
        made_with(version=16),
        made_with(length=16),
        made_with(salt=8),
        made_with(memory=4096, time=10),
    ],
    ids=by_place,
)
def test_a_weaker_hash_opens_and_is_renewed(stored: bytes) -> None:
    assert HASHER.match(stored, "correct horse") is Match.RIGHT
    renewed = HASHER.renewed(stored, "correct horse")
    assert renewed is not None
    assert renewed.startswith(b"$argon2id$v=19$m=7168,t=5,p=1$")
    assert HASHER.match(renewed, "correct horse") is Match.RIGHT
    assert HASHER.renewed(renewed, "correct horse") is None


@pytest.mark.parametrize(
    "stored", [STORED, made_with(memory=8192), made_with(time=6), made_with(lanes=2)], ids=by_place
)
def test_a_hash_as_strong_or_stronger_is_kept(stored: bytes) -> None:
    """An operator who lowers the cost does not weaken the hashes that are there."""
    assert HASHER.match(stored, "correct horse") is Match.RIGHT
    assert HASHER.renewed(stored, "correct horse") is None


def test_the_library_agrees() -> None:
    """What is stored is a plain argon2 hash, which any other program can check."""
    assert argon2.PasswordHasher().verify(STORED, "correct horse")
