"""Making, listing, changing, revoking: each act with its event and its mail, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from ostiary.accounts.labels import clean_label
from ostiary.contracts import (
    Credential,
    Enrolled,
    House,
    Mail,
    OstiaryError,
    Resource,
    Text,
)
from ostiary.text import moment
from ostiary_tokens import events, mails
from ostiary_tokens.acting import Bar
from ostiary_tokens.caveats import Kinds, Unknown, written
from ostiary_tokens.caveats.times import EXPIRES
from ostiary_tokens.listing import Listed, Use, end_of, listed, use_of
from ostiary_tokens.record import Chain, Record
from ostiary_tokens.reminding import is_long
from ostiary_tokens.settings import TokenSettings
from ostiary_tokens.signing import mint
from ostiary_tokens.tables import chains, tokens
from ostiary_tokens.texts import _
from ostiary_tokens.verifier import NAME
from ostiary_tokens.wire import Malformed

__all__ = ["Keeper", "Listed", "TokenRefused", "Use"]

MOST_CHAINS = 100
"""How many chains of delegates of one token are shown, the newest first."""


class TokenRefused(OstiaryError):
    """A token that cannot be made as it was asked for; ``text`` is for whoever asked."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


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
            TooMany: the user has as many as one may have.
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
            kept = self._credentials.add(user_id, enrolled, within=unit)
            unit.execute(insert(tokens).values(**self._row(kept, lookup, record)))
            self._created(unit, kept, record)
        return token

    def of(self, user_id: str) -> tuple[Listed, ...]:
        """A user's tokens, oldest first."""
        with self._house.read() as connection:
            rows = connection.execute(_USES, {"user_": user_id})
            used = {row.id: use_of(row) for row in rows}
        return tuple(
            listed(each, used.get(each.id), self._kinds, self._settings.max_lifetime)
            for each in self._credentials.of(user_id)
        )

    def get(self, token_id: str) -> Credential | None:
        """The token that the house calls so."""
        with self._house.read() as connection:
            lookup = connection.execute(_LOOKUP, {"id_": token_id}).scalar_one_or_none()
        return None if lookup is None else self._credentials.find(lookup)

    def users(self) -> tuple[str, ...]:
        """The ids of all who have tokens."""
        with self._house.read() as connection:
            return tuple(connection.execute(_USERS).scalars())

    def chains(self, credential: Credential) -> tuple[Chain, ...]:
        """The chains of delegates by which it was used lately, the newest first."""
        with self._house.read() as connection:
            found = connection.execute(_CHAINS, {"token_": credential.id}).scalars()
            return tuple(tuple(names) for names in found)

    def revoke(self, credential: Credential) -> bool:
        """End a token and all that was narrowed from it; False if it was gone already."""
        with self._house.write() as unit:
            if not self._removed(unit, credential):
                return False
            self._house.tell(credential.user_id, mails.revoked(credential.label), within=unit)
        return True

    def revoke_all(self, user_id: str) -> int:
        """The same with all of a user's, of which they are told once; how many there were."""
        mine = self._credentials.of(user_id)
        with self._house.write() as unit:
            count = sum(self._removed(unit, each) for each in mine)
            if count:
                self._house.tell(user_id, mails.all_revoked(count), within=unit)
        return count

    def leaked(self, credential: Credential, where: str | None, source: str | None) -> bool:
        """Revoke one that was found in public; False if it was gone already."""
        with self._house.write() as unit:
            found = {"where": where, "source": source}
            if not self._removed(unit, credential, events.LEAKED, found):
                return False
            mail = mails.leaked(credential.label, where)
            self._house.tell(credential.user_id, mail, within=unit)
        return True

    def narrowed(self, token_id: str, user_id: str, caveats: Sequence[bytes]) -> None:
        """Record that whoever holds a token asked for a narrower one."""
        limits = "; ".join(str(self._kinds.read(caveat).words()) for caveat in caveats)
        details = {"token": token_id, "limits": limits}
        self._house.record(events.NARROWED, subject=user_id, details=details)

    def stop(self, credential: Credential, chain: Chain) -> bool:
        """Stop one delegate, and whoever has it from them; its siblings live on.

        False if the token was changed meanwhile: look at it again.
        """
        record = Record.of(credential).stopping(chain)
        return self._changed(credential, record, events.STOPPED, {"delegate": " > ".join(chain)})

    def resume(self, credential: Credential, chain: Chain) -> bool:
        """Let a stopped delegate use it again; False as in :meth:`stop`."""
        record = Record.of(credential).resuming(chain)
        return self._changed(credential, record, events.RESUMED, {"delegate": " > ".join(chain)})

    def bar(self, credential: Credential, bar: Bar, words: Text) -> bool:
        """Have a resource take it no longer; False as in :meth:`stop`.

        Args:
            credential: the token, of whomever.
            bar: the resource.
            words: the same for the mail to the token's owner.
        """
        mail = mails.barred(credential.label, words)
        record = Record.of(credential).barring(bar)
        return self._changed(credential, record, events.BARRED, resource=Resource(*bar), mail=mail)

    def admit(self, credential: Credential, bar: Bar) -> bool:
        """Have the resource take it again; False as in :meth:`stop`."""
        record = Record.of(credential).admitting(bar)
        return self._changed(credential, record, events.ADMITTED, resource=Resource(*bar))

    def _changed(
        self,
        credential: Credential,
        record: Record,
        event: str,
        details: Mapping[str, str] | None = None,
        *,
        resource: Resource | None = None,
        mail: Mail | None = None,
    ) -> bool:
        with self._house.write() as unit:
            if not self._credentials.change(credential, record.as_json(), within=unit):
                return False
            self._house.record(
                event,
                subject=credential.user_id,
                resource=resource,
                details={"token": credential.id, "name": credential.label, **(details or {})},
                within=unit,
            )
            if mail is not None:
                self._house.tell(credential.user_id, mail, within=unit)
        return True

    def _removed(
        self,
        unit: Any,
        credential: Credential,
        event: str = events.REVOKED,
        details: Mapping[str, str | None] | None = None,
    ) -> bool:
        if not self._credentials.remove(credential.id, within=unit):
            return False
        self._house.record(
            event,
            subject=credential.user_id,
            details={"token": credential.id, "name": credential.label, **(details or {})},
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
                _("A token lives until ${time} at most here.", time=moment(now + most))
            )
        return caveats

    def _row(self, kept: Credential, lookup: str, record: Record) -> dict[str, Any]:
        end = end_of(record, self._kinds, self._settings.max_lifetime)
        return {
            "id": kept.id,
            "user_id": kept.user_id,
            "lookup": lookup,
            "created_at": record.created,
            "expires_at": record.expires(self._kinds),
            "reminded": not is_long(record.created, end),
        }

    def _created(self, unit: Any, kept: Credential, record: Record) -> None:
        words = [self._kinds.read(caveat).words() for caveat in record.caveats]
        # Translators: it: the token.
        limits = words or [_("It may do whatever its owner may hand on.")]
        self._house.record(
            events.CREATED,
            subject=kept.user_id,
            details={
                "token": kept.id,
                "name": kept.label,
                "limits": "; ".join(str(each) for each in limits),
            },
            within=unit,
        )
        self._house.tell(kept.user_id, mails.made(kept.label, limits), within=unit)


_USES = select(tokens.c.id, tokens.c.used_at, tokens.c.used_from, tokens.c.used_by).where(
    tokens.c.user_id == bindparam("user_"), tokens.c.used_at.is_not(None)
)
_LOOKUP = select(tokens.c.lookup).where(tokens.c.id == bindparam("id_"))
_USERS = select(tokens.c.user_id).distinct()
_CHAINS = (
    select(chains.c.names)
    .where(chains.c.token == bindparam("token_"))
    .order_by(chains.c.seen_at.desc(), chains.c.digest)
    .limit(MOST_CHAINS)
)
