"""``/projects``: one's own projects, and the page of each project and release."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version
from pyramid.config import Configurator
from pyramid.request import Request

from ostiary.contracts import Reveal
from ostiary_index.catalogue import Catalogue
from ostiary_index.contexts import OWN, Factories, Index, InProject, InVersion
from ostiary_index.kinds import DELETE, DELETE_FILE, MANAGE, READ, YANK
from ostiary_index.pages.shared import (
    LIST,
    PATH,
    PROJECT,
    RELEASE,
    TEMPLATES,
    Shown,
    logins,
    may,
)
from ostiary_index.parts import Parts
from ostiary_index.texts import _
from ostiary_index.values import Release


def add_pages(config: Configurator, parts: Parts) -> None:
    """The routes and views."""
    factories = Factories(parts.settings)
    for route, path, factory, view, permission in (
        (LIST, PATH, factories.index, listed, OWN),
        (PROJECT, f"{PATH}/{{project}}", factories.project, project, READ),
        (RELEASE, f"{PATH}/{{project}}/releases/{{version}}", factories.release, release, READ),
    ):
        config.add_route(route, path, factory=factory)
        config.add_view(
            view,
            route_name=route,
            renderer=f"{TEMPLATES}/{route.removeprefix('index_')}.jinja",
            request_method="GET",
            permission=permission,
        )


def listed(context: Index, request: Request) -> Shown:
    """One's own projects, what one is invited to, and how to begin."""
    catalogue, user = Catalogue(request.ostiary), request.identity.user
    return {
        "projects": catalogue.of_user(user),
        "invitations": catalogue.invitations_of(user),
        "commands": _commands(request),
    }


def project(context: InProject, request: Request) -> Shown:
    """A project: its newest release, all of them, its people."""
    releases = Catalogue(request.ostiary).releases(context.project)
    newest = _newest(releases)
    role = context.project.role_of(request.identity.user) if request.identity else None
    return {
        "project": context.project,
        "release": newest,
        "releases": releases,
        "role": role,
        "may": may(request, context, MANAGE, DELETE),
        "logins": logins(request, (user for user, _role in context.project.members)),
        "install": _install(request, context.project.normalized),
    }


def release(context: InVersion, request: Request) -> Shown:
    """A release, with its files."""
    files = context.release.files if context.release else ()
    return {
        "project": context.project,
        "release": context.release,
        "may": may(request, context, YANK, DELETE_FILE),
        "logins": logins(request, (file.uploaded_by for file in files)),
    }


def _newest(releases: Sequence[Release]) -> Release | None:
    """The newest that is no pre-release and not yanked, as installers choose; else the newest."""
    final = (
        each for each in releases if not each.yanked and not Version(each.version).is_prerelease
    )
    return next(final, releases[0] if releases else None)


def _commands(request: Request) -> tuple[Reveal, ...]:
    """How the first upload is made."""
    url = request.ostiary.site.origin + request.route_path("index_upload")
    upload = f"twine upload --repository-url {url} --username __token__ dist/*"
    return (
        # Translators: the label of a command to copy.
        Reveal(_("Build your project"), "python -m build"),
        # Translators: the label of a command to copy; it: the project. The command asks for a
        # password.
        Reveal(_("Upload it; the password that it asks for is your token"), upload),
    )


def _install(request: Request, name: str) -> Reveal:
    url = request.ostiary.site.origin + request.route_path("index_simple")
    # Translators: the label of a command to copy; it: the project.
    return Reveal(_("Install it"), f"pip install --index-url {url} {name}")
