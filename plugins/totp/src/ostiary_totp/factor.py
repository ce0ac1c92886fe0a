"""The factor itself: a key shared at enrolment, and a code for each step of time."""

from __future__ import annotations

from collections.abc import Mapping

from ostiary.contracts import (
    Challenge,
    CodeFactor,
    Credential,
    Enrolled,
    Field,
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
from ostiary_totp.codes import Key, parse, step_at
from ostiary_totp.settings import TotpSettings
from ostiary_totp.setup import reveals
from ostiary_totp.texts import _

FIELD = "code"

# How far off a code may be for its refusal to say that a clock is wrong, in steps.
_FAR = 10

_WRONG = Refused(
    "wrong-code",
    _(
        "The code is not right. Enter the six digits that the app shows now. If that does not "
        "help, check that your phone sets its clock by itself."
    ),
    FIELD,
)
_CLOCK = Refused(
    "clock",
    _(
        "The code is for another time, so the clock of your phone seems to be wrong. Let the "
        "phone set its clock by itself, then enter the code that the app shows."
    ),
    FIELD,
)
# No alarm: who signs in and is asked again half a minute later types the same code again.
_REPLAYED = Refused(
    "replayed",
    _(
        "This code, or a newer one, has been used already. Wait until the app shows another, "
        "then enter that."
    ),
    FIELD,
)
_DAMAGED = Refused(
    "damaged",
    _(
        "The codes of this app cannot be checked, because its record is damaged. Use another "
        "way, and tell the people who run this site."
    ),
    FIELD,
)

# Of the refusals by several apps, the one that helps most is shown.
_HELPFUL = (_REPLAYED, _CLOCK, _WRONG, _DAMAGED)


class Totp(CodeFactor):
    """Something a person has: an app that holds a key (RFC 6238)."""

    name = "totp"
    # Translators: the title of a factor, also within other sentences.
    title = _("Authenticator app")
    add = _("Add authenticator app")
    use = _("Use an authenticator app")
    properties = Properties(
        strength=Strength(frozenset({Kind.HAVE})),
        second=True,
        most=10,
        single_use=True,
    )
    code_text = _("Enter the code that your authenticator app shows.")
    code_field = Field(
        name=FIELD,
        # Translators: the label of the box for the six digits that the app shows.
        label=_("Code"),
        type="code",
        autocomplete="one-time-code",
        hint=_("Six digits; spaces do not matter."),
        max_length=64,
    )

    def __init__(self, settings: TotpSettings | None = None) -> None:
        self._tolerance = (settings or TotpSettings()).tolerance

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """Show a new key, and ask for a code as the proof that an app has it."""
        if step.user is None:
            raise LookupError("an enrolment without a user")
        key = Key.new()
        return Form(
            text=_(
                "Scan the QR code with your authenticator app, or type the setup key into it. "
                "Then enter the code that the app shows."
            ),
            fields=(self.code_field,),
            reveals=reveals(key, step.user.login, step.site),
            state={"key": key.text},
        )

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """Keep the key if the code is right; the code is used up by that (ASVS 5.0, 6.5.1)."""
        key = Key.load(step.state.get("key"))
        if key is None:
            return _DAMAGED
        code = parse(answer.get(FIELD, ""))
        if code is None:
            return _WRONG
        near = list(key.steps_of(code, step.now, self._tolerance))
        if near:
            return Enrolled(label=_label(step), secret=key.text.encode("ascii"), mark=near[-1])
        # Whoever enrols has just been shown the key, so there is nothing to give away.
        return _CLOCK if any(key.steps_of(code, step.now, _FAR)) else _WRONG

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Challenge | Pending | Refused:
        """The app whose code it is; else the refusal that helps most."""
        refusals = [_WRONG] if not step.credentials else []
        for credential in step.credentials:
            result = self.match(step, credential, answer.get(FIELD, ""))
            if isinstance(result, Verified):
                return result
            refusals.append(result)
        return min(refusals, key=_HELPFUL.index)

    def match(self, step: Step, credential: Credential, code: str, /) -> Verified | Refused:
        """Whether the code, as typed, belongs to a step of now that is later than the mark.

        The latest such step becomes the mark, so that a code that chance gives to two steps
        is still taken once only.
        """
        key = Key.load(credential.secret)
        if key is None:
            return _DAMAGED
        digits = parse(code)
        if digits is None:
            return _WRONG
        mark = -1 if credential.mark is None else credential.mark
        latest = max(key.steps_of(digits, step.now, self._tolerance), default=None)
        if latest is None:
            return self._far(step, key, digits, mark)
        if latest <= mark:
            return _REPLAYED
        return Verified(credential=credential, mark=latest)

    def _far(self, step: Step, key: Key, code: str, mark: int) -> Refused:
        """Why a code that is not of now is refused; nothing on this path accepts it.

        Only codes of the past are told from wrong ones. To learn that a guess is a code of
        the *future* is to learn when it will open, and would make each guess count for all
        the steps ahead; a code of the past opens nothing any more. A phone whose clock is fast
        finds the hint in the words for a wrong code.
        """
        past = [far for far in key.steps_of(code, step.now, _FAR) if far < step_at(step.now)]
        if not past:
            return _WRONG
        return _REPLAYED if past[-1] <= mark else _CLOCK


def _label(step: Step) -> Text:
    number = len(step.credentials) + 1
    if number == 1:
        return _("Authenticator app")
    # Translators: the suggested name of a second or further app, such as "Authenticator app 2".
    return _("Authenticator app ${number}", number=number)
