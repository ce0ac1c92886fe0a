"""Every way to be refused, each by its own code.

A case bends one part of an otherwise true answer before it is signed, so that nothing but the
part in question can be what is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import pytest
from webauthn.helpers import encode_cbor

from ostiary_webauthn.answers import LONGEST, encode
from ostiary_webauthn.authdata import AT, BE, BS, ED, UP, UV
from ostiary_webauthn.checking import (
    Expected,
    Key,
    Reason,
    Rejected,
    check_assertion,
    check_registration,
    credential_id_of,
)
from ostiary_webauthn.testing import Bend, Ed25519, Es256, Parts, Site, SoftAuthenticator
from plugins.webauthn.tests.bends import (
    binding,
    challenge,
    client,
    client_text,
    data,
    flags,
    named,
    put,
    response,
    sent,
    without,
)

TOP = "https://portal.example"


def lacking(name: str, members: dict[str, Any]) -> dict[str, Any]:
    return {each: value for each, value in members.items() if each != name}


def lenient(text: str) -> str:
    """The same bytes to a lenient reader: a bit that stands for nothing is set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


# What both ceremonies refuse.
BOTH: tuple[tuple[str, Bend, Reason], ...] = (
    ("another type of credential", sent(type="password"), "credential-type"),
    ("no type", lambda parts: parts.sent.pop("type"), "credential-type"),
    ("no id", lambda parts: parts.sent.pop("id"), "malformed"),
    ("no rawId", lambda parts: parts.sent.pop("rawId"), "malformed"),
    ("an id of another type", sent(id=7), "malformed"),
    ("id unlike rawId", sent(id=encode(b"another")), "id-mismatch"),
    ("rawId unlike id", sent(rawId=encode(b"another")), "id-mismatch"),
    ("an empty id", sent(id="", rawId=""), "credential-id"),
    ("an id too long", named(b"x" * 1024), "credential-id"),
    ("padded base64", sent(id="YQ==", rawId="YQ=="), "not-base64url"),
    ("the other alphabet", sent(id="-_+/", rawId="-_+/"), "not-base64url"),
    ("base64 with white space", sent(id="YW\nJj", rawId="YW\nJj"), "not-base64url"),
    ("base64 of no length", sent(id="YWJjZ", rawId="YWJjZ"), "not-base64url"),
    ("bits left over", sent(id="YR", rawId="YR"), "not-base64url"),
    ("digits of another script", sent(id="YWJ\uff11", rawId="YWJ\uff11"), "not-base64url"),
    ("a lone surrogate", sent(id="\ud800AAA", rawId="\ud800AAA"), "not-base64url"),
    ("client data of another type", response(clientDataJSON=7), "malformed"),
    ("client data in padded base64", response(clientDataJSON="e30="), "not-base64url"),
    ("client data missing", response(clientDataJSON=None), "malformed"),
    ("client data empty", put(client_data=b""), "client-data"),
    ("client data no object", put(client_data=b"[]"), "client-data"),
    ("client data cut off", client_text(lambda text: text[:-1]), "client-data"),
    ("more after the client data", client_text(lambda text: text + b"{}"), "client-data"),
    ("a byte order mark", client_text(lambda text: b"\xef\xbb\xbf" + text), "client-data"),
    ("UTF-16", client_text(lambda text: text.decode().encode("utf-16")), "client-data"),
    ("UTF-16 without a mark", client_text(lambda t: t.decode().encode("utf-16-le")), "client-data"),
    ("UTF-32", client_text(lambda text: text.decode().encode("utf-32-be")), "client-data"),
    ("bytes that are no UTF-8", client_text(lambda t: t[:-1] + b',"x":"\xff"}'), "client-data"),
    ("a name twice", client_text(lambda t: t[:-1] + b',"type":"x"}'), "client-data"),
    (
        "the origin twice, escaped once",
        client_text(lambda t: t[:-1] + b',"\\u006frigin":"https://accounts.example"}'),
        "client-data",
    ),
    ("a name twice, far in", client_text(lambda t: t[:-1] + b',"x":{"a":1,"a":1}}'), "client-data"),
    ("no number", client_text(lambda t: t[:-1] + b',"x":NaN}'), "client-data"),
    (
        "nested without end",
        client_text(lambda t: t[:-1] + b',"x":' + b"[" * 9000 + b"]" * 9000 + b"}"),
        "client-data",
    ),
    ("no type in the client data", without("type"), "client-data"),
    ("no challenge", without("challenge"), "client-data"),
    ("no origin", without("origin"), "client-data"),
    ("an origin of another type", client(origin=["https://accounts.example"]), "client-data"),
    ("a type of another type", client(type=None), "client-data"),
    ("another ceremony", client(type="payment.get"), "ceremony"),
    ("another challenge", client(challenge=encode(b"x" * 64)), "challenge"),
    ("an empty challenge", client(challenge=""), "challenge"),
    ("part of the challenge", challenge(lambda text: text[:40]), "challenge"),
    ("a padded challenge", challenge(lambda text: text + "=="), "challenge"),
    ("a lenient challenge", challenge(lenient), "challenge"),
    ("another origin", client(origin="https://evil.example"), "origin"),
    ("an origin below", client(origin="https://x.accounts.example"), "origin"),
    ("an origin with a path", client(origin="https://accounts.example/"), "origin"),
    ("an origin with a port", client(origin="https://accounts.example:443"), "origin"),
    ("an origin in capitals", client(origin="https://ACCOUNTS.example"), "origin"),
    ("an origin without TLS", client(origin="http://accounts.example"), "origin"),
    ("crossed origins", client(crossOrigin=True), "cross-origin"),
    ("crossed origins, topmost named", client(crossOrigin=True, topOrigin=TOP), "cross-origin"),
    ("a topmost page", client(topOrigin=TOP), "top-origin"),
    ("a topmost page, its own", client(topOrigin="https://accounts.example"), "top-origin"),
    ("crossOrigin in words", client(crossOrigin="false"), "client-data"),
    ("crossOrigin a number", client(crossOrigin=0), "client-data"),
    ("crossOrigin null", client(crossOrigin=None), "client-data"),
    ("topOrigin a list", client(crossOrigin=True, topOrigin=[TOP]), "client-data"),
    ("a token binding not supported", binding("not-supported"), "client-data"),
    ("a token binding of its own", binding("homemade"), "client-data"),
    ("a token binding in no words", binding(["supported"]), "client-data"),
    ("a token binding without a state", client(tokenBinding={}), "client-data"),
    ("authenticator data cut off", data(lambda d: d[:36]), "authenticator-data"),
    ("authenticator data empty", put(authenticator_data=b""), "authenticator-data"),
    ("bytes after it", put(tail=b"\0"), "authenticator-data"),
    ("a map after it", put(tail=b"\xa0"), "authenticator-data"),
    ("extensions promised", flags(ED), "authenticator-data"),
    ("extensions of another type", put(extensions=b"\x80"), "authenticator-data"),
    ("extensions cut off", put(extensions=b"\xa1"), "authenticator-data"),
    ("extensions tagged", put(extensions=b"\xa1\x61x\xc1\x00"), "authenticator-data"),
    ("extensions without an end", put(extensions=b"\xbf\xff"), "authenticator-data"),
    ("extensions nested deep", put(extensions=b"\xa1\x61x" + b"\x81" * 99), "authenticator-data"),
    ("another site", put(rp_id_hash=bytes(32)), "rp-id"),
    ("nobody there", flags(without=UP), "user-presence"),
    ("nobody verified", flags(without=UV), "user-verification"),
    ("backed up, not eligible", flags(BS, BE), "backup-state"),
)

