"""Attestation statements: the library verifies them, and here is what it leaves out.

They are verified whatever the site asked for, as WebAuthn, section 7.1, step 22, has it. Whose
authenticators are good enough is not judged here, but by a policy over
:class:`~ostiary_webauthn.values.Attestation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from cryptography import x509
from cryptography.x509.oid import NameOID
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import AttestationStatement
from webauthn.registration.formats.apple import verify_apple
from webauthn.registration.formats.fido_u2f import verify_fido_u2f
from webauthn.registration.formats.packed import verify_packed
from webauthn.registration.formats.tpm import verify_tpm

from ostiary_webauthn import android
from ostiary_webauthn.attestation import AttestationObject
from ostiary_webauthn.authdata import Attested

# The library brings the root of this along, and insists on it.
_ROOTED = "apple"

# id-fido-gen-ce-aaguid, section 8.2.1: an OCTET STRING of 16 bytes.
_AAGUID = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_OCTETS_16 = b"\x04\x10"

_NO_AAGUID = bytes(16)


Roots = tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement with all that it speaks of.

    Attributes:
        raw: the attestation object, exactly as it was sent.
        made: the same, read.
        attested: the new credential.
        client_data: what the browser collected.
        rp_id_hash: the site, as the authenticator's data names it.
        roots: certificates in PEM form; the chain must lead to one of each group.
    """

    raw: bytes
    made: AttestationObject
    attested: Attested
    client_data: bytes
    rp_id_hash: bytes
    roots: tuple[Roots, ...]


def verify(statement: Statement) -> bool:
    """Verify a statement by the procedure of its format (WebAuthn, section 8).

    Returns:
        whether its certificates were followed to a known root.

    Raises:
        Exception: it is wrong. The library raises ten kinds, and this adds none.
    """
    if statement.made.fmt == "none":
        return False
    check = {
        "packed": _packed,
        "tpm": _tpm,
        "android-key": _android_key,
        "fido-u2f": _fido_u2f,
        "apple": _apple,
    }[statement.made.fmt]
    for roots in statement.roots or ((),):
        check(statement, roots)
    rooted = any(statement.roots) or statement.made.fmt == _ROOTED
    return rooted and bool(statement.made.certificates)


def _packed(statement: Statement, roots: Roots) -> None:
    if statement.made.certificates:
        certificate = x509.load_der_x509_certificate(statement.made.certificates[0])
        _requirements(certificate)
        _model(certificate, statement.attested)
    _by_library(verify_packed, statement, roots)


def _tpm(statement: Statement, roots: Roots) -> None:
    _model(x509.load_der_x509_certificate(statement.made.certificates[0]), statement.attested)
    _by_library(verify_tpm, statement, roots)


def _android_key(statement: Statement, roots: Roots) -> None:
    android.verify(
        _for_library(statement),
        statement.made.authenticator_data,
        statement.client_data,
        statement.attested.public_key,
        roots,
    )


def _fido_u2f(statement: Statement, roots: Roots) -> None:
    _require(
        verify_fido_u2f(
            attestation_statement=_for_library(statement),
            client_data_json=statement.client_data,
            rp_id_hash=statement.rp_id_hash,
            credential_id=statement.attested.credential_id,
            credential_public_key=statement.attested.public_key,
            # The library insists on zeros. Section 8.6 does not, and the statement does not
            # cover the model.
            aaguid=_NO_AAGUID,
            pem_root_certs_bytes=list(roots),
        )
    )


def _apple(statement: Statement, roots: Roots) -> None:
    _by_library(verify_apple, statement, roots)


def _by_library(check: Callable[..., bool], statement: Statement, roots: Roots) -> None:
    _require(
        check(
            attestation_statement=_for_library(statement),
            attestation_object=statement.raw,
            client_data_json=statement.client_data,
            credential_public_key=statement.attested.public_key,
            pem_root_certs_bytes=list(roots),
        )
    )


def _require(verified: bool) -> None:  # noqa: FBT001
    if verified is not True:
        raise ValueError("not verified")


def _for_library(statement: Statement) -> AttestationStatement:
    # The kinds of all members were checked when the statement was read.
    said: dict[str, object] = {str(name): value for name, value in statement.made.statement.items()}
    renamed = {"certInfo": "cert_info", "pubArea": "pub_area"}
    members = {renamed.get(name, name): value for name, value in said.items()}
    if isinstance(number := said.get("alg"), int):
        members["alg"] = COSEAlgorithmIdentifier(number)
    return AttestationStatement(**members)  # type: ignore[arg-type]


def _requirements(certificate: x509.Certificate) -> None:
    # Section 8.2.1, which the library leaves out.
    subject = certificate.subject
    unit = subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    named = (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    if (
        certificate.version != x509.Version.v3
        or [item.value for item in unit] != ["Authenticator Attestation"]
        or not all(subject.get_attributes_for_oid(name) for name in named)
        or constraints.value.ca
    ):
        raise ValueError("not the certificate of an authenticator")


def _model(certificate: x509.Certificate, attested: Attested) -> None:
    # Sections 8.2 and 8.3: where the certificate names the model, it is that of the key.
    try:
        extension = certificate.extensions.get_extension_for_oid(_AAGUID)
    except x509.ExtensionNotFound:
        return
    said = extension.value
    if extension.critical or not isinstance(said, x509.UnrecognizedExtension):
        raise ValueError("a model that is not said as it should be")
    if said.value != _OCTETS_16 + UUID(attested.aaguid).bytes:
        raise ValueError("another model")
