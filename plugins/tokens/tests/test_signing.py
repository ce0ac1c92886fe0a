"""The signature: every caveat in its order, and nothing else, whoever tries."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymacaroons import MACAROON_V2, Caveat, Macaroon, Verifier
from pymacaroons.utils import generate_derived_key

from ostiary_tokens.caveats import Delegate, Kinds, written
from ostiary_tokens.signing import Forged, mint, narrow, verify
from ostiary_tokens.wire import StrictSerializer
from plugins.tokens.tests import oracle

ROOT = b"a root key that nobody knows"
DERIVED = generate_derived_key(ROOT)
STRICT = StrictSerializer()
KINDS = Kinds(dict)

caveat = st.sampled_from(
    [
        written("delegate", "ci.example"),
        written("delegate", "mallory.example"),
        written("may", "upload"),
        written("exp", 1_790_000_000),
        written("unheard-of", "of"),
    ]
)


@dataclass(frozen=True)
class Shown:
    """A macaroon that somebody shows, and who signed what of it is not said."""

    identifier: bytes
    caveats: tuple[bytes, ...]
    signature: bytes

    def holds(self) -> bool:
        """By the definition."""
        return oracle.signature(DERIVED, self.identifier, self.caveats) == self.signature

    def macaroon(self) -> Macaroon:
        made = Macaroon("", self.identifier, version=MACAROON_V2, signature=self.signature.hex())
        made.caveats = [Caveat(each, version=MACAROON_V2) for each in self.caveats]
        return Macaroon.deserialize(made.serialize(STRICT), STRICT)


def owned(caveats: list[bytes]) -> Shown:
    return Shown(b"an id", tuple(caveats), oracle.signature(DERIVED, b"an id", caveats))


@st.composite
def attacks(draw: st.DrawFn) -> tuple[Shown, Shown]:
    """What an owner gave out, and what whoever holds it made of it by a few moves."""
    given_out = owned(draw(st.lists(caveat, max_size=4)))
    caveats, signature = list(given_out.caveats), given_out.signature
    for _ in range(draw(st.integers(0, 4))):
        move = draw(st.sampled_from(["insert", "swap", "strip", "append", "sign", "guess", "cut"]))
        at = draw(st.integers(0, max(0, len(caveats) - 1)))
        if move == "insert":
            caveats.insert(at, draw(caveat))
        elif move == "swap" and caveats:
            caveats[0], caveats[at] = caveats[at], caveats[0]
        elif move == "strip" and caveats:
            del caveats[at]
        elif move == "append":
            caveats.append(draw(caveat))
        elif move == "sign":
            caveats.append(draw(caveat))
            signature = oracle.link(signature, caveats[-1])
        elif move == "guess":
            signature = draw(st.binary(min_size=32, max_size=32))
        elif move == "cut" and len(caveats) > 1:
            caveats[at - 1 : at + 1] = [b"".join(caveats[at - 1 : at + 1])]
    return given_out, Shown(given_out.identifier, tuple(caveats), signature)


@given(attacks())
def test_exactly_what_the_definition_accepts_is_accepted_and_as_it_was_signed(
    attack: tuple[Shown, Shown],
) -> None:
    given_out, shown = attack
    macaroon = shown.macaroon()
    if not shown.holds():
        with pytest.raises(Forged):
            verify(macaroon, DERIVED)
        return
    signed = verify(macaroon, DERIVED)
    assert signed == shown.caveats
    assert signed[: len(given_out.caveats)] == given_out.caveats
    found = [KINDS.read(each) for each in signed]
    names = tuple(each.name for each in found if isinstance(each, Delegate))
    assert names == oracle.delegates(signed)


def test_stock_pymacaroons_accepts_the_caveat_that_we_refuse() -> None:
    """So the test above holds something off: a delegate that nobody signed."""
    honest = owned([written("may", "upload")])
    caveats = (*honest.caveats, written("delegate", "mallory.example"))
    shown = Shown(honest.identifier, caveats, honest.signature).macaroon()
    stock = Verifier()
    stock.satisfy_exact('["may","upload"]')
    assert stock.verify(shown, ROOT)
    with pytest.raises(Forged):
        verify(shown, DERIVED)


def test_a_token_is_verified_by_its_key_alone() -> None:
    macaroon, key = mint([b"one"])
    assert verify(macaroon, key) == (b"one",)
    narrow(macaroon, [b"two", b"three"])
    assert verify(macaroon, key) == (b"one", b"two", b"three")
    other, other_key = mint([b"one"])
    assert (key, macaroon.identifier_bytes) != (other_key, other.identifier_bytes)
    for wrong in (other_key, bytes(32), b""):
        with pytest.raises(Forged):
            verify(macaroon, wrong)


def test_a_caveat_of_a_third_party_is_refused_also_by_the_signature() -> None:
    macaroon, key = mint([])
    macaroon.add_third_party_caveat("elsewhere", "another key", "theirs")
    with pytest.raises(Forged):
        verify(macaroon, key)


def test_a_macaroon_without_a_signature_is_refused() -> None:
    """As pymacaroons makes it of an empty key."""
    _, key = mint([])
    with pytest.raises(Forged):
        verify(Macaroon("", "id", "", version=MACAROON_V2), key)
