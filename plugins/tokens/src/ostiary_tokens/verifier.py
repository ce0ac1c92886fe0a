"""From what was presented to who acts: prefix, checksum, key, signature, limits, in this order."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import NoReturn

from pymacaroons import Macaroon

from ostiary.contracts import (
    Claim,
    Credential,
    CredentialRefused,
    CredentialVerifier,
    House,
    Identity,
    Kind,
    Permitted,
    Presented,
    Proof,
    Refused,
    Restriction,
    Strength,
)
from ostiary_tokens.acting import Barred, Within, unchecked
from ostiary_tokens.caveats import Caveat, Delegate, Uses
from ostiary_tokens.caveats.times import Expires
from ostiary_tokens.parts import Parts
from ostiary_tokens.record import Chain, Record
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.signing import ID_LENGTH, Forged, verify
from ostiary_tokens.spelling import macaroon_of
from ostiary_tokens.spending import Counted, spend_id
from ostiary_tokens.texts import _
from ostiary_tokens.using import LastUses, Noted, Used
from ostiary_tokens.wire import Malformed

log = logging.getLogger(__name__)

NAME = "tokens"
USERNAME = "__token__"

_NOT_ASKED = frozenset({Uses, Delegate})
"""Kinds that are not judged as they are: the first is counted, the other limits nothing."""

_INVALID = _("This token is not valid.")
_HAVE = Strength(frozenset({Kind.HAVE}))


class TokenVerifier(CredentialVerifier):
    """Answers for tokens, in ``Authorization: Bearer``, ``token``, and as a password.

    Args:
        house: asked at request time.
        settings: the operator's.
        parts: the kinds of limits that there are.
    """

    name = NAME

    def __init__(self, house: House, settings: TokenSettings, parts: Parts) -> None:
        self._house = house
        self._settings = settings
        self._parts = parts
        self._last_uses = LastUses()
        prefixes = settings.spelling.prefixes
        self.claims = (
            *(Claim(scheme, prefix) for scheme in ("bearer", "token") for prefix in prefixes),
            # Whatever is sent as the password of this name: a prefix that was mistyped is ours
            # to refuse.
            Claim("basic", username=USERNAME),
        )

    def verify(self, presented: Presented, /) -> Identity:
        """The identity that a token speaks for, with its limits.

        Raises:
            CredentialRefused: it is not authentic, and nobody is told more; or a limit does not
                hold now, and whoever presented it is told which.
        """
        try:
            macaroon = macaroon_of(presented.value.strip(), self._settings.spelling)
        except Malformed:
            _refuse("token-malformed")
        identifier = macaroon.identifier_bytes
        if len(identifier) != ID_LENGTH:
            _refuse("token-unknown")
        credential = presented.find(identifier.hex())
        if credential is None:
            _refuse("token-unknown")
        try:
            signed = verify(macaroon, credential.secret)
        except Forged:
            _refuse("token-forged")
        return self._spoken_for(presented, credential, macaroon, signed)

    def _spoken_for(
        self,
        presented: Presented,
        credential: Credential,
        macaroon: Macaroon,
        signed: Sequence[bytes],
    ) -> Identity:
        """The identity of an authentic token, unless it does not hold now."""
        caveats = [self._parts.kinds.read(caveat) for caveat in signed]
        # By their very types: to ask an abstract class for its instances takes ten times as long.
        delegates = tuple(each.name for each in caveats if type(each) is Delegate)
        record = Record.of(credential)
        refusal = self._refusal(presented, [*end_by_house(record, self._settings), *caveats])
        stopped = record.stops(delegates)
        if stopped is not None:
            refusal = refusal or delegate_stopped(stopped)
        if refusal is not None:
            raise CredentialRefused(
                refusal.text, refusal, credential=credential.id, delegates=delegates
            )
        limits = self._limits(credential, macaroon.identifier_bytes, signed, caveats)
        barred = (Barred(record.barred, lambda: self._parts.types),) if record.barred else ()
        use = Used(credential.id, credential.user_id, credential.label, delegates)
        return Identity(
            credential.user_id,
            self.name,
            credential.id,
            proofs=(Proof(self.name, credential.id, _HAVE, record.created),),
            delegates=delegates,
            restrictions=(Within((*barred, *limits), Noted(self._last_uses, use)),),
            shown=hashlib.sha256(macaroon.signature_bytes).hexdigest(),
        )

    def _refusal(self, presented: Presented, caveats: Sequence[Caveat]) -> Refused | None:
        """What the first limit says that does not hold now, or does not say so."""
        for caveat in caveats:
            try:
                said: object = caveat.check(presented.client, presented.now)
            except Exception as error:  # noqa: BLE001 - of whatever a plugin's caveat may raise.
                log.error("%s failed: %s", type(caveat).__name__, type(error).__name__)  # noqa: TRY400 - secrets
                said = None
            if type(said) is Permitted:
                continue
            return said if type(said) is Refused else unchecked()
        return None

    def _limits(
        self,
        credential: Credential,
        identifier: bytes,
        signed: Sequence[bytes],
        caveats: Sequence[Caveat],
    ) -> tuple[Restriction, ...]:
        """The limits as they are judged at each act; those that count come last."""
        counted = [
            Counted(
                self._house,
                credential.id,
                caveat.most,
                spend_id(credential.secret, identifier, signed[: position + 1]),
            )
            for position, caveat in enumerate(caveats)
            if type(caveat) is Uses
        ]
        others = [each for each in caveats if type(each) not in _NOT_ASKED]
        return (*others, *counted)


def delegate_stopped(chain: Chain) -> Refused:
    """What a delegate is told whom the owner has stopped, or who has it from such a one."""
    # Translators: its: of the token; ${name} is a service that the token was handed on to.
    text = _("Its owner has stopped ${name} from using this token.", name=chain[-1])
    return Refused("token-delegate", text)


def end_by_house(record: Record, settings: TokenSettings) -> tuple[Expires, ...]:
    """The end that the house sets to a token, if it does, whatever the token says itself."""
    most = settings.max_lifetime
    return () if most is None else (Expires(record.created + most),)


def _refuse(reason: str) -> NoReturn:
    """One answer for whatever is not authentic; the reason is for the log of the house alone."""
    raise CredentialRefused(_INVALID, Refused(reason, _INVALID)) from None
