"""The keys of those who report leaked tokens: fetched, kept, and what they have signed."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

log = logging.getLogger(__name__)

KEPT = timedelta(days=1)
"""How long keys are believed that were fetched once: one may have been withdrawn."""

AGAIN = timedelta(minutes=5)
"""How soon they are fetched again, when a report names an unknown one: strangers can do so too."""

_TIMEOUT = 5.0
_MOST = 64 * 1024


class NotKeys(ValueError):
    """What was found is no list of keys."""


class LeakKeys:
    """Public keys by their identifiers.

    Args:
        where: the absolute path of a file, or an address, of
            ``{"public_keys": [{"key_identifier": ..., "key": PEM}]}``.
    """

    def __init__(self, where: str) -> None:
        self._where = where
        self._keys: dict[str, EllipticCurvePublicKey] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._lock = threading.Lock()

    def find(self, identifier: str, now: datetime) -> EllipticCurvePublicKey | None:
        """The key of this identifier; None if there is none, or they cannot be had."""
        with self._lock:
            old = self._fetched is None or not self._fetched <= now < self._fetched + KEPT
            if (old or identifier not in self._keys) and self._may_try(now):
                self._tried = now
                self._fetch(now)
                old = self._fetched != now
            return None if old else self._keys.get(identifier)

    def _may_try(self, now: datetime) -> bool:
        return self._tried is None or not self._tried <= now < self._tried + AGAIN

    def _fetch(self, now: datetime) -> None:
        try:
            self._keys = _keys_in(_read(self._where))
            self._fetched = now
        except (OSError, ValueError, RecursionError, UnsupportedAlgorithm) as error:
            log.error("the keys for reports of leaks: %s", type(error).__name__)  # noqa: TRY400 - says all


def is_signed(key: EllipticCurvePublicKey, body: bytes, signature: str) -> bool:
    """Whether a body has this signature (ECDSA over P-256 with SHA-256, DER in base64)."""
    try:
        key.verify(base64.b64decode(signature, validate=True), body, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


class _NoRedirects(HTTPRedirectHandler):
    """Keys come from the address that the operator named, and from no other."""

    def redirect_request(self, *_told: Any) -> None:
        """None is to be followed."""


def _read(where: str) -> bytes:
    if where.startswith("/"):
        with Path(where).open("rb") as file:
            return file.read(_MOST)
    # The settings allow https, and http on this machine.
    with build_opener(_NoRedirects).open(where, timeout=_TIMEOUT) as answer:
        found: bytes = answer.read(_MOST)
        return found


def _keys_in(text: bytes) -> dict[str, EllipticCurvePublicKey]:
    """The keys on P-256 in a list of keys; others verify nothing here.

    Raises:
        ValueError: it is no such list, or a key in it is none.
    """
    listed: Any = json.loads(text)
    if not isinstance(listed, dict) or not isinstance(listed.get("public_keys"), list):
        raise NotKeys("no list of keys")
    found = {}
    for each in listed["public_keys"]:
        if not isinstance(each, dict):
            raise NotKeys("a key that is none")
        key = load_pem_public_key(str(each.get("key")).encode())
        if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
            found[str(each.get("key_identifier"))] = key
    return found
