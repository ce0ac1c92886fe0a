"""What the views are about: Pyramid contexts, with who may do what, and what they are.

``__acl__`` decides for people. ``__ostiary_resource__`` is what the limits of a token are judged
over, here and in everything above (``__parent__``): a token for a project is one for its
versions.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from pyramid.authorization import Allow, Authenticated, Everyone
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Resource
from ostiary_index.catalogue import Catalogue
from ostiary_index.kinds import (
    CREATE,
    DELETE,
    DELETE_FILE,
    MANAGE,
    PROJECT,
    READ,
    UPLOAD,
    VERSION,
    YANK,
)
from ostiary_index.names import named_in, normal_name, normal_version
from ostiary_index.settings import IndexSettings
from ostiary_index.values import Project, Release, Role

OWN = "index.own"
"""To see what is one's own, to answer invitations, to leave. Nothing of it is for tokens, and
so it is declared nowhere: what is not declared delegable is refused to them."""

ADMIN = "ostiary.admin"
ACL: TypeAlias = tuple[tuple[str, str, str | tuple[str, ...]], ...]

_MAY = {
    Role.OWNER: (UPLOAD, YANK, DELETE_FILE, DELETE, MANAGE),
    Role.MAINTAINER: (UPLOAD, YANK),
}
# Admins take down what must not be there; they publish under nobody's name.
_ADMIN_MAY = (YANK, DELETE_FILE, DELETE, MANAGE)


class Index:
    """The whole index."""

    __parent__ = None

    def __init__(self, settings: IndexSettings) -> None:
        self.settings = settings

    def __acl__(self) -> ACL:
        reader = Authenticated if self.settings.private else Everyone
        # Where only `ostiary index create` makes projects, no upload does.
        made = () if self.settings.closed else ((Allow, Authenticated, CREATE),)
        return ((Allow, reader, READ), (Allow, Authenticated, OWN), *made)


class InProject:
    """A project; ``project.id`` is empty where there is none yet."""

    def __init__(self, index: Index, project: Project) -> None:
        self.__parent__ = index
        self.project = project

    def __acl__(self) -> ACL:
        people = ((Allow, f"user:{user}", _MAY[role]) for user, role in self.project.members)
        # Whoever may make the project uploads its first file; the view asks for both.
        first = () if self.project.id else ((Allow, Authenticated, UPLOAD),)
        return (*people, (Allow, ADMIN, _ADMIN_MAY), *first)

    def __ostiary_resource__(self) -> Resource:
        return Resource(PROJECT, self.project.normalized, self.project.owners)


class InVersion:
    """A version of a project, whether it was released or not; its ACL is the project's."""

    def __init__(self, parent: InProject, version: str, release: Release | None = None) -> None:
        self.__parent__ = parent
        self.project = parent.project
        self.version, self.release = version, release

    def __ostiary_resource__(self) -> Resource:
        return Resource(VERSION, normal_version(self.version), self.project.owners)


class Factories:
    """Finds what a route is about. Each method is a route's ``factory``."""

    def __init__(self, settings: IndexSettings) -> None:
        self._index = Index(settings)

    def index(self, request: Request) -> Index:
        """The whole index."""
        return self._index

    def project(self, request: Request) -> InProject:
        """The project that the address names.

        Raises:
            HTTPNotFound: there is none, and whoever asks may know it.
        """
        name = named_in(request, "project")
        found = Catalogue(request.ostiary).project(name)
        within = self.named(name, found)
        self._there(request, found, within)
        return within

    def release(self, request: Request) -> InVersion:
        """The release that the address names.

        Raises:
            HTTPNotFound: as above.
        """
        within, version = self.project(request), named_in(request, "version")
        found = Catalogue(request.ostiary).release(within.project, version)
        here = InVersion(within, version, found)
        self._there(request, found, here)
        return here

    def file(self, request: Request) -> InVersion:
        """The release of the file that the address names.

        Raises:
            HTTPNotFound: as above.
        """
        catalogue, filename = Catalogue(request.ostiary), named_in(request, "filename")
        if "project" in request.matchdict:
            name: str | None = named_in(request, "project")
        else:
            name = catalogue.project_of_file(filename)
        project = None if name is None else catalogue.project(name)
        file = None if project is None else catalogue.file(project, filename)
        within = self.named(name or "", project)
        self._there(request, file, InVersion(within, ""))
        if project is None or file is None:
            return InVersion(within, "")
        return InVersion(within, file.version, catalogue.release(project, file.version))

    def named(self, name: str, found: Project | None) -> InProject:
        """A project of this name, whether it is there or not."""
        return InProject(self._index, found or Project("", name, normal_name(name)))

    def _there(self, request: Request, found: Any, here: InProject | InVersion) -> None:
        """Say that there is nothing only to those who may know what there is.

        Others get a context that denies them: a private index does not tell names to strangers,
        nor to tokens that leave no room for reading what would be here.
        """
        if found is None and (
            not self._index.settings.private or request.has_permission(READ, here)
        ):
            raise HTTPNotFound
