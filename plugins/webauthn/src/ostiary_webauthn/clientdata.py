"""What the browser collected: who asked, from where, and for which challenge."""

from __future__ import annotations

from hmac import compare_digest
from typing import Literal

from ostiary_webauthn.answers import decode, strict_object
from ostiary_webauthn.rejected import Rejected
from ostiary_webauthn.values import Expected

Ceremony = Literal["webauthn.create", "webauthn.get"]


def check(data: bytes, ceremony: Ceremony, expected: Expected) -> None:
    """Hold a ``clientDataJSON`` to what was asked (WebAuthn, sections 7.1 and 7.2).

    One with a byte order mark is refused, which the specification would strip: no browser
    writes one, and who reads it otherwise reads something else.

    Raises:
        Rejected: it is for something else, or not well formed.
    """
    try:
        found = strict_object(data.decode("utf-8"))
    except ValueError:
        raise Rejected("client-data") from None
    names = ("type", "challenge", "origin")
    kind, challenge, origin = (found.get(name) for name in names)
    if not (isinstance(kind, str) and isinstance(challenge, str) and isinstance(origin, str)):
        raise Rejected("client-data")
    if kind != ceremony:
        raise Rejected("ceremony")
    if not _same(challenge, expected.challenge):
        raise Rejected("challenge")
    if origin != expected.origin:
        raise Rejected("origin")
    _binding(found.get("tokenBinding"))
    _embedding(found.get("crossOrigin", False), found.get("topOrigin"), expected.top_origins)


def _same(challenge: str, expected: bytes) -> bool:
    try:
        return compare_digest(decode(challenge), expected)
    except ValueError:
        return False


def _binding(binding: object) -> None:
    # Level 3 has no use for it, and browsers write it no more. The library refuses a state that
    # it does not know at a sign-in only: such a key would register, and never sign in.
    if isinstance(binding, dict) and binding.get("status") not in ("supported", "present"):
        raise Rejected("client-data")


def _embedding(crossed: object, top: object, allowed: tuple[str, ...]) -> None:
    if not isinstance(crossed, bool) or not isinstance(top, str | None):
        raise Rejected("client-data")
    if crossed and not allowed:
        raise Rejected("cross-origin")
    # A browser names the topmost page only where it is a foreign one (section 5.8.1), and older
    # ones never do; the page's frame-ancestors hold there.
    if top is not None and not (crossed and top in allowed):
        raise Rejected("top-origin")
