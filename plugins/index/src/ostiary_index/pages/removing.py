"""Yanking a release, and deleting files, releases and projects."""

from __future__ import annotations

from dataclasses import dataclass

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field, Text
from ostiary.web import Problem, kept_form
from ostiary_index.catalogue import Catalogue
from ostiary_index.contexts import Factories, InProject, InVersion
from ostiary_index.kinds import DELETE, DELETE_FILE, YANK
from ostiary_index.names import normal_name
from ostiary_index.pages.shared import (
    FRESH,
    LIST,
    PATH,
    PROJECT,
    RELEASE,
    Answered,
    FormView,
    add_forms,
    on_to,
    typed,
)
from ostiary_index.parts import Parts
from ostiary_index.removing import Removing
from ostiary_index.texts import _
from ostiary_index.values import Release

YANK_ROUTE, UNYANK = "index_yank", "index_unyank"
DELETE_FILE_ROUTE, DELETE_RELEASE = "index_delete_file", "index_delete_release"
DELETE_PROJECT = "index_delete_project"

# Translators: the label of a box: why a version is yanked.
WHY = Field("reason", _("Why"), hint=_("Installers show this to whoever has the version pinned."))
# Translators: the label of a box: the name is typed to confirm that a project is to be deleted.
NAME = Field("name", _("Name of the project"), hint=_("To be sure that it is this one."))
_MAX_WHY = 500
_UNFIT = 422


@dataclass(frozen=True, slots=True)
class Pages:
    """The views of one house."""

    parts: Parts

    def yank(self, context: InVersion, request: Request) -> Answered:
        """Yank a release: installers choose it only where it is pinned (PEP 592)."""
        release = _released(context)
        if request.method == "POST":
            why = typed(request, WHY.name)[:_MAX_WHY]
            self._removing(request).yank(context.project, release, why)
            return _on(
                context, request, _("Version ${version} is yanked.", version=release.version)
            )
        return {"project": context.project, "release": release, "field": WHY}

    def unyank(self, context: InVersion, request: Request) -> Answered:
        """Take that back."""
        release = _released(context)
        if request.method == "POST":
            self._removing(request).unyank(context.project, release)
            text = _("Version ${version} is not yanked any more.", version=release.version)
            return _on(context, request, text)
        return {"project": context.project, "release": release}

    def delete_file(self, context: InVersion, request: Request) -> Answered:
        """Delete a file, after a question."""
        found = Catalogue(request.ostiary).file(context.project, request.matchdict["filename"])
        if found is None:
            raise HTTPNotFound
        if request.method == "POST":
            self._removing(request).delete_file(context.project, found)
            text = _("The file ${file} is deleted.", file=found.filename)
            return on_to(request, text, PROJECT, project=context.project.normalized)
        return {"project": context.project, "file": found}

    def delete_release(self, context: InVersion, request: Request) -> Answered:
        """Delete a release with its files, after a question."""
        release = _released(context)
        if request.method == "POST":
            self._removing(request).delete_release(context.project, release)
            text = _("Version ${version} is deleted.", version=release.version)
            return on_to(request, text, PROJECT, project=context.project.normalized)
        return {"project": context.project, "release": release}

    def delete_project(self, context: InProject, request: Request) -> Answered:
        """Delete a project with all that it has, once its name was typed."""
        shown = {"project": context.project, "field": NAME}
        if request.method != "POST":
            return {**shown, "typed": kept_form(request).get(NAME.name, "")}
        given = typed(request, NAME.name)
        if not given or normal_name(given) != context.project.normalized:
            request.response.status_int = _UNFIT
            wrong = Problem(_("That is not the name of this project."), NAME.name)
            return {**shown, "typed": given, "problems": (wrong,)}
        self._removing(request).delete_project(context.project)
        # Translators: ${name} is a project.
        return on_to(request, _("${name} is deleted.", name=context.project.name), LIST)

    def _removing(self, request: Request) -> Removing:
        return Removing(request.ostiary, self.parts.shelf, request.identity.user)


def add_pages(config: Configurator, parts: Parts) -> None:
    """The routes and views. To delete asks for a proof of just now."""
    factories, pages = Factories(parts.settings), Pages(parts)
    here = f"{PATH}/{{project}}"
    release = f"{here}/releases/{{version}}"
    fresh = {"assurance": FRESH}
    views: tuple[FormView, ...] = (
        (YANK_ROUTE, f"{release}/yank", factories.release, pages.yank, YANK, {}),
        (UNYANK, f"{release}/unyank", factories.release, pages.unyank, YANK, {}),
        (
            DELETE_RELEASE,
            f"{release}/delete",
            factories.release,
            pages.delete_release,
            DELETE_FILE,
            fresh,
        ),
        (
            DELETE_FILE_ROUTE,
            f"{here}/files/{{filename}}/delete",
            factories.file,
            pages.delete_file,
            DELETE_FILE,
            fresh,
        ),
        (DELETE_PROJECT, f"{here}/delete", factories.project, pages.delete_project, DELETE, fresh),
    )
    add_forms(config, views)


def _released(context: InVersion) -> Release:
    """The release that the page is about.

    Raises:
        HTTPNotFound: nothing was released under this version.
    """
    if context.release is None:
        raise HTTPNotFound
    return context.release


def _on(context: InVersion, request: Request, text: Text) -> Answered:
    return on_to(
        request, text, RELEASE, project=context.project.normalized, version=context.version
    )
