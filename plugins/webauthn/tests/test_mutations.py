"""The W3C's vectors with each part changed and signed anew, held to the specification.

Their private keys are public, so a change is refused for what it is, and not because it breaks
a signature. Each mutation is written with the verdict of WebAuthn, sections 7.1, 7.2 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from webauthn.helpers import encode_cbor

from ostiary.testing.sampling import sampled
from ostiary_webauthn import cbor
from ostiary_webauthn.answers import encode
from ostiary_webauthn.authdata import AT, BE, BS, ED, UP, UV
from ostiary_webauthn.checking import (
    Expected,
    Rejected,
    check_assertion,
    check_registration,
)
from ostiary_webauthn.testing import Bend, Es256, Parts
from plugins.webauthn.tests.bends import binding, client, client_text, named, put, without
from plugins.webauthn.tests.w3c import USER, VECTORS, Vector, needs_vectors

pytestmark = needs_vectors

OFFERED = {vector.name: vector for vector in VECTORS if vector.offered}
ONE_EACH = ("none.ES256", "packed.EdDSA", "packed.RS256")

# Certificates that name the challenge cannot be made anew, so these refuse what others take:
# Apple's covers everything, Android's what the browser collected.
COVERED = {"apple": ("client", "data"), "android-key": ("client",)}

Record = Callable[[str, object], None]


def registers(vector: Vector, bend: Bend, **expected: Any) -> bool:
    parts = vector.registration()
    bend(parts)
    return passes(
        lambda asked: check_registration(parts.registration(), asked),
        vector.expected("registration", **expected),
    )


def signs_in(vector: Vector, bend: Bend, **expected: Any) -> bool:
    parts = vector.authentication()
    bend(parts)
    return passes(
        lambda asked: check_assertion(parts.assertion(), asked, vector.key),
        vector.expected("authentication", **expected),
    )


def passes(check: Callable[[Expected], object], expected: Expected) -> bool:
    try:
        check(expected)
    except Rejected:
        return False
    return True


def vectors(**chosen: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", sampled(OFFERED, **chosen))


# What the browser collected, with what the specification says of it.
CLIENT: tuple[tuple[Bend, bool], ...] = (
    (client(type="webauthn.create2"), False),
    (client(type="payment.get"), False),
    (client(challenge=encode(b"another")), False),
    (client(challenge=""), False),
    (client(origin="https://example.com"), False),
    (client(origin="https://example.org:443"), False),
    (client(origin="http://example.org"), False),
    (without("type"), False),
    (without("challenge"), False),
    (without("origin"), False),
    (lambda parts: (parts.client.pop("crossOrigin", 0), parts.client.pop("topOrigin", 0)), True),
    (client(crossOrigin=True), True),
    (client(crossOrigin=True, topOrigin="https://example.com"), True),
    (client(crossOrigin=True, topOrigin="https://evil.example"), False),
    (client(crossOrigin=False, topOrigin="https://evil.example"), False),
    (client(tokenBinding={"status": "supported"}), True),
    (client(another={"member": [1, 2]}), True),
    (lambda parts: put(client=dict(reversed(parts.client.items())))(parts), True),
    (client_text(lambda text: text.replace(b',"', b' ,\n"')), True),
    (client_text(lambda text: text[:-1]), False),
    (client_text(lambda text: text + b"x"), False),
    (client_text(lambda text: b""), False),  # noqa: ARG005
    (client_text(lambda text: text.decode().encode("utf-16")), False),
)


@vectors(most=0, always=OFFERED)
def test_what_the_browser_collected(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    fixed = "client" in COVERED.get(vector.fmt, ())
    for number, (bend, good) in enumerate(CLIENT):
        same = vector.registration().client_json() == bent(vector.registration(), bend)
        assert registers(vector, bend) is (good and (same or not fixed)), number
        assert signs_in(vector, bend) is good, number
    record_property("webauthn-judged", f"mutations of the client data {2 * len(CLIENT)}")


def bent(parts: Parts, bend: Bend) -> bytes:
    bend(parts)
    return parts.client_json()


@vectors(most=0, always=OFFERED)
def test_an_embedding_that_was_not_allowed(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    ways = ({"crossOrigin": True}, {"crossOrigin": True, "topOrigin": "https://example.com"})
    for members in ways:
        assert not registers(vector, client(**members), top_origins=())
        assert not signs_in(vector, client(**members), top_origins=())
    record_property("webauthn-judged", f"mutations of the embedding {2 * len(ways)}")


def lawful(flags: int, *, verified: bool) -> bool:
    """Sections 7.1, steps 15 to 18, and 6.1: the reserved bits mean nothing yet."""
    present = bool(flags & UP) and (bool(flags & UV) or not verified)
    # Without extensions none may be promised.
    return present and (bool(flags & BE) or not flags & BS) and not flags & ED


@vectors(most=0, always=ONE_EACH)
def test_every_state_of_the_flags(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    original = vector.registration().flags
    eligible = vector.key.backup_eligible
    for flags in range(256):
        for verified in (False, True):
            # The flag of a new key goes with the key, which a registration has.
            good = lawful(flags, verified=verified)
            fixed = vector.fmt == "apple" and flags & ~AT != original
            assert registers(vector, put(flags=flags), user_verification=verified) is (
                good and not fixed
            )
            # At an assertion there is none, and eligibility is as it was (section 7.2).
            same = bool(flags & BE) is eligible and not flags & AT
            assert signs_in(vector, put(flags=flags), user_verification=verified) is (good and same)
    record_property("webauthn-judged", "mutations of the flags 1024")


def flipped(value: bytes, place: int) -> bytes:
    return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]


def data_mutations(parts: Parts, fmt: str) -> Iterator[tuple[Bend, bool]]:
    """Changes of the authenticator data, with the verdict on a registration."""
    for place in range(32):
        yield put(rp_id_hash=flipped(parts.rp_id_hash, place)), False
    for count in (0, 1, 2**31, 2**32 - 1):
        yield put(sign_count=count), fmt != "apple" or count == parts.sign_count
    assert parts.aaguid is not None
    for place in range(16):
        # No certificate of the vectors names a model, and U2F does not sign it.
        yield put(aaguid=flipped(parts.aaguid, place)), fmt != "apple"
    for size in (1, 16, 1023):
        same = len(parts.credential_id) == size
        yield named(parts.credential_id[:1] * size), fmt != "apple" or same
    for size in (0, 1024, 4096):
        yield named(b"x" * size), False
    yield put(credential_id=b"another"), False
    yield put(extensions=encode_cbor({"credProtect": 2})), fmt != "apple"
    yield put(extensions=encode_cbor([])), False
    yield put(extensions=b"\xa1"), False
    yield put(tail=b"\0"), False
    yield put(tail=b"\xa0"), False
    yield put(authenticator_data=parts.data()[:36]), False
    yield put(authenticator_data=parts.data()[:54]), False
    yield put(authenticator_data=parts.data()[:-1]), False


@vectors(most=0, always=OFFERED)
def test_the_authenticator_data(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    mutations = list(data_mutations(vector.registration(), vector.fmt))
    for number, (bend, good) in enumerate(mutations):
        assert registers(vector, bend) is good, number
    record_property("webauthn-judged", f"mutations of the new credential {len(mutations)}")


@vectors(most=0, always=OFFERED)
def test_the_public_key(name: str, record_property: Record) -> None:
    """Any other key than the one that the statement is about, or that the algorithm allows."""
    vector = OFFERED[name]
    parts = vector.registration()
    assert parts.cose is not None
    cose: Any = cbor.loads(parts.cose)
    judged = 0
    for member in cose:
        for changed in ({**cose, member: None}, {**cose, member: 99}, {**cose, member: b"\1"}):
            assert not registers(vector, put(cose=encode_cbor(changed)))
            judged += 1
        less = {each: value for each, value in cose.items() if each != member}
        assert not registers(vector, put(cose=encode_cbor(less)))
        judged += 1
    for more in (2, 4, 5, -4, -12):
        assert not registers(vector, put(cose=encode_cbor({**cose, more: b"more"})))
        judged += 1
    # A good key, and another one: only where nothing is said about it, that is nothing new.
    other = put(cose=encode_cbor(Es256().cose()))
    by_certificate = vector.fmt == "packed" and vector.published["meta"]["x5c_len"]
    assert registers(vector, other) is bool(vector.fmt == "none" or by_certificate)
    record_property("webauthn-judged", f"mutations of the public key {judged + 1}")


def statement_mutations(parts: Parts) -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements that are not about these parts."""
    assert parts.state is not None
    good = dict(parts.state(parts))
    fmt = parts.fmt
    yield fmt, {**good, "more": 1}
    for member, value in good.items():
        yield fmt, {each: kept for each, kept in good.items() if each != member}
        wrongs: tuple[object, ...] = (None, 0, b"", "x", [], {})
        for wrong in wrongs:
            yield fmt, {**good, member: wrong}
        places = range(0, len(value), 7) if isinstance(value, bytes) else ()
        for place in places:
            yield fmt, {**good, member: flipped(value, place)}
    for other in ("packed", "tpm", "android-key", "apple", "fido-u2f", "compound", ""):
        # What an Android keystore says of itself is a good statement of the packed format too.
        if other != fmt and (fmt, other) != ("android-key", "packed"):
            yield other, good
    if good:
        yield "none", good
    if "alg" in good:
        yield from ((fmt, {**good, "alg": each}) for each in (-8, -257, -35, -65535, 1, 2**63))
    if "x5c" in good:
        chains = ([*good["x5c"], "text"], [b"no certificate"], good["x5c"] * 2000)
        yield from ((fmt, {**good, "x5c": chain}) for chain in chains)


