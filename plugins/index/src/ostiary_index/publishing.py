"""Publishing a file: project, release, name, file and record in one transaction."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from ostiary.contracts import House, Resource
from ostiary_index import events
from ostiary_index.holding import hold, now_of
from ostiary_index.kinds import PROJECT
from ostiary_index.names import normal_name
from ostiary_index.shelf import Shelf
from ostiary_index.tables import filenames, files, members, projects, releases
from ostiary_index.texts import _
from ostiary_index.uploading.checks import Upload
from ostiary_index.uploading.refusals import UploadRefused
from ostiary_index.values import Project, Role


class Lost(Exception):
    """Somebody else was quicker: look again at what there is now."""


class Publishing:
    """Puts uploads into the index.

    Args:
        house: acting for whoever uploads.
        shelf: where files are kept.
    """

    def __init__(self, house: House, shelf: Shelf) -> None:
        self._house = house
        self._shelf = shelf

    def publish(self, user_id: str, project: Project, upload: Upload) -> Project:
        """Put a file into a project, which is made where ``project`` is not there yet.

        The very same file again changes nothing: a client that did not hear the answer may ask
        once more.

        Returns:
            The project, as it is now.

        Raises:
            UploadRefused: a file of this name was there before.
            Lost: something was made or deleted meanwhile. Nothing was changed.
        """
        try:
            with self._house.write() as unit:
                there = self._held(unit, user_id, project, upload)
                if not self._is_there(unit, upload):
                    self._put(unit, user_id, there, upload)
        except IntegrityError:
            # The one place where two of the same name meet, of projects as of files.
            raise Lost from None
        return there

    def _held(self, unit: Any, user_id: str, project: Project, upload: Upload) -> Project:
        if not project.id:
            return create(unit, self._house, upload.claimed.name, user_id)
        role = select(members.c.role).where(
            members.c.project == project.id, members.c.user_id == user_id
        )
        # Asked again: who was removed since the ACL was read publishes nothing any more.
        if not hold(unit, project.id) or unit.execute(role).scalar_one_or_none() is None:
            raise Lost
        return project

    def _is_there(self, unit: Any, upload: Upload) -> bool:
        """Whether this very file is there already.

        Raises:
            UploadRefused: the name was given to another one, which may be gone.
        """
        name = upload.claimed.filename
        taken = select(filenames.c.filename).where(filenames.c.filename == name)
        if unit.execute(taken).scalar_one_or_none() is None:
            return False
        stored = select(files.c.sha256).where(files.c.filename == name)
        sha256 = unit.execute(stored).scalar_one_or_none()
        if sha256 == upload.received.sha256:
            return True
        if sha256 is None:
            text = _(
                "The name ${file} was used by a file that was deleted, and is not given again. "
                "Upload a new version.",
                file=name,
            )
            raise UploadRefused(409, "deleted", text)
        text = _(
            "The file ${file} already exists, with other content. Upload a new version.", file=name
        )
        raise UploadRefused(409, "exists", text)

    def _put(self, unit: Any, user_id: str, project: Project, upload: Upload) -> None:
        claimed, received = upload.claimed, upload.received
        unit.execute(insert(filenames).values(filename=claimed.filename))
        release = self._release(unit, project, upload)
        # From here on the name is ours until the transaction ends, whichever way.
        self._shelf.keep(received, claimed.filename)
        unit.execute(
            insert(files).values(
                filename=claimed.filename,
                release=release,
                kind=claimed.kind,
                size=received.size,
                sha256=received.sha256,
                requires_python=upload.described.requires_python,
                uploaded=now_of(self._house),
                uploaded_by=user_id,
            )
        )
        self._house.record(
            events.UPLOADED,
            subject=user_id,
            resource=resource_of(project),
            details={
                "file": claimed.filename,
                "version": claimed.version,
                "kind": claimed.kind,
                "size": received.size,
                "sha256": received.sha256,
            },
            within=unit,
        )

    def _release(self, unit: Any, project: Project, upload: Upload) -> str:
        """The id of the release, which its first file makes and describes."""
        asked = select(releases.c.id).where(
            releases.c.project == project.id, releases.c.canonical == upload.claimed.canonical
        )
        found: str | None = unit.execute(asked).scalar_one_or_none()
        if found is not None:
            return found
        made = uuid4().hex
        unit.execute(
            insert(releases).values(
                id=made,
                project=project.id,
                version=upload.claimed.version,
                canonical=upload.claimed.canonical,
                created=now_of(self._house),
                summary=upload.described.summary,
                description=upload.described.description,
                links=[list(link) for link in upload.described.links],
            )
        )
        return made


def create(unit: Any, house: House, name: str, owner: str) -> Project:
    """Make a project, with its first owner.

    Raises:
        IntegrityError: there is one of this name.
    """
    now = now_of(house)
    made = Project(uuid4().hex, name, normal_name(name), ((owner, Role.OWNER),))
    unit.execute(
        insert(projects).values(
            id=made.id, name=name, normalized=made.normalized, created=now, serial=0
        )
    )
    unit.execute(
        insert(members).values(project=made.id, user_id=owner, role=Role.OWNER.value, since=now)
    )
    house.record(events.PROJECT_CREATED, subject=owner, resource=resource_of(made), within=unit)
    return made


def resource_of(project: Project) -> Resource:
    """What an event is about; it is of the history of the project's owners."""
    return Resource(PROJECT, project.normalized, project.owners)