REGISTRATION: tuple[tuple[str, Bend, Reason], ...] = (
    ("an assertion", client(type="webauthn.get"), "ceremony"),
    ("no attestation object", response(attestationObject=None), "malformed"),
    ("another attestation object", put(attestation_object=b"\0"), "attestation-object"),
    ("an empty one", put(attestation_object=b""), "attestation-object"),
    ("an empty map", put(attestation_object=b"\xa0"), "attestation-object"),
    ("transports no list", response(transports="usb"), "malformed"),
    ("transports not of text", response(transports=[1]), "malformed"),
    ("extension results no object", sent(clientExtensionResults=[]), "malformed"),
    ("credProps no object", sent(clientExtensionResults={"credProps": 1}), "malformed"),
    ("rk in words", sent(clientExtensionResults={"credProps": {"rk": "yes"}}), "malformed"),
    ("a format of its own", put(fmt="homemade"), "attestation-format"),
    ("SafetyNet", put(fmt="android-safetynet"), "attestation-format"),
    ("a compound", put(fmt="compound"), "attestation-format"),
    ("none with a statement", put(statement={"sig": b"x"}), "attestation-statement"),
    ("none with a member of its own", put(statement={"x": 1}), "attestation-statement"),
    ("another credential inside", put(credential_id=b"another"), "id-mismatch"),
    ("no credential inside", put(aaguid=None), "authenticator-data"),
    ("an empty id inside", put(credential_id=b""), "credential-id"),
    ("an id too long inside", put(credential_id=b"x" * 1024), "credential-id"),
    (
        "a credential cut off",
        data(lambda d: d[:50]),
        "authenticator-data",
    ),
    ("a key cut off", data(lambda d: d[:-1]), "authenticator-data"),
    ("no key", put(cose=b""), "authenticator-data"),
    ("a key that is no map", put(cose=b"\x00"), "public-key"),
    ("an empty key", put(cose=b"\xa0"), "public-key"),
    ("a credential of zeros", data(lambda d: d[:37] + bytes(18)), "credential-id"),
)

