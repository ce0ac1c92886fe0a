"""Authenticator apps are held to what every factor is held to."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from typing_extensions import override

from ostiary.contracts import Challenge, Form, Reveal
from ostiary.testing.contract import FactorContract, Person


class Phone(Person):
    """An app with a key."""

    key: str

    @override
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        assert isinstance(challenge, Form)
        (reveal,) = [item for item in challenge.reveals if isinstance(item, Reveal)]
        self.key = reveal.value.replace(" ", "")
        return self.answer(challenge)

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"code": pyotp.TOTP(self.key).at(self.scene.clock())}

    @override
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        # None of the codes of these minutes, and none that they could be taken for.
        now, totp = self.scene.clock(), pyotp.TOTP(self.key)
        taken = {totp.at(now + timedelta(seconds=30 * step)) for step in range(-12, 13)}
        return {"code": next(code for code in map("{:06}".format, range(100)) if code not in taken)}


class TestTotp(FactorContract):
    plugins = ("totp",)
    factor = "totp"
    person = Phone