@vectors(most=0, always=OFFERED)
def test_the_statement(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    mutations = list(statement_mutations(vector.registration()))
    for number, (fmt, statement) in enumerate(mutations):
        assert not registers(vector, put(fmt=fmt, statement=statement)), number
    assert registers(vector, put(fmt="none", statement={}))
    record_property("webauthn-judged", f"mutations of the statement {len(mutations) + 1}")


@vectors(most=0, always=OFFERED)
def test_the_assertion(name: str, record_property: Record) -> None:
    vector = OFFERED[name]
    good = vector.authentication()
    signature = good.key.sign(good.data() + good.client_hash())
    mutations: list[tuple[Bend, bool]] = [
        (put(key=Es256()), False),
        (put(signature=b""), False),
        (put(signature=signature + b"\0"), False),
        (put(signature=signature[:-1]), False),
        (put(signature=bytes(len(signature))), False),
        (named(b"another"), False),
        (put(extensions=encode_cbor({"uvm": [[2, 4, 2]]})), True),
        (put(tail=b"\0"), False),
        (put(authenticator_data=good.data()[:36]), False),
        (lambda parts: parts.response.update(userHandle=encode(USER)), True),
        (lambda parts: parts.response.update(userHandle=encode(b"somebody else")), False),
    ]
    mutations += [(put(sign_count=count), True) for count in (0, 1, 2**32 - 1)]
    places = range(0, len(signature), 3)
    mutations += [(put(signature=flipped(signature, each)), False) for each in places]
    mutations += [(put(rp_id_hash=flipped(good.rp_id_hash, each)), False) for each in range(32)]
    # Signed before the change, so that the signature alone refuses it.
    whole = good.data()
    mutations += [
        (put(signature=signature, authenticator_data=flipped(whole, each)), False)
        for each in range(len(whole))
    ]
    text = good.client_json()
    mutations += [
        (put(signature=signature, client_data=flipped(text, each)), False)
        for each in range(0, len(text), 5)
    ]
    for number, (bend, verdict) in enumerate(mutations):
        assert signs_in(vector, bend) is verdict, number
    record_property("webauthn-judged", f"mutations of the assertion {len(mutations)}")


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(client_text(lambda text: b"\xef\xbb\xbf" + text), id="a byte order mark"),
        pytest.param(binding("not-supported"), id="a token binding that was never defined"),
    ],
)
def test_what_no_browser_writes_is_refused_though_the_specification_takes_it(
    bend: Bend, record_property: Record
) -> None:
    """The places where we are stricter about a well-formed answer."""
    vector = OFFERED["none.ES256"]
    assert not registers(vector, bend)
    assert not signs_in(vector, bend)
    record_property("webauthn-judged", "client data refused by our own rules 2")
