"""Public keys that are offered at registration: the good, and every kind of poisoned one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

from ostiary_webauthn import keys
from ostiary_webauthn.checking import check_registration
from ostiary_webauthn.rejected import Rejected
from ostiary_webauthn.testing import KEYS, Ed25519, Es256, Parts, Rs256, Site, SoftAuthenticator

P256 = Es256().cose()
RSA = Rs256().cose()
EDDSA = Ed25519().cose()

# RFC 7748, section 4.1, has the curve; these are the y of all points of order 1, 2, 4 and 8.
_P = 2**255 - 19
ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL = (1, _P - 1, 0, ORDER_8, _P - ORDER_8)


def judged(cose: Mapping[int, object] | bytes) -> str:
    try:
        return str(keys.check(cose if isinstance(cose, bytes) else encode_cbor(dict(cose))))
    except Rejected as refused:
        return refused.reason


def little(y: int, sign: int = 0) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def modulus(bits: int) -> bytes:
    """An odd number of so many bits, as long as it may be a key's."""
    return ((1 << (bits - 1)) | 1).to_bytes((bits + 7) // 8, "big")


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_the_keys_that_are_offered_are_taken(algorithm: int) -> None:
    assert judged(KEYS[algorithm]().cose()) == str(algorithm)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_rsa_is_taken_from_2048_to_4096_bits(bits: int) -> None:
    assert judged({**RSA, -1: modulus(bits)}) == "-257"


def test_the_order_of_members_is_not_judged() -> None:
    assert judged(dict(reversed(P256.items()))) == "-7"


OFF = {**P256, -3: bytes(31) + b"\x01"}
P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()
BIG = {-2: P384.x.to_bytes(48, "big"), -3: P384.y.to_bytes(48, "big")}


@pytest.mark.parametrize(
    "cose",
    [
        pytest.param(OFF, id="off the curve"),
        pytest.param({**P256, -2: bytes(32), -3: bytes(32)}, id="zeros"),
        pytest.param({**P256, -2: b"\xff" * 32}, id="beyond the field"),
        pytest.param({**P256, -3: True}, id="compressed"),
        pytest.param({**P256, -3: b"\x03"}, id="compressed, as a byte"),
        pytest.param({**P256, -2: b"\0" + bytes(P256[-2])}, id="padded"),
        pytest.param({**P256, -2: bytes(P256[-2])[1:]}, id="too short"),
        pytest.param({**P256, -2: "x" * 32}, id="text"),
        pytest.param({**P256, -2: 7}, id="a number"),
        pytest.param({**P256, -1: 2}, id="named P-384"),
        pytest.param({**P256, -1: 8}, id="named secp256k1"),
        pytest.param({**P256, -1: True}, id="a curve of true"),
        pytest.param({**P256, **BIG, -1: 2}, id="on P-384"),
        pytest.param({**P256, **BIG}, id="on P-384, named P-256"),
        pytest.param({**P256, 1: 1}, id="another kind"),
        pytest.param({**P256, 1: "EC2"}, id="a kind in words"),
        pytest.param({**P256, 2: b"id"}, id="with an id"),
        pytest.param({**P256, 4: [2]}, id="with uses"),
        pytest.param({**P256, -4: bytes(32)}, id="with a private key"),
        pytest.param({**P256, 99: 1}, id="with a member of its own"),
        pytest.param({name: P256[name] for name in (1, 3, -1, -2)}, id="without y"),
        pytest.param({name: P256[name] for name in (1, -1, -2, -3)}, id="without an algorithm"),
        pytest.param({**P256, 3: "ES256"}, id="an algorithm in words"),
        pytest.param({**P256, 3: True}, id="an algorithm of true"),
        pytest.param({**P256, 3: -8}, id="of another algorithm"),
        pytest.param({**P256, 3: -257}, id="of RSA"),
        pytest.param({**EDDSA, 3: -7}, id="EdDSA as ES256"),
        pytest.param({**EDDSA, -1: 7}, id="named Ed448"),
        pytest.param({**EDDSA, -1: 4}, id="X25519"),
        pytest.param({**EDDSA, -2: bytes(31)}, id="a short point"),
        pytest.param({**EDDSA, -2: bytes(57)}, id="a long point"),
        pytest.param({**EDDSA, -2: little(2)}, id="off the Edwards curve"),
        pytest.param({**EDDSA, -2: little(_P + 3)}, id="beyond its field"),
        pytest.param({**EDDSA, -3: bytes(32)}, id="with y"),
        pytest.param({**RSA, -2: b"\x01"}, id="e=1"),
        pytest.param({**RSA, -2: b"\x03"}, id="e=3"),
        pytest.param({**RSA, -2: b"\x00\x01\x00\x01"}, id="e padded"),
        pytest.param({**RSA, -2: b"\x01\x00\x02"}, id="e even"),
        pytest.param({**RSA, -2: b"\x01" + bytes(3) + b"\x01"}, id="e too large"),
        pytest.param({**RSA, -2: b""}, id="no e"),
        pytest.param({**RSA, -2: 65537}, id="e a number"),
        pytest.param({**RSA, -1: b""}, id="no n"),
        pytest.param({**RSA, -1: b"\0" + bytes(RSA[-1])}, id="n padded"),
        pytest.param({**RSA, -1: modulus(1024)}, id="1024 bits"),
        pytest.param({**RSA, -1: modulus(2047)}, id="2047 bits"),
        pytest.param({**RSA, -1: modulus(4097)}, id="4097 bits"),
        pytest.param({**RSA, -1: modulus(16384)}, id="16384 bits"),
        pytest.param({**RSA, -1: modulus(2048)[:-1] + b"\0"}, id="n even"),
        pytest.param({**RSA, -3: b"d"}, id="with d"),
        pytest.param(b"\x04" + bytes(64), id="raw, as U2F has it"),
        pytest.param(b"", id="nothing"),
        pytest.param(encode_cbor(P256) + b"\0", id="something after it"),
        pytest.param(b"\xa6\x03\x26" + encode_cbor(P256)[1:], id="a member twice"),
        pytest.param(b"\xbf" + encode_cbor(P256)[1:] + b"\xff", id="without an end"),
    ],
)
def test_a_poisoned_key_is_refused(cose: Mapping[int, object] | bytes) -> None:
    assert judged(cose) == "public-key"


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", SMALL)
def test_a_point_of_small_order_is_refused(y: int, sign: int) -> None:
    """Anybody could sign for it, though it is on the curve."""
    assert keys._on_curve(y)
    assert judged({**EDDSA, -2: little(y, sign)}) == "public-key"


def test_no_good_point_is_taken_for_one_of_small_order() -> None:
    assert all(judged(Ed25519().cose()) == "-8" for _ in range(50))


@pytest.mark.parametrize("algorithm", [-9, -19, -35, -36, -37, -38, -47, -53, -65535, -50, 0, 7])
def test_an_algorithm_that_was_not_offered_is_refused_at_registration(algorithm: int) -> None:
    """At a sign-in it would be too late: the key would be enrolled."""
    site = Site()
    device = SoftAuthenticator(origin=site.expected.origin)

    def other(parts: Parts) -> None:
        parts.cose = encode_cbor({**P256, 3: algorithm})

    answer = device.create(site.creation(), other)
    with pytest.raises(Rejected) as refused:
        check_registration(answer, site.expected)
    assert refused.value.reason == "algorithm"
