"""The checks of a relying party: WebAuthn, Level 3, sections 7.1 and 7.2.

Everything is read and judged here first, strictly; then the library (py_webauthn) verifies
signature and attestation over the same bytes, and what it hands back is not trusted further
than that. It accepts what a relying party must refuse, and lets exceptions of many kinds out:
whatever is wrong with an answer, all that leaves here is :class:`Rejected`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from webauthn import verify_authentication_response
from webauthn.helpers.structs import AuthenticationCredential, AuthenticatorAssertionResponse

from ostiary_webauthn import answers, attestation, authdata, clientdata, keys
from ostiary_webauthn.answers import credential_id_of
from ostiary_webauthn.keys import ALGORITHMS
from ostiary_webauthn.rejected import Reason, Rejected
from ostiary_webauthn.statement import Statement, verify
from ostiary_webauthn.values import Asserted, Attestation, Expected, Key, Registered

__all__ = [
    "ALGORITHMS",
    "Asserted",
    "Attestation",
    "Expected",
    "Key",
    "Reason",
    "Registered",
    "Rejected",
    "check_assertion",
    "check_registration",
    "credential_id_of",
]

_Value = TypeVar("_Value")


def check_registration(answer: str, expected: Expected) -> Registered:
    """Judge the answer to ``navigator.credentials.create()`` (WebAuthn, section 7.1).

    Args:
        answer: the JSON text of what it gave, ``PublicKeyCredential.toJSON()``.
        expected: what was asked.

    Raises:
        Rejected: the answer proves no new key for what was asked.
    """
    sent = answers.registration(answer)
    clientdata.check(sent.client_data, "webauthn.create", expected)
    made = attestation.parse(sent.attestation_object)
    data = authdata.check(made.authenticator_data, expected)
    if data.attested is None:
        raise Rejected("authenticator-data")
    if data.attested.credential_id != sent.credential_id:
        raise Rejected("id-mismatch")
    keys.check(data.attested.public_key)
    about = Statement(
        raw=sent.attestation_object,
        made=made,
        attested=data.attested,
        client_data=sent.client_data,
        rp_id_hash=data.rp_id_hash,
        roots=tuple(roots for fmt, roots in expected.roots if fmt == made.fmt),
    )
    trusted = _ask(lambda: verify(about), "attestation-statement")
    return Registered(
        credential_id=sent.credential_id,
        public_key=data.attested.public_key,
        aaguid=data.attested.aaguid,
        sign_count=data.sign_count,
        user_verified=data.has(authdata.UV),
        backup_eligible=data.has(authdata.BE),
        backed_up=data.has(authdata.BS),
        transports=sent.transports,
        discoverable=sent.discoverable,
        fmt=made.fmt,
        attestation=Attestation(
            certificates=made.certificates, trusted=trusted, raw=sent.attestation_object
        ),
    )


def check_assertion(answer: str, expected: Expected, key: Key) -> Asserted:
    """Judge the answer to ``navigator.credentials.get()`` (WebAuthn, section 7.2).

    Args:
        answer: the JSON text of what it gave, ``PublicKeyCredential.toJSON()``.
        expected: what was asked.
        key: what was stored of the credential that :func:`credential_id_of` names.

    Raises:
        Rejected: the answer does not prove that the key was used for what was asked; with the
            reason ``cloned`` it does, but the counter did not go up.
    """
    sent = answers.assertion(answer)
    if sent.credential_id != key.credential_id:
        raise Rejected("other-credential")
    if sent.user_handle is not None and sent.user_handle != key.user_handle:
        raise Rejected("user-handle")
    clientdata.check(sent.client_data, "webauthn.get", expected)
    data = authdata.check(sent.authenticator_data, expected)
    # Section 6.1: only a registration carries a key.
    if data.attested is not None:
        raise Rejected("authenticator-data")
    if data.has(authdata.BE) != key.backup_eligible:
        raise Rejected("backup-eligibility")
    _ask(lambda: _verify_assertion(sent, expected, key), "signature")
    # Section 7.2, step 22: judged last, so that nobody but the key can raise the alarm. Where
    # both are zero the authenticator does not count.
    if (data.sign_count or key.sign_count) and data.sign_count <= key.sign_count:
        raise Rejected("cloned")
    return Asserted(
        user_handle=sent.user_handle,
        user_verified=data.has(authdata.UV),
        backed_up=data.has(authdata.BS),
        sign_count=data.sign_count,
    )


def _verify_assertion(sent: answers.AssertionAnswer, expected: Expected, key: Key) -> object:
    return verify_authentication_response(
        credential=AuthenticationCredential(
            id=answers.encode(sent.credential_id),
            raw_id=sent.credential_id,
            response=AuthenticatorAssertionResponse(
                client_data_json=sent.client_data,
                authenticator_data=sent.authenticator_data,
                signature=sent.signature,
            ),
        ),
        expected_challenge=expected.challenge,
        expected_rp_id=expected.rp_id,
        expected_origin=expected.origin,
        credential_public_key=key.public_key,
        # The library judges the counter before the signature: with 0 it leaves that to us.
        credential_current_sign_count=0,
        require_user_verification=expected.user_verification,
    )


def _ask(verify: Callable[[], _Value], otherwise: Reason) -> _Value:
    # All else has been judged by now, so what is left to refuse is named by the caller. The
    # library raises ten kinds of exceptions, not only its own.
    try:
        return verify()
    except Exception:  # noqa: BLE001
        raise Rejected(otherwise) from None