ASSERTION: tuple[tuple[str, Bend, Reason], ...] = (
    ("a registration", client(type="webauthn.create"), "ceremony"),
    ("no signature", response(signature=None), "malformed"),
    ("no authenticator data", response(authenticatorData=None), "malformed"),
    ("another user", response(userHandle=encode(b"x" * 64)), "user-handle"),
    ("nobody, but said so", response(userHandle=""), "user-handle"),
    ("a user handle of another type", response(userHandle={}), "malformed"),
    ("a user handle in padded base64", response(userHandle="YQ=="), "not-base64url"),
    ("another credential", named(b"another"), "other-credential"),
    ("a key in an assertion", put(aaguid=bytes(range(16))), "authenticator-data"),
    ("a key promised", flags(AT), "authenticator-data"),
    ("eligible all at once", flags(BE), "backup-eligibility"),
    ("eligible and backed up all at once", flags(BE | BS), "backup-eligibility"),
    ("an empty signature", put(signature=b""), "signature"),
    ("a signature of zeros", put(signature=bytes(64)), "signature"),
    ("a signature by another key", put(key=Es256()), "signature"),
    ("a signature of another algorithm", put(key=Ed25519()), "signature"),
    ("a counter that stands still", put(sign_count=1), "cloned"),
    ("a counter gone back to zero", put(sign_count=0), "cloned"),
)


@pytest.fixture(scope="module")
def site() -> Site:
    site = Site()
    return Site(site.asking(user_verification=True), site.user_handle)


@pytest.fixture
def device(site: Site) -> SoftAuthenticator:
    return SoftAuthenticator(origin=site.expected.origin)


def reason(check: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as refused:
        check()
    assert refused.value.args == (refused.value.reason,)
    assert refused.value.__cause__ is None
    return refused.value.reason


def cases(*tables: tuple[tuple[str, Any, Reason], ...]) -> list[Any]:
    return [
        pytest.param(bend, expected, id=what.replace(" ", "-"))
        for table in tables
        for what, bend, expected in table
    ]


@pytest.mark.parametrize(("bend", "expected"), cases(BOTH, REGISTRATION))
def test_a_registration_is_refused(
    site: Site, device: SoftAuthenticator, bend: Bend, expected: Reason
) -> None:
    answer = device.create(site.creation(), bend)
    assert reason(lambda: check_registration(answer, site.expected)) == expected


@pytest.mark.parametrize(("bend", "expected"), cases(BOTH, ASSERTION))
def test_an_assertion_is_refused(
    site: Site, device: SoftAuthenticator, bend: Bend, expected: Reason
) -> None:
    key = site.enrol(device)
    answer = device.get(site.request(), bend)
    assert reason(lambda: check_assertion(answer, site.expected, key)) == expected


TEXTS: tuple[tuple[str, str, Reason], ...] = (
    ("nothing", "", "not-json"),
    ("no object", "[]", "not-json"),
    ("null", "null", "not-json"),
    ("two objects", "{}{}", "not-json"),
    ("nested without end", "[" * 60000, "not-json"),
    ("objects nested without end", '{"a":' * 13000, "not-json"),
    ("a byte order mark", "\ufeff{}", "not-json"),
    ("a name twice", '{"id":"YQ","id":"YQ"}', "not-json"),
    ("no number", '{"id":Infinity}', "not-json"),
    ("a number too long", '{"id":' + "9" * 60000 + "}", "not-json"),
    ("an empty object", "{}", "credential-type"),
    ("too long", " " * LONGEST + "{}", "too-long"),
    ("far too long", '{"a":"' + "a" * 10_000_000 + '"}', "too-long"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [pytest.param(text, why, id=what.replace(" ", "-")) for what, text, why in TEXTS],
)
def test_what_is_no_answer_at_all_is_refused_everywhere(
    site: Site, text: str, expected: Reason
) -> None:
    key = Key(
        credential_id=b"a",
        public_key=b"",
        user_handle=b"",
        backup_eligible=False,
        sign_count=0,
    )
    assert reason(lambda: credential_id_of(text)) == expected
    assert reason(lambda: check_registration(text, site.expected)) == expected
    assert reason(lambda: check_assertion(text, site.expected, key)) == expected


def test_a_response_that_is_no_object_is_refused(site: Site, device: SoftAuthenticator) -> None:
    made = json.loads(device.create(site.creation()))
    no_objects: tuple[object, ...] = (None, [], "x", 1)
    for value in no_objects:
        answer = json.dumps({**made, "response": value})
        assert reason(partial(check_registration, answer, site.expected)) == "malformed"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"crossOrigin": True, "topOrigin": "https://evil.example"}, "top-origin"),
        ({"crossOrigin": False, "topOrigin": TOP}, "top-origin"),
        ({"topOrigin": TOP}, "top-origin"),
        ({"crossOrigin": True, "topOrigin": "https://portal.example/"}, "top-origin"),
    ],
)
def test_a_page_that_was_not_allowed_may_not_embed_the_site(
    device: SoftAuthenticator, site: Site, members: dict[str, object], expected: Reason
) -> None:
    """Nor may a browser contradict itself about it."""
    allowing = site.asking(top_origins=(TOP,))
    key = site.enrol(device)
    answer = device.get(site.request(), client(**members))
    assert reason(lambda: check_assertion(answer, allowing, key)) == expected
    made = device.create(site.creation(), client(**members))
    assert reason(lambda: check_registration(made, allowing)) == expected


