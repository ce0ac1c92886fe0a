"""What we use of macaroons agrees with libmacaroons and its kin, by their published tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pymacaroons import MACAROON_V2, Macaroon
from pymacaroons.utils import generate_derived_key

from ostiary_tokens.signing import Forged, narrow, verify
from ostiary_tokens.wire import Malformed, StrictSerializer

FILE = Path(__file__).parents[4] / "shared" / "vectors" / "macaroons.json"
ALL: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
EXAMPLE = StrictSerializer(b"http://example.org/")

pytestmark = pytest.mark.skipif(not ALL, reason="the vectors stand beside the repository")


def named(group: str) -> list[Any]:
    return [
        pytest.param(vector, id=f"{number}-{vector.get('about', group)}")
        for number, vector in enumerate(ALL.get(group, ()))
    ]


def derived(root: str) -> bytes:
    key: bytes = generate_derived_key(root.encode())
    return key


def authorized(vector: Any, text: str) -> bool:
    macaroon = Macaroon.deserialize(text, EXAMPLE)
    try:
        caveats = verify(macaroon, derived(vector["root_key"]))
    except Forged:
        return False
    return all(caveat.decode() in vector["exact"] for caveat in caveats)


@pytest.mark.parametrize("vector", named("libmacaroons_verification"))
def test_a_macaroon_is_authorized_where_libmacaroons_authorizes_it(vector: Any) -> None:
    """Of the format that we read; the older one is no token."""
    assert not vector["general"]
    (shown,) = vector["macaroons"]
    if shown["token"].startswith("Ag"):
        assert authorized(vector, shown["token"]) == (vector["expect"] == "authorized")
    else:
        with pytest.raises(Malformed):
            authorized(vector, shown["token"])


@pytest.mark.parametrize("vector", named("libmacaroons_serialization"))
def test_the_binary_form_of_version_2_is_the_one_of_libmacaroons(vector: Any) -> None:
    forms = vector["forms"]
    macaroon = Macaroon.deserialize(forms["v2"], EXAMPLE)
    assert macaroon.serialize(EXAMPLE) == forms["v2"]
    verify(macaroon, derived(vector["root_key"]))
    for other in (forms["v1"], forms["v2j"]):
        with pytest.raises(Malformed):
            Macaroon.deserialize(other, EXAMPLE)


@pytest.mark.parametrize("vector", named("construct"))
def test_what_is_signed_here_has_the_signature_that_others_compute(vector: Any) -> None:
    """For caveats of the first party, the only ones that we write."""
    if vector["signature"] is None or not all(isinstance(each, str) for each in vector["caveats"]):
        return
    root = vector["root_key"]
    key = root.encode() if vector.get("raw_key") else derived(root)
    location = vector["location"]
    macaroon = Macaroon(location, vector["identifier"], root, version=MACAROON_V2)
    narrow(macaroon, [caveat.encode() for caveat in vector["caveats"]])
    if not vector.get("raw_key"):
        assert macaroon.signature == vector["signature"]
    macaroon.signature = vector["signature"]
    assert verify(macaroon, key) == tuple(caveat.encode() for caveat in vector["caveats"])
    strict = StrictSerializer(location.encode())
    if "v2" in vector:
        assert macaroon.serialize(strict) == vector["v2"]
    assert Macaroon.deserialize(macaroon.serialize(strict), strict).signature == macaroon.signature


@pytest.mark.parametrize("vector", [*named("deserialize"), *named("negative_tokens")])
def test_what_has_third_parties_another_form_or_a_fault_is_no_token(vector: Any) -> None:
    expected = vector.get("expect")
    # Some vectors give what they expect as the text of a dictionary.
    location = expected.get("location", "") if isinstance(expected, dict) else ""
    for strict in (StrictSerializer(), EXAMPLE, StrictSerializer(location.encode())):
        for shown in (vector.get("data"), vector.get("token"), *vector.get("discharges", ())):
            if shown is None or (str(shown).startswith("AgELdHAgbG9jYXRpb24C") and location):
                continue
            with pytest.raises(Malformed):
                strict.deserialize(str(shown))


@pytest.mark.parametrize("vector", [*named("packet_v2_parse"), *named("section_v2_parse")])
def test_no_packet_is_a_macaroon_by_itself_or_behind_a_version(vector: Any) -> None:
    raw = bytes.fromhex(vector["hex"])
    for shown in (raw, b"\x02" + raw, b"\x02" + raw + b"\x00\x06\x20" + bytes(32)):
        if shown == b"\x02\x02\x03xyz\x00\x00\x06\x20" + bytes(32):
            continue  # One section with one identifier, as it should be.
        with pytest.raises(Malformed):
            StrictSerializer().deserialize_raw(shown)


def test_the_chain_is_the_one_that_python_computes() -> None:
    (vector,) = ALL["hmac_chain"]
    key = vector["secret"].encode()[:32]
    identifier, *caveats = vector["messages"]
    for count in range(len(caveats) + 1):
        macaroon = Macaroon("", identifier, version=MACAROON_V2)
        macaroon.signature = vector["digests"][count]
        for caveat in caveats[:count]:
            # Without a signature to extend: it is the published one that must hold.
            other = macaroon.copy()
            narrow(other, [caveat.encode()])
            macaroon.caveats = other.caveats
        assert len(verify(macaroon, key)) == count
