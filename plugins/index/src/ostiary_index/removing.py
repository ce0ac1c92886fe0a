"""Taking back what was published: yanked, or deleted for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update

from ostiary.contracts import House, Text
from ostiary_index import events, mails
from ostiary_index.holding import hold
from ostiary_index.publishing import resource_of
from ostiary_index.shelf import Shelf
from ostiary_index.tables import files, projects, releases
from ostiary_index.texts import _, _n
from ostiary_index.values import File, Project, Release


class Removing:
    """Yanks and deletes.

    Args:
        house: acting for whoever does so.
        shelf: where files are kept.
        by: the id of the user who does so.
    """

    def __init__(self, house: House, shelf: Shelf, by: str) -> None:
        self._house = house
        self._shelf = shelf
        self._by = by

    def yank(self, project: Project, release: Release, why: str) -> int:
        """Mark a release as not to be chosen (PEP 592); how many of its files were not before."""
        return self._mark(project, release, why, events.YANKED)

    def unyank(self, project: Project, release: Release) -> int:
        """Take that back; how many of its files were yanked."""
        return self._mark(project, release, None, events.UNYANKED)

    def delete_file(self, project: Project, file: File) -> bool:
        """Delete a file; its name is not given again. False if it was gone already."""
        with self._house.write() as unit:
            if not hold(unit, project.id) or not _take_file(unit, file):
                return False
            self._house.record(
                events.FILE_DELETED,
                subject=self._by,
                resource=resource_of(project),
                details=_details(file),
                within=unit,
            )
            text = _("The file ${file} was deleted.", file=file.filename)
            self._tell(unit, project, text)
        self._forget([(file.sha256, file.filename)])
        return True

    def delete_release(self, project: Project, release: Release) -> bool:
        """Delete a release with its files."""
        with self._house.write() as unit:
            hold(unit, project.id)
            gone = _files_where(unit, files.c.release == release.id)
            if not unit.execute(delete(releases).where(releases.c.id == release.id)).rowcount:
                return False
            self._house.record(
                events.RELEASE_DELETED,
                subject=self._by,
                resource=resource_of(project),
                details={"version": release.version, "files": len(gone)},
                within=unit,
            )
            text = _("Version ${version} was deleted, with its files.", version=release.version)
            self._tell(unit, project, text)
        self._forget(gone)
        return True

    def delete_project(self, project: Project) -> bool:
        """Delete a project with all that it has; its name is free then, those of files are not."""
        with self._house.write() as unit:
            hold(unit, project.id)
            of_project = select(releases.c.id).where(releases.c.project == project.id)
            gone = _files_where(unit, files.c.release.in_(of_project))
            if not unit.execute(delete(projects).where(projects.c.id == project.id)).rowcount:
                return False
            self._house.record(
                events.PROJECT_DELETED,
                subject=self._by,
                resource=resource_of(project),
                details={"files": len(gone)},
                within=unit,
            )
            text = _n(
                "The project was deleted, with one file.",
                "The project was deleted, with ${n} files.",
                len(gone),
            )
            self._tell(unit, project, text)
        self._forget(gone)
        return True

    def _mark(self, project: Project, release: Release, why: str | None, kind: str) -> int:
        was = files.c.yanked.is_not(None) if why is None else files.c.yanked.is_(None)
        with self._house.write() as unit:
            hold(unit, project.id)
            marked = [
                file
                for file in release.files
                if unit.execute(
                    update(files).where(files.c.filename == file.filename, was).values(yanked=why)
                ).rowcount
            ]
            for file in marked:
                self._house.record(
                    kind,
                    subject=self._by,
                    resource=resource_of(project),
                    details=_details(file) if why is None else {**_details(file), "why": why},
                    within=unit,
                )
            if marked:
                self._tell(unit, project, _marked(release, why))
        return len(marked)

    def _tell(self, unit: Any, project: Project, text: Text) -> None:
        for owner in project.owners:
            self._house.tell(owner, mails.taken_back(project, text), within=unit)

    def _forget(self, gone: Sequence[tuple[str, str]]) -> None:
        """Take the contents off the disk: the rows are gone, and durably so."""
        for sha256, filename in gone:
            self._shelf.remove(sha256, filename)


def _take_file(unit: Any, file: File) -> bool:
    """Delete a file's row, and its release where it was the last one."""
    of_file = select(files.c.release).where(files.c.filename == file.filename)
    release = unit.execute(of_file).scalar_one_or_none()
    if release is None:
        return False
    unit.execute(delete(files).where(files.c.filename == file.filename))
    if not _files_where(unit, files.c.release == release):
        unit.execute(delete(releases).where(releases.c.id == release))
    return True


def _files_where(unit: Any, condition: Any) -> list[tuple[str, str]]:
    rows = unit.execute(select(files.c.sha256, files.c.filename).where(condition))
    return [(row.sha256, row.filename) for row in rows]


def _details(file: File) -> dict[str, str | int | None]:
    return {"file": file.filename, "version": file.version, "sha256": file.sha256}


def _marked(release: Release, why: str | None) -> Text:
    if why is None:
        return _(
            "Version ${version} is not yanked any more: installers choose it again.",
            version=release.version,
        )
    return _(
        "Version ${version} was yanked: installers choose it only where it is pinned.",
        version=release.version,
    )
