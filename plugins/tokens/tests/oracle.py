"""What a macaroon is, written from its definition and from nothing of ours.

Birgisson et al., "Macaroons" (NDSS 2014), section 5: the signature of a macaroon is an HMAC of
its identifier under the root key, and each caveat is signed with the signature before it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence


def link(key: bytes, message: bytes) -> bytes:
    """One link of the chain."""
    return hmac.new(key, message, hashlib.sha256).digest()


def signature(derived: bytes, identifier: bytes, caveats: Sequence[bytes]) -> bytes:
    """The signature over an identifier and these caveats in this order."""
    chain = link(derived, identifier)
    for caveat in caveats:
        chain = link(chain, caveat)
    return chain


def delegates(caveats: Sequence[bytes]) -> tuple[str, ...]:
    """The names in the caveats that are delegations, in order."""
    arrays = [json.loads(caveat) for caveat in caveats]
    return tuple(array[1] for array in arrays if array[0] == "delegate")
