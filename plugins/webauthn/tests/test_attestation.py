"""Attestation statements with certificates, made here: what the library leaves out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ostiary_webauthn import statement
from ostiary_webauthn.answers import encode
from ostiary_webauthn.checking import (
    Key,
    Registered,
    Rejected,
    check_assertion,
    check_registration,
)
from ostiary_webauthn.testing import Es256, Parts, Site, SoftAuthenticator

MODEL = bytes(range(16))
AAGUID = "1.3.6.1.4.1.45724.1.1.4"
DESCRIPTION = "1.3.6.1.4.1.11129.2.1.17"
UNIT = "Authenticator Attestation"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def name(unit: str | None = UNIT, common: str | None = "a model", country: str = "AA") -> x509.Name:
    said = {
        NameOID.COUNTRY_NAME: country,
        NameOID.ORGANIZATION_NAME: "a maker",
        NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
        NameOID.COMMON_NAME: common,
    }
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in said.items() if text])


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Somebody who makes authenticators, and certifies them."""

    key: ec.EllipticCurvePrivateKey
    subject: x509.Name = name()  # noqa: RUF009 - it is frozen itself.
    extensions: tuple[tuple[str, bytes, bool], ...] = ()
    ca: bool | None = False
    root_name: str = "Root"

    def root(self) -> bytes:
        return self._build(name(self.root_name), self.key.public_key(), ca=True).public_bytes(
            Encoding.PEM
        )

    def certificate(self, key: ec.EllipticCurvePublicKey) -> bytes:
        return self._build(self.subject, key, ca=self.ca).public_bytes(Encoding.DER)

    def _build(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, ca: bool | None
    ) -> x509.Certificate:
        building = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name(self.root_name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(WHEN - timedelta(days=3650))
            .not_valid_after(WHEN + timedelta(days=36500))
        )
        if ca is not None:
            constraints = x509.BasicConstraints(ca=ca, path_length=None)
            building = building.add_extension(constraints, critical=True)
        for oid, value, critical in () if ca else self.extensions:
            extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
            building = building.add_extension(extension, critical=critical)
        return building.sign(self.key, SHA256())


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker(key=ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


def signed(parts: Parts) -> bytes:
    return parts.data() + parts.client_hash()


def packed(maker: Maker, signer: Es256) -> Callable[[Parts], object]:
    """A statement by a key of the model's (section 8.2)."""

    def state(parts: Parts) -> dict[str, Any]:
        chain = [maker.certificate(signer.key.public_key())]
        return {"alg": -7, "sig": signer.sign(signed(parts)), "x5c": chain}

    def bend(parts: Parts) -> None:
        parts.fmt, parts.state, parts.aaguid = "packed", state, MODEL

    return bend


def u2f(maker: Maker, signer: Es256, chain: int = 1) -> Callable[[Parts], object]:
    """What a browser makes of the answer of an old key (section 8.6)."""

    def state(parts: Parts) -> dict[str, Any]:
        cose = parts.key.cose()
        x, y = cose[-2], cose[-3]
        assert isinstance(x, bytes)
        assert isinstance(y, bytes)
        data = b"\0" + parts.rp_id_hash + parts.client_hash() + parts.credential_id
        signature = signer.sign(data + b"\x04" + x + y)
        return {"sig": signature, "x5c": [maker.certificate(signer.key.public_key())] * chain}

    def bend(parts: Parts) -> None:
        parts.fmt, parts.state = "fido-u2f", state

    return bend


def element(tag: bytes, content: bytes) -> bytes:
    assert len(content) < 128
    return tag + bytes([len(content)]) + content


def described(
    challenge: bytes, software: bytes = b"", hardware: bytes = b"", tail: bytes = b""
) -> bytes:
    """Android's KeyDescription."""
    fields = b"\x02\x02\x01\x2c\x0a\x01\x00\x02\x01\x00\x0a\x01\x00"
    content = fields + element(b"\x04", challenge) + element(b"\x04", b"")
    return (
        element(b"\x30", content + element(b"\x30", software) + element(b"\x30", hardware)) + tail
    )


# Members of an AuthorizationList, as DER: purpose [1], allApplications [600], origin [702].
SIGN, DECRYPT = b"\xa1\x05\x31\x03\x02\x01\x02", b"\xa1\x05\x31\x03\x02\x01\x01"
EVERYBODY = b"\xbf\x84\x58\x02\x05\x00"
GENERATED, IMPORTED = b"\xbf\x85\x3e\x03\x02\x01\x00", b"\xbf\x85\x3e\x03\x02\x01\x02"


def android(
    maker: Maker, describe: Callable[[bytes], bytes] | None, **bent: Any
) -> Callable[[Parts], object]:
    """A statement by the new key, certified by the keystore (section 8.4)."""

    def state(parts: Parts) -> dict[str, Any]:
        assert isinstance(parts.key, Es256)
        told = () if describe is None else ((DESCRIPTION, describe(parts.client_hash()), False),)
        certified = replace(maker, extensions=told)
        key = bent.get("certified", parts.key).key.public_key()
        signature = bent.get("signer", parts.key).sign(signed(parts))
        return {"alg": -7, "sig": signature, "x5c": [certified.certificate(key)]}

    def bend(parts: Parts) -> None:
        parts.fmt, parts.state = "android-key", state

    return bend


def registered(
    site: Site, bend: Callable[[Parts], object], *roots: tuple[str, tuple[bytes, ...]]
) -> Registered:
    device = SoftAuthenticator(origin=site.expected.origin)
    return check_registration(device.create(site.creation(), bend), site.asking(roots=roots))


def refused(
    site: Site, bend: Callable[[Parts], object], *roots: tuple[str, tuple[bytes, ...]]
) -> bool:
    with pytest.raises(Rejected) as refusal:
        registered(site, bend, *roots)
    assert refusal.value.reason == "attestation-statement"
    return True


def test_a_certified_model_says_whose_it_is(site: Site, maker: Maker) -> None:
    octets = b"\x04\x10" + MODEL
    modelled = replace(maker, extensions=((AAGUID, octets, False),))
    for certifier in (maker, modelled):
        made = registered(site, packed(certifier, Es256()))
        assert (made.fmt, len(made.attestation.certificates)) == ("packed", 1)
        assert made.attestation.trusted is False
        assert made.aaguid == "00010203-0405-0607-0809-0a0b0c0d0e0f"


def test_where_a_root_is_asked_for_the_chain_must_lead_there(site: Site, maker: Maker) -> None:
    other = Maker(key=ec.generate_private_key(ec.SECP256R1()))
    for fmt, made in (("packed", packed), ("fido-u2f", u2f)):
        assert registered(site, made(maker, Es256()), (fmt, (maker.root(),))).attestation.trusted
        assert refused(site, made(maker, Es256()), (fmt, (other.root(),)))
        # Another format's roots are not asked.
        registered(site, made(maker, Es256()), ("tpm", (other.root(),)))


def test_where_two_ask_for_roots_the_chain_must_please_both(site: Site, maker: Maker) -> None:
    """Two policies at once are never less than either of them."""
    other = Maker(key=ec.generate_private_key(ec.SECP256R1()), root_name="Another root")
    mine, theirs = ("packed", (maker.root(),)), ("packed", (other.root(),))
    either = ("packed", (other.root(), maker.root()))
    assert registered(site, packed(maker, Es256()), mine, either).attestation.trusted
    assert refused(site, packed(maker, Es256()), mine, theirs)
    assert refused(site, packed(maker, Es256()), theirs, mine)


def test_a_key_that_speaks_for_itself_leads_to_no_root(site: Site, maker: Maker) -> None:
    device = SoftAuthenticator(origin=site.expected.origin, fmt="packed")
    asked = site.asking(roots=(("packed", (maker.root(),)),))
    made = check_registration(device.create(site.creation()), asked)
    assert made.attestation.trusted is False


def test_another_model_than_the_certified_one_is_refused(site: Site, maker: Maker) -> None:
    """Sections 8.2 and 8.2.1; the library does not look."""
    for value, critical in (
        (b"\x04\x10" + bytes(16), False),
        (MODEL, False),
        (b"\x04\x10" + MODEL, True),
    ):
        other = replace(maker, extensions=((AAGUID, value, critical),))
        assert refused(site, packed(other, Es256()))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": name(unit="Another Unit")},
        {"subject": name(unit=None)},
        {"subject": name(common=None)},
        {"subject": name(country="")},
        {"ca": True},
        {"ca": None},
    ],
)
def test_a_certificate_of_something_else_is_refused(
    site: Site, maker: Maker, changes: dict[str, Any]
) -> None:
    """Section 8.2.1; the library does not look."""
    assert refused(site, packed(replace(maker, **changes), Es256()))


