"""Narrowing a token that one holds, with no key, no house and no network."""

from __future__ import annotations

from collections.abc import Sequence

from ostiary_tokens.signing import narrow
from ostiary_tokens.spelling import Spelling, macaroon_of, prefix_of


def attenuated(token: str, caveats: Sequence[bytes]) -> str:
    """The token, narrowed by these caveats as well.

    Raises:
        Malformed: it is no token, or there is no room for these caveats.
    """
    spelling = Spelling([prefix_of(token)])
    macaroon = macaroon_of(token, spelling)
    narrow(macaroon, caveats)
    text: str = macaroon.serialize(spelling)
    return text


def caveats_of(token: str) -> tuple[bytes, ...]:
    """What a token says of itself; whether that is signed, only its house knows.

    Raises:
        Malformed: it is no token.
    """
    macaroon = macaroon_of(token, Spelling([prefix_of(token)]))
    return tuple(caveat.caveat_id_bytes for caveat in macaroon.caveats)
