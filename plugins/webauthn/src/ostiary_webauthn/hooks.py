"""The hook of this plugin: others may judge what the makers of authenticators say of them."""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from ostiary.contracts import House, Refused
from ostiary.hookspecs import hookspec
from ostiary_webauthn.checking import Registered


class AttestationPolicy(ABC):
    """Decides which authenticators may be added.

    It is asked at each registration, once the answer has passed every check; all policies must
    agree. Set ``ostiary.factor.webauthn.attestation`` to ``direct``, or browsers say nothing of
    the authenticator that could be judged.
    """

    name: str
    # Certificates in PEM form that an attestation must lead to, for a format such as "packed".
    roots: tuple[tuple[str, tuple[bytes, ...]], ...] = ()

    @abstractmethod
    def judge(self, registered: Registered, /) -> Refused | None:
        """None to raise no objection, or the refusal that the person reads."""


@hookspec
def ostiary_webauthn_register_attestation_policies(house: House) -> Iterable[AttestationPolicy]:
    """Which authenticators may be added: ``return [OnlyOurKeys()]``."""
