"""Who belongs to a project: invited, joined, removed; never without an owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from ostiary.contracts import House, OstiaryError, Text, User
from ostiary_index import events, mails
from ostiary_index.holding import hold, now_of
from ostiary_index.publishing import resource_of
from ostiary_index.tables import asked, invitations, members
from ostiary_index.texts import _
from ostiary_index.values import Project, Role

LIFETIME = timedelta(days=14)
"""How long an invitation can be accepted: one that was forgotten must not open a project later."""

MOST_TO_ONE = 3
MOST_TO_ALL = 30
"""How many invitations somebody may have mailed in a day: they are mail that strangers cause."""

_DAY = timedelta(days=1)


class NotPossible(OstiaryError):
    """An act that would leave things as they must not be; ``text`` is for whoever tried."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


class Membership:
    """The people of projects.

    Args:
        house: acting for whoever decides.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def invite(self, project: Project, invitee: User, role: Role, by: str, link: str) -> None:
        """Ask somebody to join; nothing changes until they say yes.

        Raises:
            NotPossible: they belong to it already, or too many were asked today.
        """
        with self._house.write() as unit:
            self._hold(unit, project)
            if self._role(unit, project, invitee.id) is not None:
                # Translators: ${name} is a user name.
                raise NotPossible(_("${name} belongs to this project already.", name=invitee.login))
            self._count(unit, invitee, by)
            self._uninvite(unit, project, invitee.id)
            unit.execute(
                insert(invitations).values(
                    project=project.id,
                    user_id=invitee.id,
                    role=role.value,
                    invited_by=by,
                    until=now_of(self._house) + int(LIFETIME.total_seconds()),
                )
            )
            self._record(unit, events.INVITED, project, invitee.id, role)
            self._house.tell(invitee.id, mails.invited(project, role, link), within=unit)

    def accept(self, project: Project, user_id: str) -> Role:
        """Join, as invited.

        Raises:
            NotPossible: there is no invitation any more.
        """
        with self._house.write() as unit:
            role = self._answered(unit, project, user_id)
            unit.execute(
                insert(members).values(
                    project=project.id, user_id=user_id, role=role.value, since=now_of(self._house)
                )
            )
            self._record(unit, events.ACCEPTED, project, user_id, role)
            for owner in project.owners:
                self._house.tell(
                    owner, mails.joined(self._called(user_id), project, role), within=unit
                )
        return role

    def decline(self, project: Project, user_id: str) -> None:
        """Say no.

        Raises:
            NotPossible: there is no invitation any more.
        """
        with self._house.write() as unit:
            role = self._answered(unit, project, user_id)
            self._record(unit, events.DECLINED, project, user_id, role)

    def withdraw(self, project: Project, user_id: str) -> None:
        """Take an invitation back; the same if it was answered meanwhile, and nothing is left."""
        with self._house.write() as unit:
            role = self._uninvite(unit, project, user_id)
            if role is not None:
                self._record(unit, events.WITHDRAWN, project, user_id, role)

    def remove(self, project: Project, user_id: str) -> None:
        """End what somebody is to a project: somebody else, or oneself.

        Raises:
            NotPossible: they are its last owner, and nobody could look after it any more.
        """
        with self._house.write() as unit:
            self._hold(unit, project)
            role = self._role(unit, project, user_id)
            if role is None:
                return
            if role is Role.OWNER and self._owners(unit, project) == 1:
                raise NotPossible(
                    _("A project needs an owner. Invite another one first, or delete the project.")
                )
            unit.execute(
                delete(members).where(members.c.project == project.id, members.c.user_id == user_id)
            )
            self._record(unit, events.REMOVED, project, user_id, role)
            self._house.tell(user_id, mails.removed(project, role), within=unit)

    def _count(self, unit: Any, invitee: User, by: str) -> None:
        now = now_of(self._house)
        mine = asked.c.asker == by
        unit.execute(delete(asked).where(mine, asked.c.at <= now - int(_DAY.total_seconds())))
        mailed = unit.execute(select(asked.c.user_id).where(mine)).scalars().all()
        if mailed.count(invitee.id) >= MOST_TO_ONE:
            raise NotPossible(
                _(
                    "You invited ${name} several times today. Wait for an answer, or try again "
                    "tomorrow.",
                    name=invitee.login,
                )
            )
        if len(mailed) >= MOST_TO_ALL:
            raise NotPossible(_("You invited many people today. Invite the others tomorrow."))
        unit.execute(insert(asked).values(asker=by, user_id=invitee.id, at=now))

    def _hold(self, unit: Any, project: Project) -> None:
        if not hold(unit, project.id):
            raise NotPossible(_("This project was deleted."))

    def _answered(self, unit: Any, project: Project, user_id: str) -> Role:
        """The role of an invitation, which is used up by that."""
        self._hold(unit, project)
        role = self._uninvite(unit, project, user_id)
        if role is None:
            raise NotPossible(_("This invitation is over. Ask an owner for another one."))
        return role

    def _uninvite(self, unit: Any, project: Project, user_id: str) -> Role | None:
        """Take an invitation away; what it was for, unless its time was over."""
        here = (invitations.c.project == project.id, invitations.c.user_id == user_id)
        wanted = select(invitations.c.role).where(*here, invitations.c.until > now_of(self._house))
        role = unit.execute(wanted).scalar_one_or_none()
        removed = unit.execute(delete(invitations).where(*here)).rowcount
        return Role(role) if role is not None and removed else None

    def _role(self, unit: Any, project: Project, user_id: str) -> Role | None:
        wanted = select(members.c.role).where(
            members.c.project == project.id, members.c.user_id == user_id
        )
        role = unit.execute(wanted).scalar_one_or_none()
        return None if role is None else Role(role)

    def _owners(self, unit: Any, project: Project) -> int:
        wanted = select(members.c.user_id).where(
            members.c.project == project.id, members.c.role == Role.OWNER.value
        )
        return len(unit.execute(wanted).all())

    def _record(self, unit: Any, kind: str, project: Project, user_id: str, role: Role) -> None:
        self._house.record(
            kind,
            subject=user_id,
            resource=resource_of(project),
            details={"role": role.value},
            within=unit,
        )

    def _called(self, user_id: str) -> str:
        user = self._house.users.get(user_id)
        return user_id if user is None else user.login
