"""What browsers are asked to do: the options of WebAuthn, section 5.4 and 5.5, as JSON.

Everything that an answer is checked against goes into the challenge's private state.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from ostiary.contracts import Ceremony, Credential, Site, Text, User
from ostiary_webauthn import answers
from ostiary_webauthn.checking import ALGORITHMS
from ostiary_webauthn.record import Record
from ostiary_webauthn.settings import WebAuthnSettings
from ostiary_webauthn.texts import _

SCRIPT = "ostiary_webauthn:static/ceremony.js"

CHALLENGE_BYTES = 64
HANDLE_BYTES = 64
"""The longest that there may be (WebAuthn, section 14.6.1), random: it says nothing of a user."""

TIMEOUT = 300_000
"""Milliseconds; the range of section 15.1 is 300,000 to 600,000 where a PIN may be typed."""

_GENERAL = (
    (
        "cancelled",
        # Translators: it: what the browser shows to use a passkey or a security key.
        _("It was cancelled, or it took too long. Try again, or use another way."),
    ),
    (
        "address",
        _(
            "Your browser does not allow it at this address. That is a mistake in the settings of "
            "this site: please tell the people who run it, and use another way until then."
        ),
    ),
    (
        "unsupported",
        _(
            "This browser cannot use passkeys and security keys here. Use a newer browser, or "
            "another way."
        ),
    ),
    # Translators: it: to use a passkey or a security key.
    ("failed", _("It did not work. Try again, or use another way.")),
)
_WORKING = _("Follow the instructions of your browser.")


def create(
    site: Site,
    user: User,
    handle: bytes,
    known: Iterable[tuple[Credential, Record]],
    settings: WebAuthnSettings,
) -> Ceremony:
    """Make a new key."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    public_key: dict[str, Any] = {
        "rp": {"id": site.domain, "name": site.title},
        "user": {
            "id": answers.encode(handle),
            "name": user.login,
            "displayName": user.login,
        },
        "challenge": answers.encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "timeout": TIMEOUT,
        "excludeCredentials": [_descriptor(*each) for each in known],
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": settings.user_verification,
        },
        "hints": list(settings.hints),
        "attestation": settings.attestation,
        "extensions": {"credProps": True},
    }
    return Ceremony(
        text=_(
            "A passkey is kept by your phone, your computer or a password manager, and opened "
            "with your fingerprint, your face or a PIN. A security key is a thing that you plug "
            "in or hold to a reader. Have yours at hand, then continue."
        ),
        script=SCRIPT,
        options={"webauthn": "create", "publicKey": public_key},
        texts=(
            ("working", _WORKING),
            (
                "known",
                _("This device or key is part of your account already. Choose another one."),
            ),
            *_GENERAL,
        ),
        state={
            "challenge": public_key["challenge"],
            "handle": public_key["user"]["id"],
            "verify": settings.user_verification == "required",
        },
    )


def get(
    site: Site,
    known: Iterable[tuple[Credential, Record]],
    *,
    verify: bool,
    first: bool,
    text: Text,
) -> Ceremony:
    """Use a key: one of these, or where none is known yet, whichever passkey the person chooses.

    Args:
        site: the place to sign in to.
        known: the keys of the account; empty before anybody is known.
        verify: whether the key must be sure who uses it.
        first: whether the answer must say who it is, so that browsers may offer passkeys in
            the field of the name as well.
        text: what to do.
    """
    challenge = answers.encode(secrets.token_bytes(CHALLENGE_BYTES))
    allowed = [_descriptor(*each) for each in known]
    public_key = {
        "rpId": site.domain,
        "challenge": challenge,
        "timeout": TIMEOUT,
        "userVerification": "required" if verify else "preferred",
        "allowCredentials": allowed,
        "hints": _hints(allowed),
    }
    return Ceremony(
        text=text,
        script=SCRIPT,
        options={"webauthn": "get", "publicKey": public_key, "autofill": first},
        texts=(("working", _WORKING), *_GENERAL),
        state={"challenge": challenge, "verify": verify, "first": first},
    )


def signal(site: Site, user: User, accepted: dict[str, list[str]]) -> Ceremony:
    """Tell the browser which keys the account still has, by user handle, and who its user is.

    WebAuthn, section 5.1.10: ``signalAllAcceptedCredentials`` hides what was removed and can bring
    it back; ``signalUnknownCredential`` would delete for good.
    """
    return Ceremony(
        text=_("Your browser is told which passkeys this account has."),
        script=SCRIPT,
        options={
            "webauthn": "signal",
            "rpId": site.domain,
            "name": user.login,
            "accepted": [{"userId": handle, "ids": ids} for handle, ids in accepted.items()],
        },
    )


def _descriptor(credential: Credential, record: Record) -> dict[str, Any]:
    return {
        "type": "public-key",
        "id": credential.lookup,
        "transports": list(record.transports),
    }


def _hints(allowed: list[dict[str, Any]]) -> list[str]:
    """Browsers need not offer a phone where every key of the account is plugged in or held."""
    roaming = {"usb", "nfc", "ble", "smart-card"}
    known = [set(each["transports"]) for each in allowed]
    return ["security-key"] if known and all(each and each <= roaming for each in known) else []
