"""Factors of every kind that a challenge can have, so that their pages can be looked at."""

from __future__ import annotations

from collections.abc import Mapping

from ostiary.contracts import (
    Ceremony,
    Challenge,
    Credential,
    Enrolled,
    Factor,
    Field,
    Form,
    Kind,
    Mail,
    Pending,
    Properties,
    Redirect,
    Refused,
    Step,
    Strength,
    Text,
    Verified,
    Wait,
)
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary_tests")

_HAVE = Properties(Strength(frozenset({Kind.HAVE})))


class _Way(Factor):
    """Enrolled by a button; whatever is answered, it is right."""

    properties = _HAVE
    question: Challenge

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled:
        return Enrolled(label=self.title)

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Challenge | Enrolled | Refused:
        raise AssertionError("nothing was asked")

    def begin_challenge(self, step: Step, /) -> Challenge | Refused:
        return self.question

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Pending | Refused:
        return Verified(credential=step.credentials[0])


class MailedCode(_Way):
    name = "mailed-code"
    title = _("Code by email")
    use = _("Get a code by email")
    question = Form(
        text=_("Enter the code that we have just sent to your email address."),
        fields=(Field("code", _("Code"), "code", "one-time-code"),),
        mail=Mail(_("Your code"), (_("Enter this code to sign in."),), code="123456"),
    )


class Push(_Way):
    """Waits until the phone is said to have agreed, or refused."""

    name = "push"
    title = _("Phone")
    use = _("Confirm it on your phone")
    question = Wait(text=_("Choose this number on your phone."), show="42")

    def describe(self, credential: Credential, /) -> tuple[Text, ...]:
        return (_("The phone was seen today."),)

    def answer_challenge(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Verified | Pending | Refused:
        if step.delivered is None:
            return Pending()
        if step.delivered.get("agreed"):
            return Verified(credential=step.credentials[0])
        return Refused("refused-there", _("You refused it on your phone."))


class Key(_Way):
    """A ceremony whose options have everything in them that could break out of an attribute."""

    name = "key"
    title = _("Security key")
    use = _("Use your security key")
    options: Mapping[str, str] = {"tricky": "\"'><script>alert(1)</script>&amp;"}
    question = Ceremony(
        text=_("Have your key at hand, then continue."),
        script="ostiary:web/static/ostiary.js",
        options=options,
        texts=(("cancelled", _("It was cancelled.")),),
    )


class Elsewhere(_Way):
    name = "elsewhere"
    title = _("Your other account")
    use = _("Use your other account")
    question = Redirect(
        text=_("You go to another site, and come back."), url="https://elsewhere.example/sign-in"
    )


class Letter(_Way):
    """Takes two pages to be added."""

    name = "letter"
    title = _("Letter")
    code = Field("code", _("Code"), "code", "one-time-code")
    question = Form(text=_("Enter the next code of the letter."), fields=(code,))

    def begin_enrolment(self, step: Step, /) -> Challenge | Enrolled:
        house = Field("street", _("Street and house number"), autocomplete="street-address")
        return Form(text=_("Where should the letter go?"), fields=(house,))

    def finish_enrolment(
        self, step: Step, answer: Mapping[str, str], /
    ) -> Challenge | Enrolled | Refused:
        if step.state:
            return Enrolled(label=self.title)
        text = _("Enter the first code of the letter.")
        return Form(text=text, fields=(self.code,), state={"sent": True})


def all_ways() -> tuple[Factor, ...]:
    return (MailedCode(), Push(), Key(), Elsewhere(), Letter())
