"""Why an answer was refused, in words: one text for each thing that a person can do about it."""

from __future__ import annotations

from ostiary.contracts import Refused, Text
from ostiary_webauthn.checking import Reason
from ostiary_webauthn.texts import _

_WRONG = _(
    "The answer of your passkey or security key was not right. Try again, or use another way."
)
# Translators: the question that a browser puts to a passkey or a security key.
_STALE = _(
    "This question was answered already, or waited too long for its answer. Try again with the "
    "one that is shown now."
)
_ELSEWHERE = _(
    "The answer was made for another address than that of this site. Look whether the address "
    "at the top of your browser is right; if it is, tell the people who run this site."
)
_UNVERIFIED = _(
    "Your key did not check that it is you. Set up a PIN or a fingerprint on it and try again, or "
    "use another way."
)
_UNTOUCHED = _("Your key was not touched. Try again and touch it when it blinks.")
_UNKNOWN = _(
    "This passkey or security key does not belong to the account, or was removed from it. Choose "
    "another one, or use another way."
)
_CLONED = _(
    "The key counts its uses, and its count has gone back, so there may be a copy of it. Sign in "
    "another way, remove the key from your account, and do not use it any more."
)
_SECOND_STEP = _(
    "This key was added without a PIN or a fingerprint, so it is a second step only. Sign in "
    "another way first, then use it. If it has a PIN or a fingerprint now, you can remove it from "
    "your account and add it again."
)
_KIND = _("This site cannot use a key of this kind. Try another key.")
_DAMAGED = _(
    "This key cannot be checked, because its record is damaged. Use another way, and tell the "
    "people who run this site."
)

_TEXTS: dict[Reason, Text] = {
    "challenge": _STALE,
    "ceremony": _STALE,
    "origin": _ELSEWHERE,
    "cross-origin": _ELSEWHERE,
    "top-origin": _ELSEWHERE,
    "rp-id": _ELSEWHERE,
    "user-presence": _UNTOUCHED,
    "user-verification": _UNVERIFIED,
    "other-credential": _UNKNOWN,
    "user-handle": _UNKNOWN,
    "cloned": _CLONED,
    "algorithm": _KIND,
    "public-key": _KIND,
    "attestation-format": _KIND,
    "attestation-statement": _KIND,
}

UNKNOWN = Refused("unknown-credential", _UNKNOWN)
DAMAGED = Refused("damaged", _DAMAGED)
SECOND_STEP = Refused("second-step-only", _SECOND_STEP)


def refused(reason: Reason) -> Refused:
    """The refusal for a reason; its owner hears of a key that seems to have been copied."""
    return Refused(reason, _TEXTS.get(reason, _WRONG), alarm=reason == "cloned")
