"""Reading: which projects there are, whose they are, and what was released."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from packaging.version import Version
from sqlalchemy import Select, select

from ostiary.contracts import House
from ostiary_index.names import normal_name, normal_version
from ostiary_index.tables import files, invitations, members, projects, releases
from ostiary_index.values import File, Invitation, Project, Release, Role, moment


class Catalogue:
    """What is in the database.

    Args:
        house: asked at request time; in a view, ``request.ostiary``.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def project(self, name: str) -> Project | None:
        """The project of this name, however it is spelled."""
        found = self._all(select(projects).where(projects.c.normalized == normal_name(name)))
        if not found:
            return None
        (row,) = found
        asked = select(members.c.user_id, members.c.role).where(members.c.project == row.id)
        people = self._all(asked.order_by(members.c.since, members.c.user_id))
        belonging = tuple((person.user_id, Role(person.role)) for person in people)
        return Project(row.id, row.name, row.normalized, belonging)

    def names(self) -> tuple[str, ...]:
        """The normalized names of all projects."""
        asked = select(projects.c.normalized).order_by(projects.c.normalized)
        return tuple(row.normalized for row in self._all(asked))

    def of_user(self, user_id: str) -> tuple[tuple[Project, Role], ...]:
        """The projects that a user belongs to, and what they are to each."""
        asked = (
            select(projects, members.c.role)
            .join(members, members.c.project == projects.c.id)
            .where(members.c.user_id == user_id)
            .order_by(projects.c.normalized)
        )
        return tuple(
            (Project(row.id, row.name, row.normalized), Role(row.role)) for row in self._all(asked)
        )

    def releases(self, project: Project) -> tuple[Release, ...]:
        """The releases of a project, the newest version first."""
        rows = self._all(select(releases).where(releases.c.project == project.id))
        found = self._files(releases.c.project == project.id)
        own: dict[str, list[File]] = {row.version: [] for row in rows}
        for file in found:
            own[file.version].append(file)
        made = (_release(row, own[row.version]) for row in rows)
        return tuple(sorted(made, key=lambda release: Version(release.version), reverse=True))

    def release(self, project: Project, version: str) -> Release | None:
        """The release of this version, however it is spelled."""
        rows = self._all(
            select(releases)
            .where(releases.c.project == project.id)
            .where(releases.c.canonical == normal_version(version))
        )
        if not rows:
            return None
        (row,) = rows
        return _release(row, self._files(releases.c.id == row.id))

    def file(self, project: Project, filename: str) -> File | None:
        """The file of this name."""
        found = self._files(releases.c.project == project.id, files.c.filename == filename)
        return found[0] if found else None

    def project_of_file(self, filename: str) -> str | None:
        """The normalized name of the project that a file is of."""
        rows = self._all(
            select(projects.c.normalized)
            .join(releases, releases.c.project == projects.c.id)
            .join(files, files.c.release == releases.c.id)
            .where(files.c.filename == filename)
        )
        return rows[0].normalized if rows else None

    def invitations_to(self, project: Project) -> tuple[Invitation, ...]:
        """Who was invited to a project and has not answered; those of the past are none."""
        return self._invitations(invitations.c.project == project.id)

    def invitations_of(self, user_id: str) -> tuple[Invitation, ...]:
        """What a user was invited to."""
        return self._invitations(invitations.c.user_id == user_id)

    def stored(self) -> frozenset[tuple[str, str]]:
        """Hash and name of every file that there should be on disk."""
        rows = self._all(select(files.c.sha256, files.c.filename))
        return frozenset((row.sha256, row.filename) for row in rows)

    def _files(self, *conditions: Any) -> list[File]:
        asked = (
            select(files, releases.c.version)
            .join(releases, files.c.release == releases.c.id)
            .where(*conditions)
            .order_by(files.c.filename)
        )
        return [
            File(
                filename=row.filename,
                version=row.version,
                kind=row.kind,
                size=row.size,
                sha256=row.sha256,
                requires_python=row.requires_python,
                uploaded=moment(row.uploaded),
                uploaded_by=row.uploaded_by,
                yanked=row.yanked,
            )
            for row in self._all(asked)
        ]

    def _invitations(self, condition: Any) -> tuple[Invitation, ...]:
        now = int(self._house.now().timestamp())
        asked = (
            select(invitations, projects.c.normalized, projects.c.name)
            .join(projects, invitations.c.project == projects.c.id)
            .where(condition, invitations.c.until > now)
            .order_by(projects.c.normalized, invitations.c.user_id)
        )
        return tuple(
            Invitation(
                project=row.normalized,
                project_name=row.name,
                user_id=row.user_id,
                role=Role(row.role),
                invited_by=row.invited_by,
                until=moment(row.until),
            )
            for row in self._all(asked)
        )

    def _all(self, asked: Select[Any]) -> Sequence[Any]:
        with self._house.read() as connection:
            return connection.execute(asked).all()  # type: ignore[no-any-return]


def _release(row: Any, own: Sequence[File]) -> Release:
    return Release(
        id=row.id,
        version=row.version,
        created=moment(row.created),
        summary=row.summary,
        description=row.description,
        links=tuple((label, url) for label, url in row.links),
        files=tuple(own),
    )
