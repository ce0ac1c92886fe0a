"""Codes by mail: a second factor for whoever has nothing but a mailbox."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from ostiary import contracts as api
from ostiary.hookspecs import hookimpl
from ostiary.text import translations

_, _n, _p, _np = translations("acme_ostiary_mailcode")
OSTIARY_API = 1


class MailCode(api.CodeFactor):
    """A code that is mailed, and is right for the one question that it was mailed for."""

    name = "mailcode"
    title = _("Codes by mail")
    add = _("Add codes by mail")
    use = _("Use a code sent by mail")
    properties = api.Properties(api.Strength(frozenset({api.Kind.HAVE})), most=1)
    code_text = _("We have sent a code to your mail address. Type it here.")
    code_field = api.Field("code", _("Code"), type="code", autocomplete="one-time-code")
    wrong = api.Refused("wrong-code", _("That is not the code of our latest message."), "code")
    homeless = api.Refused("no-address", _("Confirm your mail address first: codes go there."))

    def begin_challenge(self, step: api.Step, /) -> api.Form | api.Refused:
        if step.user is None or step.user.address is None:
            return self.homeless
        code = f"{secrets.randbelow(10**8):08}"
        mail = api.Mail(_("Your code"), (_("Somebody, probably you, needs this code:"),), code=code)
        state = {"hash": self.digest(step, code)}
        return api.Form(text=self.code_text, fields=(self.code_field,), state=state, mail=mail)

    begin_enrolment = begin_challenge

    def finish_enrolment(
        self, step: api.Step, answer: Mapping[str, str], /
    ) -> api.Enrolled | api.Refused:
        right = self.is_right(step, answer["code"])
        return api.Enrolled(label=self.title) if right else self.wrong

    def match(
        self, step: api.Step, credential: api.Credential, code: str, /
    ) -> api.Verified | api.Refused:
        return api.Verified(credential=credential) if self.is_right(step, code) else self.wrong

    def is_right(self, step: api.Step, code: str) -> bool:
        return hmac.compare_digest(self.digest(step, code), str(step.state["hash"]))

    def digest(self, step: api.Step, code: str) -> str:
        # The handle names this one question, so that no other question's hash is of any use.
        return hashlib.sha256(f"{step.handle} {''.join(code.split())}".encode()).hexdigest()


@hookimpl
def ostiary_register_factors(house: api.House) -> list[MailCode]:
    """The one factor of this package."""
    return [MailCode()]