def test_a_key_that_was_eligible_stays_it(site: Site) -> None:
    """Backup eligibility never changes (section 6.1.3)."""
    device = SoftAuthenticator(origin=site.expected.origin, eligible=True)
    key = site.enrol(device)
    device.eligible = False
    answer = device.get(site.request())
    assert reason(lambda: check_assertion(answer, site.expected, key)) == "backup-eligibility"


def test_an_assertion_of_one_site_is_nothing_to_another(
    site: Site, device: SoftAuthenticator
) -> None:
    key = site.enrol(device)
    answer = device.get(site.request())
    other = site.asking(rp_id="evil.example")
    assert reason(lambda: check_assertion(answer, other, key)) == "rp-id"


def test_a_clone_is_told_only_by_the_key_itself(site: Site, device: SoftAuthenticator) -> None:
    """The counter is judged after the signature: nobody else can raise the alarm."""
    key = replace(site.enrol(device), sign_count=100)
    assert reason(lambda: check_assertion(device.get(site.request()), site.expected, key)) == (
        "cloned"
    )
    forged = device.get(site.request(), put(signature=b"x"))
    assert reason(lambda: check_assertion(forged, site.expected, key)) == "signature"


@pytest.mark.parametrize(("stored", "shown"), [(5, 5), (5, 4), (5, 0), (2**32 - 1, 2**32 - 1)])
def test_a_counter_that_does_not_go_up_is_a_clone(
    site: Site, device: SoftAuthenticator, stored: int, shown: int
) -> None:
    key = replace(site.enrol(device), sign_count=stored)
    answer = device.get(site.request(), put(sign_count=shown))
    assert reason(lambda: check_assertion(answer, site.expected, key)) == "cloned"


@pytest.mark.parametrize("stored", [b"", b"\xa0", b"\x04" + bytes(64), b"\xff" * 40])
def test_a_stored_key_that_was_damaged_opens_nothing(
    site: Site, device: SoftAuthenticator, stored: bytes
) -> None:
    key = replace(site.enrol(device), public_key=stored)
    answer = device.get(site.request())
    assert reason(lambda: check_assertion(answer, site.expected, key)) == "signature"


def test_an_attestation_object_has_its_three_members_and_nothing_else(
    site: Site, device: SoftAuthenticator
) -> None:
    def bent(change: Callable[[dict[str, Any]], dict[str, Any]], tail: bytes = b"") -> str:
        def bend(parts: Parts) -> None:
            members = {"fmt": "none", "attStmt": {}, "authData": parts.data()}
            parts.attestation_object = encode_cbor(change(members)) + tail

        answer = device.create(site.creation(), bend)
        return reason(lambda: check_registration(answer, site.expected))

    for name in ("fmt", "attStmt", "authData"):
        assert bent(partial(lacking, name)) == "attestation-object"
    assert bent(lambda members: {**members, "more": 1}) == "attestation-object"
    assert bent(lambda members: {**members, "authData": "text"}) == "attestation-object"
    assert bent(lambda members: {**members, "attStmt": []}) == "attestation-object"
    assert bent(lambda members: {**members, "fmt": 7}) == "attestation-format"
    assert bent(lambda members: members, b"\0") == "attestation-object"


def test_every_code_is_tried_and_stands_in_the_readme() -> None:
    tried = {why for table in (BOTH, REGISTRATION, ASSERTION, TEXTS) for *_, why in table}
    # The key and its statement have tables of their own.
    assert tried == set(get_args(Reason)) - {"algorithm"}
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", readme, re.MULTILINE)) >= set(get_args(Reason))


def test_what_is_expected_says_all_that_is_checked() -> None:
    """A new expectation needs its cases here."""
    assert set(Expected.__dataclass_fields__) == {
        "challenge",
        "origin",
        "rp_id",
        "user_verification",
        "top_origins",
        "roots",
    }
