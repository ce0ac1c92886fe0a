"""Which passwords are taken: the rules of NIST SP 800-63B-4, section 3.1.1.2.

Length, any character that can be typed, no composition rules, and a list of what attackers
try first. What a person typed is read the same way when a password is chosen and when it is
asked for, so that the same password typed on another keyboard is the same password.
"""

from __future__ import annotations

import unicodedata

from ostiary.contracts import Refused, Step
from ostiary_password.blocklist import Blocklist
from ostiary_password.texts import _, _n

MAX_LENGTH = 1024
"""The most code points that are read; NIST asks for at least 64, and nothing is ever cut off."""

FIELD = "password"

# Control characters cannot be typed into a password field (one that came through a pipe would
# lock its owner out), and lone surrogates have no UTF-8 encoding to hash.
_UNTYPABLE = {"Cc", "Cs"}


def read(typed: str) -> str | Refused:
    """The password that was meant, in Normalization Form C, or why it cannot be one.

    The length is looked at first, so that an overlong answer costs no work.
    """
    if len(typed) > MAX_LENGTH:
        return Refused(
            "too-long",
            _n(
                "The password is too long. It can have ${n} character.",
                "The password is too long. It can have up to ${n} characters.",
                MAX_LENGTH,
            ),
            FIELD,
        )
    if any(unicodedata.category(character) in _UNTYPABLE for character in typed):
        return Refused(
            "unusable-characters",
            _("The password contains a character that cannot be typed. Leave it out."),
            FIELD,
        )
    return unicodedata.normalize("NFC", typed)


class Rules:
    """What a newly chosen password must be."""

    def __init__(self, min_length: int) -> None:
        self.min_length = min_length
        self._blocklist = Blocklist.shipped()

    def judge(self, password: str, step: Step) -> Refused | None:
        """Why this password is not taken for this person at this site, if it is not."""
        if len(password) < self.min_length:
            return Refused(
                "too-short",
                _n(
                    "The password is too short. Use at least ${n} character.",
                    "The password is too short. Use at least ${n} characters.",
                    self.min_length,
                ),
                FIELD,
            )
        # NIST: "context-specific words, such as the name of the service, the username".
        context = [step.site.title, step.site.domain]
        if step.user is not None:
            context.append(step.user.login)
        if self._blocklist.holds(password, context):
            return Refused(
                "common",
                _(
                    "This password is easy to guess. Use several words that do not belong "
                    "together, or let a password manager make one."
                ),
                FIELD,
            )
        return None