def test_a_statement_by_another_key_than_the_certified_one_is_refused(
    site: Site, maker: Maker
) -> None:
    def forged(parts: Parts) -> None:
        packed(maker, Es256())(parts)
        state, signer = parts.state, Es256()
        assert state is not None
        parts.state = lambda parts: {**state(parts), "sig": signer.sign(signed(parts))}

    assert refused(site, forged)


def test_without_certificates_a_chain_is_no_statement_by_itself(site: Site) -> None:
    """The library takes an empty chain for none, and the new key's signature for good."""

    def empty(parts: Parts) -> None:
        parts.fmt = "packed"
        parts.state = lambda parts: {"alg": -7, "sig": parts.key.sign(signed(parts)), "x5c": []}

    assert refused(site, empty)


def test_an_old_u2f_key_registers_and_works(site: Site, maker: Maker) -> None:
    device = SoftAuthenticator(
        origin=site.expected.origin, verifies=False, discoverable=False, transports=("usb",)
    )
    made = check_registration(device.create(site.creation(), u2f(maker, Es256())), site.expected)
    assert (made.fmt, made.user_verified) == ("fido-u2f", False)
    assert made.aaguid == "00000000-0000-0000-0000-000000000000"
    key = Key(
        credential_id=made.credential_id,
        public_key=made.public_key,
        user_handle=site.user_handle,
        backup_eligible=made.backup_eligible,
        sign_count=made.sign_count,
    )
    request = {**site.request(), "allowCredentials": [{"id": encode(key.credential_id)}]}
    assert check_assertion(device.get(request), site.expected, key).sign_count == 2


