"""Who must have a second factor, and the sessions of whoever has none (ASVS 5.0, 6.3.3).

Such a session may do nothing but add factors (:attr:`ostiary.accounts.Limit.ENROL`), until its
account has a second factor and it has answered two kinds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from ostiary.accounts import CredentialRows, Limit, Session, Sessions
from ostiary.contracts import Factor, Proof, User
from ostiary.settings import Settings
from ostiary.signin.policy import TWO, is_protected, lasting
from ostiary.store import Unit
from ostiary.store.tables import sessions, users


@dataclass(frozen=True, slots=True)
class Requiring:
    """The operator's word on second factors, and what follows from it.

    ``required`` is ``never``, ``privileged`` or ``everyone``; ``since`` the day from which it
    holds, None for always.
    """

    rows: CredentialRows
    sessions: Sessions
    required: str
    since: date | None

    @classmethod
    def of(cls, settings: Settings, rows: CredentialRows, sessions: Sessions) -> Requiring:
        """As the operator's settings say."""
        wanted = settings.second_factor
        return cls(rows, sessions, wanted.required, wanted.since)

    def asked_of(self, user: User) -> bool:
        """Whether this person must have a second factor, now or from some day on."""
        return self.required == "everyone" or (self.required == "privileged" and user.privileged)

    def due(self, user: User, now: datetime) -> bool:
        """Whether this person must have one now."""
        return self.asked_of(user) and (self.since is None or now.date() >= self.since)

    def limit_for(
        self, unit: Unit, user: User, proofs: Iterable[Proof], now: datetime
    ) -> Limit | None:
        """What a session that opens in this unit must be limited to."""
        given = tuple(proofs)
        if any(proof.recovery for proof in given):
            return Limit.RECOVERY
        if self.lacks(unit, user, now):
            return Limit.ENROL
        # A remembered browser stood in, and they were made an admin since it was asked.
        short = not TWO.met_by(given, now) and self._is_due_admin(unit, user, now)
        return Limit.ENROL if short else None

    def lacks(self, unit: Unit, user: User, now: datetime) -> bool:
        """Whether they must have a second factor now and have none, as this unit sees it."""
        if self.required == "never" or not self.due(_as_of(unit, user), now):
            return False
        return not is_protected(self.rows.of_user(unit, user.id))

    def confine(self, unit: Unit, user: User, now: datetime) -> bool:
        """Limit a new admin's sessions: all where they have no second factor, else those without.

        A remembered browser stands in for nobody privileged, so what it opened is asked for two
        kinds before it goes on.

        Returns:
            whether they must add a second factor.
        """
        lacks = self.lacks(unit, user, now)
        if lacks:
            self.sessions.limit_all(unit, user.id, Limit.ENROL)
        elif self._is_due_admin(unit, user, now):
            short = [
                each.id
                for each in self.sessions.of_user(unit, user.id, now)
                if not TWO.met_by(lasting(each.proofs), now)
            ]
            free = (sessions.c.id.in_(short), sessions.c.limit.is_(None))
            unit.execute(update(sessions).where(*free).values(limit=Limit.ENROL.value))
        return lacks

    def _is_due_admin(self, unit: Unit, user: User, now: datetime) -> bool:
        if self.required == "never":
            return False
        seen = _as_of(unit, user)
        return seen.privileged and self.due(seen, now)

    def release(self, unit: Unit, user: User, now: datetime) -> bool:
        """Let a person's sessions go on that were limited for a reason that holds no more.

        Returns:
            whether it holds no more.
        """
        free = not self.due(_as_of(unit, user), now)
        if free:
            self.sessions.unlimit(unit, user.id)
        return free

    def lift(self, unit: Unit, id_hash: str, now: datetime) -> bool:
        """Let a session go on that has just proved more, once it and its account have two kinds.

        Returns:
            whether it goes on from now.
        """
        session = self.sessions.by_hash(unit, id_hash, now)
        done = session is not None and self._done(unit, session, now)
        if session is not None and done:
            self.sessions.unlimit(unit, session.user_id, id_hash)
        return done

    def _done(self, unit: Unit, session: Session, now: datetime) -> bool:
        # Recovery codes are of another kind, but whoever has one factor can make them at once.
        if session.limit is not Limit.ENROL or not TWO.met_by(lasting(session.proofs), now):
            return False
        return is_protected(self.rows.of_user(unit, session.user_id))


_ADMIN = select(users.c.admin).where(users.c.id == bindparam("user_id_")).with_for_update(read=True)


def _as_of(unit: Unit, user: User) -> User:
    """The person with the rights that they have now, until the unit ends.

    Whoever is made an admin while they sign in must not slip through between the two: on
    PostgreSQL the lock makes one wait for the other, on SQLite the unit itself does. A host's
    users are as its directory said.
    """
    row = unit.first(_ADMIN, user_id_=user.id)
    if row is None:
        return user
    return replace(user, privileged=bool(row.admin))


def nothing_to_add(required: str, factors: Mapping[str, Factor]) -> bool:
    """Whether second factors are asked for, and no loaded factor could be one."""
    able = (f.properties for f in factors.values() if not f.properties.recovery)
    kinds = {kind for properties in able for kind in properties.strength.kinds}
    seconds = any(f.properties.second and not f.properties.recovery for f in factors.values())
    return required != "never" and not (seconds and len(kinds) > 1)


NOTHING_TO_ADD = (
    "second_factor.required asks people for a second factor, and no enabled plugin has one: "
    "whoever must have it can sign in, and do nothing; install one and list it in "
    "ostiary.plugins, or set second_factor.required to never"
)
"""What the operator is told then; nobody is let in with less (fail closed)."""
