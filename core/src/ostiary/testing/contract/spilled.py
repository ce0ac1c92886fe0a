"""What opens an account, and whether it got out."""

from __future__ import annotations

import re
from base64 import b32encode, b64encode
from collections.abc import Iterable, Mapping

from ostiary.accounts import StoredCredential
from ostiary.contracts import Challenge, Form, Reveal
from ostiary.testing.contract.rules import demand

_SHORTEST = 4


class Secrets:
    """Collects what was typed, shown and stored, and looks for it where it must not be."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def add(self, challenge: Challenge, answer: Mapping[str, str]) -> None:
        """What a question showed and a person answered."""
        for value in answer.values():
            self._add(value, "an answer")
        for item in challenge.reveals if isinstance(challenge, Form) else ():
            if isinstance(item, Reveal):
                self._add(item.value, "what the enrolment reveals")

    def add_stored(self, credentials: Iterable[StoredCredential]) -> None:
        """The secrets of credentials, in the spellings that they may be written in."""
        for stored in credentials:
            secret = stored.credential.secret
            spellings = (
                secret.decode("latin-1"),
                secret.hex(),
                b32encode(secret).decode(),
                b64encode(secret).decode(),
            )
            for spelling in spellings:
                self._add(spelling, "a stored secret")

    def not_in(self, place: str, *texts: str) -> None:
        """Hold a place to having none of them.

        Raises:
            AssertionError: says where, and what kind of secret; not the secret.
        """
        for secret, kind in self._known.items():
            # As a word of its own: six digits are found by chance in any longer number.
            pattern = re.compile(rf"(?<![0-9A-Za-z]){re.escape(secret)}(?![0-9A-Za-z])")
            for text in texts:
                demand(not pattern.search(text), "secrets", f"{place} has {kind} in it")

    def _add(self, value: str, kind: str) -> None:
        for spelling in (value, "".join(value.split())):
            if len(spelling) >= _SHORTEST:
                self._known[spelling] = kind
