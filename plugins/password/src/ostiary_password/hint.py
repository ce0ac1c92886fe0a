"""The words beside a new password: what would make it harder to guess.

No composition rules and no score (NIST SP 800-63B-4, section 3.1.1.2): one sentence that says what
would help most. The script says it while one types; without scripts the server's answer does.
"""

from __future__ import annotations

from ostiary.contracts import Ceremony, Site
from ostiary_password.texts import _, _n

GOOD_LENGTH = 16
"""Characters from which on there is nothing left to advise."""

# The script is told the first of what attackers try; the server knows far more.
_COMMON = (
    *("password", "passwort", "motdepasse", "contrasena", "welcome", "letmein", "iloveyou"),
    *("monkey", "dragon", "football", "princess", "sunshine", "admin", "secret", "changeme"),
)


def strength_hint(site: Site, least: int) -> Ceremony:
    """The script, with its words in the language of the page."""
    return Ceremony(
        # Translators: it: the password that is being typed.
        text=_("How hard is it to guess?"),
        script="ostiary_password:static/strength.js",
        options={
            "least": least,
            "good": max(GOOD_LENGTH, least),
            "names": [site.title, *site.domain.split(".")],
            "common": list(_COMMON),
        },
        texts=(
            (
                "short",
                _n(
                    "Too short so far: it needs at least ${n} character.",
                    "Too short so far: it needs at least ${n} characters.",
                    least,
                ),
            ),
            ("pattern", _("Easy to guess: a pattern. Words that do not belong together help.")),
            ("name", _("Easy to guess: mostly a name. Words that nobody links to you help.")),
            ("common", _("Easy to guess: one of the most used words. Add others to it.")),
            ("longer", _("Long enough. One more word would make it much harder to guess.")),
            ("good", _("Long enough to be hard to guess, if you use it nowhere else.")),
        ),
    )
