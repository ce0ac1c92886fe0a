"""Ending sessions, revoking remembered browsers, and going on with a session that would end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ostiary.accounts import Device, Session
from ostiary.contracts import Assurance
from ostiary.signin import letters, remembering, words
from ostiary.signin.acts import act
from ostiary.signin.parts import Parts, acting
from ostiary.signin.policy import sign_in_needs, unmet
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit


@dataclass(frozen=True, slots=True)
class Leaving:
    """What whoever is signed in may do with their sessions and browsers, and nobody else's."""

    parts: Parts

    def sessions(self, member: Member) -> tuple[Session, ...]:
        """The live sessions of the account, this one first (ASVS 5.0, 7.5.2)."""
        with self.parts.store.read() as connection:
            found = self.parts.sessions.of_user(connection, member.user_id, self.parts.now())
        return tuple(sorted(found, key=lambda session: session.id != member.session_id))

    def devices(self, member: Member) -> tuple[Device, ...]:
        """The browsers that stand in for the second proof of a sign-in to the account."""
        if self.parts.remembered is None:
            return ()
        token = member.visitor.device
        with self.parts.store.read() as connection:
            return self.parts.devices.of_user(connection, member.user_id, token, self.parts.now())

    def end(self, member: Member, session_id: str) -> Denied | None:
        """End another session of the account."""
        parts = self.parts

        def end(unit: Unit, own: Session) -> Denied | None:
            ended = None
            if session_id != own.id:
                ended = parts.sessions.end_named(unit, session_id, own.user_id, parts.now())
            if ended is None:
                return words.session_gone()
            self._ended(unit, member, "session.ended", {"session": ended.id}, (ended,))
            return None

        return act(parts, member, end)

    def end_others(self, member: Member) -> Denied | int:
        """End all other sessions of the account (ASVS 5.0, 7.4.3); how many there were."""
        parts = self.parts

        def end(unit: Unit, own: Session) -> int:
            live = parts.sessions.of_user(unit, own.user_id, parts.now())
            others = tuple(session for session in live if session.id != own.id)
            parts.sessions.end_all(unit, own.user_id, own.id)
            if others:
                details = {"count": len(others)}
                self._ended(unit, member, "session.others-ended", details, others)
            return len(others)

        return act(parts, member, end)

    def forget(self, member: Member, device_id: str | None = None) -> Denied | int:
        """Take from one remembered browser of the account, or all, that it stands in.

        Returns:
            of how many.
        """
        parts = self.parts

        def forget(unit: Unit, own: Session) -> int:
            return remembering.forget(parts, unit, acting(member), own.user_id, "owner", device_id)

        return act(parts, member, forget, limited=True)

    # Going on.

    def extend(self, member: Member) -> Denied | Session:
        """Put off the time at which the session would end because nobody used it."""
        parts, now = self.parts, self.parts.now()

        def extend(unit: Unit, own: Session) -> Session:
            parts.sessions.extend(unit, own, now)
            return replace(own, seen_at=now)

        return act(parts, member, extend, limited=True)

    def renewal_needs(self, member: Member) -> tuple[Assurance, ...]:
        """What a session must prove to begin its time anew: all that a sign-in asks, just now."""
        needs = sign_in_needs(self.parts.credentials(member.user_id))
        return tuple(replace(need, within=self.parts.fresh) for need in needs)

    def renew(self, member: Member) -> Denied | str:
        """Begin the session's time anew, under a new cookie, which is returned.

        What is lacking is for the view to ask for; here it is only refused.
        """
        parts, needs = self.parts, self.renewal_needs(member)

        def renew(unit: Unit, own: Session) -> Denied | str:
            if unmet(needs, own.proofs, parts.now()):
                return words.expired()
            cookie = parts.sessions.renew(unit, own, parts.now())
            parts.recorder.record(unit, "session.renewed", acting(member), subject=own.user_id)
            return cookie

        return act(parts, member, renew)

    def _ended(
        self,
        unit: Unit,
        member: Member,
        event: str,
        details: Mapping[str, str | int],
        ended: Sequence[Session],
    ) -> None:
        parts, user = self.parts, self.parts.user(member.user_id)
        parts.recorder.record(unit, event, acting(member), subject=member.user_id, details=details)
        if user is not None:
            parts.mail(unit, user, letters.sessions_ended(ended), member.visitor)
