"""Passkeys and security keys are held to what every factor is held to."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from ostiary.contracts import Ceremony, Challenge
from ostiary.testing.contract import FactorContract, Person, Scene
from ostiary_webauthn.testing import SoftAuthenticator


def asked(challenge: Challenge) -> dict[str, Any]:
    """What the browser is asked to do."""
    assert isinstance(challenge, Ceremony)
    options = challenge.options["publicKey"]
    assert isinstance(options, dict)
    return options


class Holder(Person):
    """A phone that keeps passkeys and counts their uses."""

    counts = True

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.device = self._device()

    def _device(self) -> SoftAuthenticator:
        return SoftAuthenticator(origin=self.scene.site.origin, counts=self.counts)

    @override
    def answer_enrolment(self, challenge: Challenge) -> dict[str, str]:
        return {"answer": self.device.create(asked(challenge))}

    @override
    def answer(self, challenge: Challenge) -> dict[str, str]:
        return {"answer": self.device.get(asked(challenge))}

    @override
    def wrong(self, challenge: Challenge) -> dict[str, str]:
        # A phone that was never added, which answers all the same.
        other, options = self._device(), asked(challenge)
        user = {"id": "AAAA", "name": "mallory", "displayName": "mallory"}
        other.create({"rp": {"id": options["rpId"]}, "user": user, "challenge": "AAAA"})
        return {"answer": other.get({**options, "allowCredentials": []})}


class SilentHolder(Holder):
    """One whose counter stays zero, as those of synced passkeys do."""

    counts = False


class TestWebAuthn(FactorContract):
    plugins = ("webauthn",)
    factor = "webauthn"
    person = Holder


class TestWebAuthnWithoutCounter(FactorContract):
    plugins = ("webauthn",)
    factor = "webauthn"
    person = SilentHolder
