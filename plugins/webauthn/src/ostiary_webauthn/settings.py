"""The operator's settings of passkeys and security keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ostiary.contracts import SettingsError

_PREFIX = "ostiary.factor.webauthn."
_NAMES = ("attestation", "user_verification", "hints", "top_origins")

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"https://{_LABEL}(\.{_LABEL})*(:(?P<port>[1-9][0-9]{{0,4}}))?")
_LAST_PORT = 65535

ATTESTATION = ("none", "indirect", "direct", "enterprise")
USER_VERIFICATION = ("preferred", "required")
HINTS = ("security-key", "client-device", "hybrid")


@dataclass(frozen=True, slots=True)
class WebAuthnSettings:
    """What is asked of authenticators.

    ``attestation`` is what browsers are asked to say of the authenticator's maker (WebAuthn,
    section 5.4.7); ``none`` keeps the person's device to itself. ``user_verification`` is what
    is asked where a key is added or is the second proof: with ``preferred`` a key without a PIN
    will do; a sign-in without a name always requires it. ``hints`` are what browsers are told to
    offer first when a key is added (section 5.8.7). ``top_origins`` are pages of other sites that
    may embed this one; none may.
    """

    attestation: str = "none"
    user_verification: str = "preferred"
    hints: tuple[str, ...] = ()
    top_origins: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, settings: Mapping[str, str]) -> WebAuthnSettings:
        """The settings as the operator wrote them, the defaults where nothing was written.

        Raises:
            SettingsError: a name is unknown, or a value is none that is allowed.
        """
        unknown = sorted(settings.keys() - set(_NAMES))
        if unknown:
            raise SettingsError(
                f"{_PREFIX}{unknown[0]} is not a setting; those of passkeys are {', '.join(_NAMES)}"
            )
        return cls(
            _one("attestation", settings.get("attestation", "none"), ATTESTATION),
            _one(
                "user_verification",
                settings.get("user_verification", "preferred"),
                USER_VERIFICATION,
            ),
            tuple(_one("hints", hint, HINTS) for hint in settings.get("hints", "").split()),
            tuple(map(_origin, settings.get("top_origins", "").split())),
        )


def _one(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingsError(f"{_PREFIX}{name} is {value!r}; give one of {', '.join(allowed)}")
    return value


def _origin(value: str) -> str:
    """An origin as browsers write it (RFC 6454, section 6.2): one host, in ASCII."""
    written = _ORIGIN.fullmatch(value)
    if written is None or not _is_written(written["port"]):
        raise SettingsError(
            f"{_PREFIX}top_origins has {value!r}; give origins such as https://portal.example"
        )
    return value


def _is_written(port: str | None) -> bool:
    # The usual one is left out.
    return port is None or (port != "443" and int(port) <= _LAST_PORT)
