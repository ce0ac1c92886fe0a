"""Whatever is presented ends in one refusal, soon."""

from __future__ import annotations

import base64
import gc
import random
import time
from collections.abc import Iterator

import pytest
from pymacaroons import Caveat

from ostiary.contracts import CredentialRefused
from ostiary.testing.sampling import SEED
from ostiary_tokens.caveats import written
from ostiary_tokens.signing import mint
from ostiary_tokens.spelling import checksum
from ostiary_tokens.wire import MAX_LENGTH, StrictSerializer
from plugins.tokens.tests.conftest import Desk, narrowed

ALL = 200_000
SOME = 4_000
PATIENCE = 0.25
"""Seconds of CPU for one credential, in the thread that judges it."""

LENGTHS = (0, 16, 64, 256, 1024, MAX_LENGTH, 1 << 16, 1 << 20)


def credentials(chance: random.Random, honest: list[str], count: int) -> Iterator[str]:
    """Tokens that were bent, at each of the layers that a credential goes through."""
    for _ in range(count):
        token = chance.choice(honest)
        yield chance.choice(BENDS)(chance, token)


def bent_text(chance: random.Random, token: str) -> str:
    characters = list(token)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(characters))
        move = chance.randrange(4)
        if move == 0:
            characters[at] = chr(chance.choice((chance.randrange(128), chance.randrange(0x2FFF))))
        elif move == 1:
            del characters[at]
        elif move == 2:
            characters.insert(at, chance.choice("=+/-_ \n\x00A"))
        else:
            characters[at:at] = characters[at : at + chance.randint(1, 80)]
        characters = characters or ["x"]
    return "".join(characters)


def bent_bytes(chance: random.Random, token: str) -> str:
    """With a checksum that fits, so that what is bent is looked at."""
    raw = bytearray(base64.urlsafe_b64decode(token[4:-6] + "=="))
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw))
        move = chance.randrange(4)
        if move == 0:
            raw[at] ^= 1 << chance.randrange(8)
        elif move == 1:
            raw[at] = chance.choice((0, 1, 2, 4, 6, 0x20, 0x7F, 0x80, 0xFF))
        elif move == 2:
            del raw[at : at + chance.randint(1, 9)]
        else:
            raw[at:at] = chance.randbytes(chance.randint(1, 40))
        raw = raw or bytearray(b"\x02")
    return spelled(bytes(raw))


def signed_by_nobody(chance: random.Random, token: str) -> str:
    macaroon, _key = mint([])
    for _ in range(chance.randrange(33)):
        # The way past pymacaroons, which wants UTF-8.
        macaroon.caveats.append(Caveat(chance.randbytes(chance.randrange(90)), version=2))
    return spelled(StrictSerializer().serialize_raw(macaroon))


def odd_caveat(chance: random.Random, token: str) -> str:
    """Signed by whoever holds it: it is authentic, and means nothing."""
    kind = chance.choice(("exp", "nbf", "from", "delegate", "uses", "on", "may", "x"))
    values: tuple[object, ...] = ("", "\u202e", -1, 0, [], [[]], ["a", "b"], 2**52)
    junk = [kind, *(chance.choice(values) for _ in range(chance.randrange(3)))]
    return narrowed(token, ["exp", 0], junk)


def much_of_one(chance: random.Random, token: str) -> str:
    piece = chance.choice(("A", "=", "[", "\x80", token, "\U0001f511"))
    # The longest cost more to make than all else together, and are refused by their length.
    length = chance.choices(LENGTHS, (8, 8, 8, 8, 8, 8, 4, 1))[0]
    return (piece * (length // len(piece) + 1))[:length]


def refusal(desk: Desk, value: str) -> CredentialRefused | None:
    """What the verifier raises, which is nothing else; pytest's own way takes longer than that."""
    try:
        desk.present(value)
    except CredentialRefused as refused:
        return refused
    return None


def spelled(raw: bytes) -> str:
    text = "ost-" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return text + checksum(text)


BENDS = (bent_text, bent_bytes, signed_by_nobody, odd_caveat, much_of_one)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """To look through all that other tests left in this process is not what a credential costs."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(
    "count", [SOME, pytest.param(ALL, marks=(pytest.mark.deep, pytest.mark.timeout(3600)))]
)
def test_each_fuzzed_credential_is_a_clean_refusal_in_bounded_time(
    desk: Desk, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(f"{SEED} tokens")  # noqa: S311 - no secret
    honest = [
        desk.token(),
        desk.token(written("may", "upload"), written("on", ["project", "=", "acme"])),
        narrowed(desk.token(), ["delegate", "ci.example"], ["exp", 1_900_000_000]),
        desk.token(*[written("may", "upload")] * 30),
    ]
    worst: dict[int, float] = {}
    for value in credentials(chance, honest, count):
        if value.strip() in honest:
            continue
        began = time.thread_time()
        said = refusal(desk, value)
        took = time.thread_time() - began
        assert said is not None, value
        length = next((each for each in LENGTHS if len(value) <= each), LENGTHS[-1])
        worst[length] = max(worst.get(length, 0), took)
    with capsys.disabled():
        print()  # noqa: T201 - the worst case is part of what is shown.
        for length, took in sorted(worst.items()):
            print(f"  worst up to {length:8} characters: {took * 1e3:7.2f} ms")  # noqa: T201
    assert max(worst.values()) < PATIENCE
