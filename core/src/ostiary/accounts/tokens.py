"""What a browser or a mail carries: 256 random bits, of which only a hash is stored."""

from __future__ import annotations

import hashlib
import re
import secrets

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """256 bits from the system's generator, in 43 characters (ASVS 5.0, 7.2.3)."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str | None:
    """What is stored of a token; None for what cannot be one.

    A fast hash is enough: nobody can guess 256 bits.
    """
    if not _TOKEN.fullmatch(token):
        return None
    return hashlib.sha256(token.encode()).hexdigest()
