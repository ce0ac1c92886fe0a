"""What the index knows of projects, releases and files: values, as they were read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ostiary.contracts import Text
from ostiary_index.texts import _


class Role(Enum):
    """What somebody is to a project."""

    OWNER = "owner"
    MAINTAINER = "maintainer"

    @property
    def title(self) -> Text:
        """For people."""
        if self is Role.OWNER:
            # Translators: somebody who may do everything with a project.
            return _("Owner")
        # Translators: somebody who may upload to a project.
        return _("Maintainer")


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and who belongs to it; one that is not there yet has no id and nobody."""

    id: str
    name: str
    normalized: str
    members: tuple[tuple[str, Role], ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """The ids of the users who own it."""
        return tuple(user for user, role in self.members if role is Role.OWNER)

    def role_of(self, user_id: str) -> Role | None:
        """What a user is to it."""
        return dict(self.members).get(user_id)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that waits for its answer."""

    project: str
    project_name: str
    user_id: str
    role: Role
    invited_by: str
    until: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file of a release. ``yanked`` is why it is, perhaps without words; None if it is not."""

    filename: str
    version: str
    kind: str
    size: int
    sha256: str
    requires_python: str | None
    uploaded: datetime
    uploaded_by: str
    yanked: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """A release, and its files in the order of their names."""

    id: str
    version: str
    created: datetime
    summary: str
    description: str
    links: tuple[tuple[str, str], ...]
    files: tuple[File, ...]

    @property
    def yanked(self) -> bool:
        """Whether all of its files are."""
        return bool(self.files) and all(file.yanked is not None for file in self.files)


def moment(seconds: int) -> datetime:
    """A time as it is stored."""
    return datetime.fromtimestamp(seconds, UTC)
