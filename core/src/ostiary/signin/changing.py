"""Renaming and removing factors of an account, and what a change of them brings with it."""

from __future__ import annotations

from dataclasses import dataclass

from ostiary.accounts import LabelRefused, LastFirstProof, Session, StoredCredential
from ostiary.contracts import Text, User
from ostiary.signin import letters, remembering, words
from ostiary.signin.acts import act
from ostiary.signin.parts import Parts, acting
from ostiary.signin.policy import has_second, is_protected, lasting_kinds
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary")


class LastKind(Exception):
    """What would be left is of one kind, with a second factor among it."""


class LastSecond(Exception):
    """The person must have a second factor, and would have none."""


@dataclass(frozen=True, slots=True)
class Changing:
    """Changes of what whoever is signed in has enrolled; also of what has no plugin now."""

    parts: Parts

    def rename(self, member: Member, credential_id: str, label: str) -> Denied | None:
        """Give a credential another name."""
        user, stored = self._mine(member, credential_id)
        if stored is None:
            return words.gone()
        try:
            return act(
                self.parts,
                member,
                lambda unit, _session: self._renamed(unit, member, user, stored, label),
            )
        except LabelRefused as refused:
            return Denied("label", refused.text, "label", status=400)

    def remove(self, member: Member, credential_id: str) -> Denied | None:
        """Remove a credential; never the last first proof."""
        user, stored = self._mine(member, credential_id)
        if stored is None:
            return words.gone()
        try:
            return act(
                self.parts,
                member,
                lambda unit, session: self._removed(unit, member, session, user, stored),
            )
        except LastFirstProof:
            return words.last_first_proof()
        except LastKind:
            return words.last_kind()
        except LastSecond:
            return words.last_second()

    def _renamed(
        self, unit: Unit, member: Member, user: User, stored: StoredCredential, label: str
    ) -> Denied | None:
        parts, old = self.parts, stored.credential
        renamed = parts.rows.rename(unit, old.id, member.user_id, label)
        if renamed is None:
            return words.gone()
        parts.recorder.record(
            unit,
            "factor.renamed",
            acting(member),
            subject=member.user_id,
            details={"factor": stored.name},
            before={"label": old.label},
            after={"label": renamed},
        )
        parts.mail(unit, user, letters.factor_renamed(old.label, renamed), member.visitor)
        return None

    def _removed(
        self, unit: Unit, member: Member, session: Session, user: User, stored: StoredCredential
    ) -> Denied | None:
        """Also the sessions go that it opened, which may be a thief's (ASVS 5.0, 7.4.3)."""
        parts, credential = self.parts, stored.credential
        if not parts.rows.remove(unit, credential.id, member.user_id):
            return words.gone()
        left = parts.rows.of_user(unit, member.user_id)
        if has_second(left) and len(lasting_kinds(left)) < len(lasting_kinds((*left, stored))):
            raise LastKind
        if is_protected((*left, stored)) and parts.requiring.lacks(unit, user, parts.now()):
            raise LastSecond
        parts.recorder.record(
            unit,
            "factor.removed",
            acting(member),
            subject=member.user_id,
            details={"factor": stored.name, "label": credential.label},
        )
        parts.mail(unit, user, letters.factor_removed(named(stored)), member.visitor)
        parts.flows.end_all(unit, user.id)
        # What was asked to add another one may tell of the one that is gone.
        parts.challenges.forget(unit, member.session_hash, stored.name)
        parts.sessions.drop_proofs(unit, session, credential.id)
        ended = parts.sessions.end_proved_by(unit, session, credential.id, parts.now())
        after_change(parts, unit, member, stored.name, ended)
        return None

    def _mine(
        self, member: Member, credential_id: str
    ) -> tuple[User, StoredCredential] | tuple[User, None]:
        user = self.parts.directory.get(member.user_id) or User(member.user_id, "")
        for stored in self.parts.credentials(member.user_id):
            if stored.part == "factor" and stored.credential.id == credential_id:
                return user, stored
        return user, None


def after_change(parts: Parts, unit: Unit, member: Member, factor_name: str, ended: int) -> None:
    """End the account's other sessions where a factor declares that its change does.

    Whatever has changed, no browser stands in for a proof any longer. ``ended`` is how many
    sessions ended already, by what was taken away.
    """
    remembering.forget(parts, unit, acting(member), member.user_id, "factor-changed")
    factor = parts.factors.get(factor_name)
    ends = factor is not None and factor.properties.ends_sessions
    if ends:
        ended += parts.sessions.end_all(unit, member.user_id, member.session_id)
    if not (ends or ended):
        return
    parts.recorder.record(
        unit,
        "session.others-ended",
        acting(member),
        subject=member.user_id,
        details={"count": ended},
    )


def named(stored: StoredCredential) -> Text:
    """A credential in words: what kind it is and how its owner calls it."""
    # Translators: a factor: ${kind} is a title such as Passkey, ${label} the name that its owner
    # gave it.
    return _("${kind} “${label}”", kind=stored.title, label=stored.credential.label)
