"""Recovery codes are held to what every factor is held to."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from ostiary.contracts import Challenge, Form, Reveal
from ostiary.testing.contract import FactorContract, Person


class Paper(Person):
    """A sheet of codes, on which those that were used are crossed out."""

    codes: list[str]

    @override
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        assert isinstance(challenge, Form)
        (reveal,) = [item for item in challenge.reveals if isinstance(item, Reveal)]
        self.codes = reveal.value.splitlines()
        return {}

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"code": self.codes.pop()}

    @override
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        return {"code": "0000-0000-0000-0000"}


class TestRecovery(FactorContract):
    plugins = ("recovery",)
    factor = "recovery"
    person = Paper
    # Ten slow hashes are made in one step, and the tests are many on few processors.
    settings: ClassVar[dict[str, object]] = {"step_timeout": "60s"}
