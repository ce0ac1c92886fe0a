"""The factor itself: a sheet of codes, each of which stands in once for what was lost."""

from __future__ import annotations

from collections.abc import Mapping

from ostiary.contracts import (
    Challenge,
    CodeFactor,
    Credential,
    Enrolled,
    Field,
    Kind,
    Pending,
    Properties,
    Refused,
    Step,
    Strength,
    Text,
    Verified,
)
from ostiary_recovery.codes import LONGEST, new_codes, parse
from ostiary_recovery.digests import Digests
from ostiary_recovery.settings import RecoverySettings
from ostiary_recovery.sheet import sheet
from ostiary_recovery.texts import _, _n

FIELD = "code"

# What can be seen of it without knowing any code, so it costs no hash and tells nothing.
_MALFORMED = Refused(
    "malformed-code",
    _("A recovery code has 16 letters and digits. Type one of them as it is on your list."),
    FIELD,
)
_WRONG = Refused(
    "wrong-code",
    _(
        "The code is not right, or was used already. Type another one of your list. If you have "
        "several lists, only the newest one works."
    ),
    FIELD,
)
_DAMAGED = Refused(
    "damaged",
    _(
        "Your recovery codes cannot be checked, because their record is damaged. Use another "
        "way, and tell the people who run this site."
    ),
    FIELD,
)
_NONE_LEFT = Refused(
    "none-left", _("You have used all of your recovery codes. Another way is needed.")
)
_EXPIRED = Refused("damaged", _("These codes cannot be kept any more. Make others."))


class Recovery(CodeFactor):
    """Look-up secrets (NIST SP 800-63B-4, section 3.1.2): something a person has, on paper.

    They are for getting back in alone: the core lets who came by one add factors, and nothing
    else, until two kinds were answered.
    """

    name = "recovery"
    # Translators: the title of a factor, also within other sentences.
    title = _("Recovery codes")
    add = _("Add recovery codes")
    use = _("Use a recovery code")
    change = _("Make new recovery codes")
    properties = Properties(
        strength=Strength(frozenset({Kind.HAVE})),
        second=False,
        recovery=True,
        most=1,
        single_use=True,
    )
    code_text = _("Type one of your recovery codes. It is used up by that.")
    # Not one-time-code: phones would offer the code of the last text message.
    code_field = Field(
        name=FIELD,
        label=_("Recovery code"),
        hint=_("16 letters and digits. Capitals, spaces and dashes do not matter."),
        max_length=LONGEST,
    )

    def __init__(self, settings: RecoverySettings | None = None) -> None:
        self._settings = settings or RecoverySettings()

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled | Refused:
        """Show new codes; nothing is stored, and an older set works, until they are kept."""
        if step.user is None:
            raise LookupError("an enrolment without a user")
        return sheet(step, step.user, new_codes(self._settings.count))

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Enrolled | Challenge | Pending | Refused:
        """Keep the digests of the codes that were shown."""
        codes = step.state.get("codes")
        if not isinstance(codes, list) or not codes:
            return _EXPIRED
        return Enrolled(label=self.title, secret=Digests.of(map(str, codes)).dump())

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        """Ask for a code, if there is one left to be asked for."""
        held = [Digests.load(each.secret) for each in step.credentials]
        if any(each is None or each.digests for each in held):
            return super().begin_challenge(step)
        return _NONE_LEFT

    def match(self, step: Step, credential: Credential, code: str, /) -> Verified | Refused:
        """Whether the code is one of those left; if so, it is taken out of them.

        The core keeps that only if the row is as it was here: of two codes at once, the second
        is judged again against what the first has left (ASVS 5.0, 6.5.1).
        """
        typed = parse(code)
        if typed is None:
            return _MALFORMED
        held = Digests.load(credential.secret)
        if held is None:
            return _DAMAGED
        left = held.without(typed)
        if left is None:
            return _WRONG
        # Translators: ${left} is a sentence such as “3 codes are left.”
        notice = _("You used a recovery code. ${left}", left=self._left(len(left.digests)))
        return Verified(credential=credential, secret=left.dump(), notice=notice)

    def describe(self, credential: Credential, /) -> tuple[Text, ...]:
        """How many codes are left, and what to do where they are few."""
        held = Digests.load(credential.secret)
        if held is None:
            return (_("These codes cannot be checked, because their record is damaged."),)
        return (self._left(len(held.digests)),)

    def _left(self, count: int) -> Text:
        if count == 0:
            return _("No code is left. Make new ones, or you cannot get back in with one again.")
        if count <= self._settings.low:
            return _n(
                "Only ${n} code is left. Make new ones soon.",
                "Only ${n} codes are left. Make new ones soon.",
                count,
            )
        return _n("${n} code is left.", "${n} codes are left.", count)
