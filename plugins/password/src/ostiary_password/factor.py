"""The factor itself: four steps around a hash."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache

from ostiary.contracts import (
    Challenge,
    CreateOption,
    Credential,
    Enrolled,
    Factor,
    Field,
    First,
    Form,
    Kind,
    Pending,
    Properties,
    Refused,
    Step,
    Strength,
    Text,
    Verified,
)
from ostiary_password.hashing import Hasher, Match
from ostiary_password.hint import strength_hint
from ostiary_password.rules import FIELD, MAX_LENGTH, Rules, read
from ostiary_password.settings import PasswordSettings
from ostiary_password.texts import _, _n

_KNOW = Strength(frozenset({Kind.KNOW}))

# More than is ever taken: a browser silently cuts at this length, and a password that was cut
# is another password. What is too long is refused in words instead.
_FIELD_LENGTH = 4 * MAX_LENGTH

# One sentence for every no, so that neither an unknown name nor a damaged record shows
# (ASVS 5.0, 6.3.8). Only the reason, which is for records, tells them apart.
_NOT_RIGHT = _("The name or password is not right.")
_WRONG = Refused("wrong-password", _NOT_RIGHT, FIELD)
_DAMAGED = Refused("damaged", _NOT_RIGHT, FIELD)


class Password(Factor):
    """Something a person knows, kept as an argon2id hash."""

    name = "password"
    # Translators: the title of a factor, also within other sentences; and the label of a box.
    title = _("Password")
    add = _("Add password")
    # Translators: a button or a link.
    use = _("Use your password")
    change = _("Change password")
    properties = Properties(
        strength=_KNOW,
        first=First.AFTER_NAME,
        second=False,
        most=1,
        single_use=False,
        ends_sessions=True,
        reset_by_mail=True,
    )
    create_option = CreateOption(
        flag="--password-stdin",
        help="Read the password from the first line of standard input.",
        field=FIELD,
    )

    def __init__(self, settings: PasswordSettings | None = None) -> None:
        settings = settings or PasswordSettings()
        self._rules = Rules(settings.min_length)
        self._hasher = Hasher(settings)
        self._decoy = _decoy(settings)

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """Ask for a new password, once: the field can show what is typed."""
        text, label = _("Choose a password."), _("Password")
        if step.credentials:
            text, label = _("Choose a new password."), _("New password")
        hint = _n(
            "At least ${n} character. Several unrelated words are easy to remember and hard to "
            "guess; spaces are welcome.",
            "At least ${n} characters. Several unrelated words are easy to remember and hard to "
            "guess; spaces are welcome.",
            self._rules.min_length,
        )
        return Form(
            text=text,
            fields=(_field(label, "new-password", hint),),
            helper=strength_hint(step.site, self._rules.min_length),
        )

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """Hash the password if the rules take it."""
        password = read(answer.get(FIELD, ""))
        if isinstance(password, Refused):
            return password
        refused = self._rules.judge(password, step)
        if refused is not None:
            return refused
        return Enrolled(
            label=_("Password"),
            secret=self._hasher.hash(password),
            strength=_KNOW,
            chosen=password,
        )

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """Ask for the password; the same field whoever is asked, also beside the name."""
        return Form(
            text=_("Enter your password."),
            fields=(_field(_("Password"), "current-password"),),
        )

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """Compare with the stored hash; without one, with the decoy's, at the same cost."""
        password = read(answer.get(FIELD, ""))
        if isinstance(password, Refused):
            # No such password was ever taken, whoever's it would be: nothing to compare.
            return _WRONG
        for credential in step.credentials or (self._decoy,):
            match = self._hasher.match(credential.secret, password)
            if match is Match.RIGHT:
                renewed = self._hasher.renewed(credential.secret, password)
                return Verified(credential=credential, strength=_KNOW, secret=renewed)
            if match is Match.DAMAGED:
                # A record that cannot be read costs what one that can be read costs.
                self._hasher.match(self._decoy.secret, password)
                return _DAMAGED
        return _WRONG

    def decoy(self) -> Credential:
        """A hash of 32 random bytes, which nobody has seen, with the same parameters."""
        return self._decoy


@cache
def _decoy(settings: PasswordSettings) -> Credential:
    hashed = Hasher(settings).hash(secrets.token_bytes(32))
    return Credential(id="decoy", user_id="decoy", label="", secret=hashed)


def _field(label: Text, autocomplete: str, hint: Text | None = None) -> Field:
    return Field(
        name=FIELD,
        label=label,
        type="password",
        autocomplete=autocomplete,
        hint=hint,
        max_length=_FIELD_LENGTH,
    )