def test_a_u2f_statement_has_one_certificate(site: Site, maker: Maker) -> None:
    assert refused(site, u2f(maker, Es256(), chain=2))


@pytest.mark.parametrize(
    ("software", "hardware"),
    [(b"", b""), (b"", SIGN + GENERATED), (SIGN + GENERATED, b""), (SIGN, GENERATED)],
)
def test_an_android_keystore_vouches_for_its_keys(
    site: Site, maker: Maker, software: bytes, hardware: bytes
) -> None:
    """In hardware or software alike: which, is for a policy to ask (section 8.4)."""
    bend = android(maker, lambda challenge: described(challenge, software, hardware))
    assert registered(site, bend).fmt == "android-key"
    assert registered(site, bend, ("android-key", (maker.root(),))).attestation.trusted


@pytest.mark.parametrize(
    "describe",
    [
        pytest.param(None, id="no description"),
        pytest.param(lambda challenge: described(challenge[::-1]), id="another challenge"),
        pytest.param(lambda challenge: described(challenge, tail=b"\0"), id="more after it"),
        pytest.param(lambda challenge: described(challenge, EVERYBODY), id="for all, software"),
        pytest.param(lambda challenge: described(challenge, b"", EVERYBODY), id="for all"),
        pytest.param(lambda challenge: described(challenge, b"", IMPORTED), id="imported"),
        pytest.param(
            lambda challenge: described(challenge, GENERATED, IMPORTED), id="imported, they differ"
        ),
        pytest.param(lambda challenge: described(challenge, DECRYPT), id="for something else"),
        pytest.param(lambda challenge: challenge, id="no description at all"),
    ],
)
def test_what_an_android_keystore_must_not_say(
    site: Site, maker: Maker, describe: Callable[[bytes], bytes] | None
) -> None:
    assert refused(site, android(maker, describe))


def test_an_android_keystore_certifies_the_key_in_question(site: Site, maker: Maker) -> None:
    assert refused(site, android(maker, described, certified=Es256()))
    other = Es256()
    assert refused(site, android(maker, described, certified=other, signer=other))
    stranger = Maker(key=ec.generate_private_key(ec.SECP256R1()))
    assert refused(site, android(maker, described), ("android-key", (stranger.root(),)))


def test_apple_is_asked_for_its_own_root(site: Site, maker: Maker) -> None:
    """The library brings Apple's root along, and a nonce alone would prove nothing."""

    def apple(parts: Parts) -> None:
        def state(parts: Parts) -> dict[str, Any]:
            assert isinstance(parts.key, Es256)
            nonce = hashlib.sha256(signed(parts)).digest()
            told = (("1.2.840.113635.100.8.2", b"\x30\x24\xa1\x22\x04\x20" + nonce, False),)
            certified = replace(maker, extensions=told)
            return {"x5c": [certified.certificate(parts.key.key.public_key())]}

        parts.fmt, parts.state = "apple", state

    assert refused(site, apple)
    assert registered(site, apple, ("apple", (maker.root(),))).attestation.trusted


def test_a_statement_that_the_library_does_not_call_verified_is_refused(
    site: Site, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so by True, and by an exception otherwise; anything else would be news."""
    monkeypatch.setattr(statement, "verify_packed", lambda **_: False)
    assert refused(site, packed(maker, Es256()))
