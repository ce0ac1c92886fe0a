"""Ending sessions, revoking remembered browsers, and going on with a session that would end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ostiary.accounts import Device, Session, SessionEnded, browser_of
from ostiary.contracts import Assurance, Mail
from ostiary.signin import remembering, words
from ostiary.signin.parts import Parts, acting, acting_session
from ostiary.signin.policy import sign_in_needs, unmet
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")

MOST_NAMED = 10
"""Sessions that a mail names."""


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
        if member.limit is not None:
            return words.limited(member.limit)
        try:
            with parts.store.write() as unit:
                own = acting_session(parts, unit, member)
                if own.limit is not None:
                    return words.limited(own.limit)
                ended = None
                if session_id != own.id:
                    ended = parts.sessions.end_named(unit, session_id, own.user_id, parts.now())
                if ended is None:
                    return words.session_gone()
                details = {"session": ended.id}
                self._ended(unit, member, "session.ended", details, (ended,))
        except SessionEnded:
            return words.expired()
        return None

    def end_others(self, member: Member) -> Denied | int:
        """End all other sessions of the account (ASVS 5.0, 7.4.3); how many there were."""
        parts = self.parts
        if member.limit is not None:
            return words.limited(member.limit)
        try:
            with parts.store.write() as unit:
                own = acting_session(parts, unit, member)
                if own.limit is not None:
                    return words.limited(own.limit)
                live = parts.sessions.of_user(unit, own.user_id, parts.now())
                others = tuple(session for session in live if session.id != own.id)
                parts.sessions.end_all(unit, own.user_id, own.id)
                if others:
                    details = {"count": len(others)}
                    self._ended(unit, member, "session.others-ended", details, others)
                return len(others)
        except SessionEnded:
            return words.expired()

    def forget(self, member: Member, device_id: str | None = None) -> Denied | int:
        """Take from one remembered browser of the account, or all, that it stands in.

        Returns:
            of how many.
        """
        parts = self.parts
        try:
            with parts.store.write() as unit:
                own = acting_session(parts, unit, member)
                return remembering.forget(
                    parts, unit, acting(member), own.user_id, "owner", device_id
                )
        except SessionEnded:
            return words.expired()

    # Going on.

    def extend(self, member: Member) -> Denied | Session:
        """Put off the time at which the session would end because nobody used it."""
        parts, now = self.parts, self.parts.now()
        try:
            with parts.store.write() as unit:
                own = acting_session(parts, unit, member)
                parts.sessions.extend(unit, own, now)
                return replace(own, seen_at=now)
        except SessionEnded:
            return words.expired()

    def renewal_needs(self, member: Member) -> tuple[Assurance, ...]:
        """What a session must prove to begin its time anew: all that a sign-in asks, just now."""
        needs = sign_in_needs(self.parts.credentials(member.user_id))
        return tuple(replace(need, within=self.parts.fresh) for need in needs)

    def renew(self, member: Member) -> Denied | str:
        """Begin the session's time anew, under a new cookie, which is returned.

        What is lacking is for the view to ask for; here it is only refused.
        """
        parts = self.parts
        if member.limit is not None:
            return words.limited(member.limit)
        needs = self.renewal_needs(member)
        try:
            with parts.store.write() as unit:
                own = acting_session(parts, unit, member)
                if own.limit is not None:
                    return words.limited(own.limit)
                if unmet(needs, own.proofs, parts.now()):
                    return words.expired()
                cookie = parts.sessions.renew(unit, own, parts.now())
                parts.recorder.record(unit, "session.renewed", acting(member), subject=own.user_id)
                return cookie
        except SessionEnded:
            return words.expired()

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
            parts.mail(unit, user, _ended_mail(ended), member.visitor)


def _ended_mail(ended: Sequence[Session]) -> Mail:
    count = len(ended)
    lines = [
        _n(
            "A session of your account was ended:",
            "${n} sessions of your account were ended:",
            count,
        )
    ]
    lines += [browser_of(session.client.agent) for session in ended[:MOST_NAMED]]
    lines.append(_("Whoever used them is signed out now."))
    return Mail(_("Sessions of your account were ended"), tuple(lines))
