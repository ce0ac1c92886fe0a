"""``POST /legacy/``: an upload, from its bytes to its answer.

The view learns only from the body which project it is about. It is added with
``resource_in_body``: nobody gets here unknown, and without a yes of its own to
``request.has_permission`` its answer would be withheld.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import Outcome, Resource
from ostiary.web import problem
from ostiary_index import events
from ostiary_index.catalogue import Catalogue
from ostiary_index.contexts import Factories, Index, InProject, InVersion
from ostiary_index.kinds import CREATE, PROJECT, READ, UPLOAD
from ostiary_index.parts import Parts
from ostiary_index.publishing import Lost, Publishing
from ostiary_index.texts import _
from ostiary_index.uploading.checks import Claimed, checked, claimed
from ostiary_index.uploading.form import UploadForm, too_large, upload_form
from ostiary_index.uploading.refusals import UploadRefused

PATH = "/legacy"
ROUTE = "index_upload"
_LOOKS = 3
"""How often to look again, when others make or delete what an upload is for at the same time."""


@dataclass(slots=True)
class _About:
    """What is known of an upload so far, for the record of its refusal."""

    resource: Resource | None = None
    details: dict[str, str | int | None] = field(default_factory=dict)


def add_upload(config: Configurator, parts: Parts) -> None:
    """The route and the view."""
    factories = Factories(parts.settings)
    for route, path in ((ROUTE, f"{PATH}/"), (f"{ROUTE}_bare", PATH)):
        config.add_route(route, path, factory=factories.index)
        config.add_view(
            Uploading(parts, factories),
            route_name=route,
            request_method="POST",
            resource_in_body=(UPLOAD, CREATE),
        )


class Uploading:
    """The view."""

    def __init__(self, parts: Parts, factories: Factories) -> None:
        self._parts = parts
        self._factories = factories

    def __call__(self, context: Index, request: Request) -> Response:
        """200 once the file is there; otherwise what is wrong, and an event that says so too."""
        about = _About()
        try:
            self._upload(request, about)
        except UploadRefused as refused:
            _record(request, about, refused.reason)
            return problem(request, refused.status, refused.text)
        except HTTPForbidden:
            # Whoever answers it tells the owner of a token which of its limits it was.
            _record(request, about, "permission")
            raise
        return Response("The file is there.\n", content_type="text/plain", charset="utf-8")

    def _upload(self, request: Request, about: _About) -> None:
        if request.identity is None or request.identity.means == "session":
            text = _("Files are uploaded with an API token, not from a browser's session.")
            raise UploadRefused(403, "session", text)
        most = self._parts.settings.max_bytes
        with upload_form(request, most) as form:
            what = claimed(form)
            about.resource = Resource(PROJECT, what.normalized)
            about.details.update(file=what.filename, version=what.version, kind=what.kind)
            # Who may not is told so before anything is kept.
            self._asked(request, what, about)
            with self._parts.shelf.receive(form.content) as received:
                if received.size > most:
                    raise too_large(most)
                about.details.update(size=received.size, sha256=received.sha256)
                self._publish(request, form, what, received, about)

    def _publish(
        self, request: Request, form: UploadForm, what: Claimed, received: Any, about: _About
    ) -> None:
        upload = checked(form, what, received)
        publishing = Publishing(request.ostiary, self._parts.shelf)
        for _look in range(_LOOKS):
            project = self._asked(request, what, about).project
            try:
                publishing.publish(request.identity.user, project, upload)
            except Lost:
                continue
            return
        text = _("Others change this project at the same time. Try again.")
        raise UploadRefused(409, "busy", text)

    def _asked(self, request: Request, what: Claimed, about: _About) -> InVersion:
        """The version that the upload is for, once its sender may upload to it.

        Raises:
            UploadRefused: they have no part in the project.
            HTTPForbidden: a limit of their token leaves no room for this.
        """
        found = Catalogue(request.ostiary).project(what.name)
        within = self._factories.named(what.name, found)
        context = InVersion(within, what.version)
        if found is None:
            self._ask_to_create(request, context)
        elif found.role_of(request.identity.user) is None:
            self._hidden(request, what, context)
            text = _(
                "The project ${name} belongs to others. Ask an owner to invite you, or choose "
                "another name.",
                name=found.name,
            )
            raise UploadRefused(403, "not-a-member", text)
        else:
            # Only its own people can leave something in the history of a project's owners.
            about.resource = Resource(PROJECT, found.normalized, found.owners)
        _demand(request, UPLOAD, context)
        return context

    def _hidden(self, request: Request, what: Claimed, context: InVersion) -> None:
        """Answer a token that may not read a project of others as if there were none.

        Otherwise whoever holds it could try which names a private index has.
        """
        if self._parts.settings.private and not request.has_permission(READ, context):
            nothing = InVersion(self._factories.named(what.name, None), what.version)
            self._ask_to_create(request, nothing)
            _demand(request, UPLOAD, nothing)

    def _ask_to_create(self, request: Request, context: InVersion) -> None:
        if self._parts.settings.closed:
            text = _(
                "There is no project ${name}. Here projects are made by the operator: ask for it.",
                name=context.project.name,
            )
            raise UploadRefused(403, "closed", text)
        _demand(request, CREATE, context)


def _demand(request: Request, permission: str, context: InProject | InVersion) -> None:
    allowed = request.has_permission(permission, context)
    if not allowed:
        # With what was said: it holds the words for whoever presented a token.
        raise HTTPForbidden(result=allowed)


def _record(request: Request, about: _About, reason: str) -> None:
    request.ostiary.record(
        events.UPLOADED,
        subject=None if request.identity is None else request.identity.user,
        outcome=Outcome.REFUSED,
        reason=reason,
        resource=about.resource,
        details=about.details,
    )
