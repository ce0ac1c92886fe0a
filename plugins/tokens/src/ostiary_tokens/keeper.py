"""Making, listing, revoking: each act with its event and its mail, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from ostiary.accounts.labels import clean_label
from ostiary.contracts import Credential, Enrolled, House, Mail, OstiaryError, Text
from ostiary_tokens import events
from ostiary_tokens.caveats import Kinds, Unknown, written
from ostiary_tokens.caveats.times import EXPIRES, shown
from ostiary_tokens.record import Chain, Record
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.signing import mint
from ostiary_tokens.tables import tokens
from ostiary_tokens.texts import _
from ostiary_tokens.verifier import NAME
from ostiary_tokens.wire import Malformed


class TokenRefused(OstiaryError):
    """A token that cannot be made as it was asked for; ``text`` is for whoever asked."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True, slots=True)
class Use:
    """When a token was last used, to the minute, whence, and by which chain of delegates."""

    at: datetime
    address: str | None
    delegates: Chain


@dataclass(frozen=True, slots=True)
class Listed:
    """A token as its owner sees it again: all but the token itself."""

    credential: Credential
    record: Record
    expires: datetime | None
    limits: tuple[Text, ...]
    used: Use | None

    @property
    def id(self) -> str:
        """What the house calls it, in the trail as well."""
        return self.credential.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.credential.label


class Keeper:
    """The tokens of a house.

    Args:
        house: acting for whoever makes or revokes them.
        settings: the operator's.
        kinds: the kinds of limits that there are.
    """

    def __init__(self, house: House, settings: TokenSettings, kinds: Kinds) -> None:
        self._house = house
        self._settings = settings
        self._kinds = kinds
        self._credentials = house.credentials(NAME)

    def create(self, user_id: str, name: str, caveats: Sequence[bytes]) -> str:
        """A new token, which is shown this once: the house keeps what verifies it, sealed.

        Where the operator set a maximum lifetime, a token that says no end gets that one.

        Raises:
            LabelRefused: the name is empty, too long, or holds control characters.
            TokenRefused: a limit means nothing here, there is no room for all of them, or it
                would live for too long.
        """
        now = self._house.now()
        record = Record(now, self._ended(tuple(caveats), now))
        for caveat in map(self._kinds.read, record.caveats):
            if isinstance(caveat, Unknown):
                raise TokenRefused(caveat.words())
        macaroon, key = mint(record.caveats)
        try:
            token: str = macaroon.serialize(self._settings.spelling)
        except Malformed:
            raise TokenRefused(_("These are more limits than a token has room for.")) from None
        lookup = macaroon.identifier_bytes.hex()
        enrolled = Enrolled(
            label=Text("ostiary_tokens", clean_label(name)),
            public=record.as_json(),
            secret=key,
            lookup=lookup,
        )
        with self._house.write() as unit:
            made = self._credentials.add(user_id, enrolled, within=unit)
            unit.execute(insert(tokens).values(id=made.id, user_id=user_id, lookup=lookup))
            self._created(unit, made, record)
        return token

    def of(self, user_id: str) -> tuple[Listed, ...]:
        """A user's tokens, oldest first."""
        with self._house.write() as unit:
            asked = select(tokens).where(tokens.c.user_id == user_id, tokens.c.used_at.is_not(None))
            used = {row.id: _use(row) for row in unit.execute(asked)}
        return tuple(
            self._listed(each, used.get(each.id)) for each in self._credentials.of(user_id)
        )

    def get(self, token_id: str) -> Credential | None:
        """The token that the house calls so."""
        with self._house.write() as unit:
            asked = select(tokens.c.lookup).where(tokens.c.id == token_id)
            lookup = unit.execute(asked).scalar_one_or_none()
        return None if lookup is None else self._credentials.find(lookup)

    def revoke(self, credential: Credential) -> bool:
        """End a token and all that was narrowed from it; False if it was gone already."""
        with self._house.write() as unit:
            if not self._credentials.remove(credential.id, within=unit):
                return False
            self._house.record(
                events.REVOKED,
                subject=credential.user_id,
                details={"token": credential.id, "name": credential.label},
                within=unit,
            )
            self._house.tell(credential.user_id, _revoked(credential.label), within=unit)
        return True

    def stop(self, credential: Credential, chain: Chain) -> bool:
        """Stop one delegate, and whoever has it from them; its siblings live on.

        False if the token was changed meanwhile: look at it again.
        """
        record = Record.of(credential).stopping(chain)
        with self._house.write() as unit:
            if not self._credentials.change(credential, record.as_json(), within=unit):
                return False
            self._house.record(
                events.STOPPED,
                subject=credential.user_id,
                details={
                    "token": credential.id,
                    "name": credential.label,
                    "delegate": " > ".join(chain),
                },
                within=unit,
            )
        return True

    def _ended(self, caveats: tuple[bytes, ...], now: datetime) -> tuple[bytes, ...]:
        most = self._settings.max_lifetime
        if most is None:
            return caveats
        end = Record(now, caveats).expires(self._kinds)
        if end is None:
            return (*caveats, written(EXPIRES, int((now + most).timestamp())))
        if end > now + most:
            raise TokenRefused(
                _("A token lives until ${time} at most here.", time=shown(now + most))
            )
        return caveats

    def _created(self, unit: Any, made: Credential, record: Record) -> None:
        words = [self._kinds.read(caveat).words() for caveat in record.caveats]
        limits = words or [_("It may do whatever its owner may hand on.")]
        self._house.record(
            events.CREATED,
            subject=made.user_id,
            details={
                "token": made.id,
                "name": made.label,
                "limits": "; ".join(str(each) for each in limits),
            },
            within=unit,
        )
        self._house.tell(made.user_id, _made(made.label, limits), within=unit)

    def _listed(self, credential: Credential, used: Use | None) -> Listed:
        record = Record.of(credential)
        return Listed(
            credential,
            record,
            self._end(record),
            tuple(self._kinds.read(caveat).words() for caveat in record.caveats),
            used,
        )

    def _end(self, record: Record) -> datetime | None:
        most = self._settings.max_lifetime
        ends = (record.expires(self._kinds), None if most is None else record.created + most)
        return min((end for end in ends if end is not None), default=None)


def _use(row: Any) -> Use:
    return Use(row.used_at, row.used_from, tuple(row.used_by or ()))


def _made(name: str, limits: Sequence[Text]) -> Mail:
    subject = _("A new API token: ${name}", name=name)
    lines = (
        _("The API token “${name}” was made for your account.", name=name),
        *limits,
        _("Whoever has it can act for you within these limits, without your password."),
    )
    return Mail(subject, lines)


def _revoked(name: str) -> Mail:
    subject = _("API token revoked: ${name}", name=name)
    lines = (
        _("The API token “${name}” of your account was revoked.", name=name),
        _("Programs that use it, or one that was narrowed from it, are refused from now on."),
    )
    return Mail(subject, lines)
