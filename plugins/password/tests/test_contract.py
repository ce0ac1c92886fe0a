"""Passwords are held to what every factor is held to."""

from __future__ import annotations

from typing_extensions import override

from ostiary.contracts import Challenge
from ostiary.testing.contract import FactorContract, Person


class Owner(Person):
    """Somebody who remembers a password of their own."""

    @override
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        return {"password": f"a horse, a battery and a staple for {self.scene.user.id}"}

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return self.answer_enrolment(challenge)

    @override
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        return {"password": "a horse, a battery and a stable"}


class TestPassword(FactorContract):
    plugins = ("password",)
    factor = "password"
    person = Owner
