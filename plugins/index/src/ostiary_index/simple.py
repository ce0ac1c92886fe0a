"""The simple index (PEP 503), in JSON as well (PEP 691, with sizes and versions of PEP 700).

Installers ask for JSON and take HTML; browsers ask for HTML. Files are named by the hash of their
content, so what is at an address never changes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from packaging.version import Version
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPMovedPermanently, HTTPNotFound
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import FileResponse, Response

from ostiary.web import mark_static
from ostiary_index.catalogue import Catalogue
from ostiary_index.contexts import Factories, Index, InProject, InVersion
from ostiary_index.kinds import READ
from ostiary_index.parts import Parts
from ostiary_index.values import File

log = logging.getLogger(__name__)

PATH, FILES = "/simple", "/files"
LIST, PROJECT, FILE = "index_simple", "index_simple_project", "index_file"

HTML = "application/vnd.pypi.simple.v1+html"
JSON = "application/vnd.pypi.simple.v1+json"
_OFFERS = ("text/html", HTML, JSON)
_API = "1.1"
_MAX_ACCEPT = 1024
_TEMPLATES = "ostiary_index:templates"


def add_simple(config: Configurator, parts: Parts) -> None:
    """The routes and views; what a private index answers strangers is the ACL's to say."""
    factories, views = Factories(parts.settings), Simple(parts)
    for route, path, factory, view in (
        (LIST, f"{PATH}/", factories.index, views.listed),
        (f"{LIST}_bare", PATH, factories.index, views.with_slash),
        (PROJECT, f"{PATH}/{{project}}/", factories.project, views.project),
        (f"{PROJECT}_bare", f"{PATH}/{{project}}", factories.project, views.with_slash),
        (FILE, f"{FILES}/{{sha256}}/{{filename}}", factories.file, views.file),
    ):
        config.add_route(route, path, factory=factory)
        config.add_view(view, route_name=route, request_method="GET", permission=READ)


class Simple:
    """The views."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def listed(self, context: Index, request: Request) -> Response:
        """All projects."""
        names = Catalogue(request.ostiary).names()
        said = {"meta": {"api-version": _API}, "projects": [{"name": name} for name in names]}
        return _answer(request, said, "simple", {"names": names})

    def project(self, context: InProject, request: Request) -> Response:
        """The files of a project."""
        if request.matchdict["project"] != context.project.normalized:
            return _moved(request, PROJECT, project=context.project.normalized)
        releases = Catalogue(request.ostiary).releases(context.project)
        files = [
            (file, request.route_path(FILE, sha256=file.sha256, filename=file.filename))
            for release in releases
            for file in release.files
        ]
        said = {
            "meta": {"api-version": _API},
            "name": context.project.normalized,
            "versions": sorted((release.version for release in releases), key=Version),
            "files": [_described(file, url) for file, url in files],
        }
        values = {"project": context.project, "files": files}
        return _answer(request, said, "simple_project", values)

    def with_slash(self, context: Index | InProject, request: Request) -> Response:
        """To the address with the slash that PEP 503 asks for."""
        if isinstance(context, Index):
            return _moved(request, LIST)
        return _moved(request, PROJECT, project=context.project.normalized)

    def file(self, context: InVersion, request: Request) -> Response:
        """A file, to be kept and never to be shown: it is whatever somebody uploaded.

        Raises:
            HTTPNotFound: its content is another one.
        """
        filename, sha256 = request.matchdict["filename"], request.matchdict["sha256"]
        release = context.release
        known = {file.filename: file.sha256 for file in (release.files if release else ())}
        if known.get(filename) != sha256:
            raise HTTPNotFound
        try:
            response = FileResponse(
                str(self._parts.shelf.path(sha256, filename)),
                request=request,
                content_type="application/octet-stream",
            )
        except FileNotFoundError:
            log.error("the file %s is listed and not in the folder", filename)  # noqa: TRY400 - that says all
            raise HTTPNotFound from None
        if not self._parts.settings.private:
            mark_static(request)
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        # Names of files are of ASCII, without quotes.
        response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
        return response


def _described(file: File, url: str) -> Mapping[str, Any]:
    known: dict[str, Any] = {
        "filename": file.filename,
        "url": url,
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": file.uploaded.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if file.requires_python is not None:
        known["requires-python"] = file.requires_python
    if file.yanked is not None:
        known["yanked"] = file.yanked or True
    return known


def _answer(
    request: Request, said: Mapping[str, Any], template: str, values: Mapping[str, Any]
) -> Response:
    """As JSON or as HTML, whichever is asked for (PEP 691, "Content-Type")."""
    kind = _wanted(request)
    if kind == JSON:
        return Response(json.dumps(said).encode(), content_type=JSON, charset=None)
    html = render(f"{_TEMPLATES}/{template}.jinja", {**values, "api": _API}, request)
    return Response(html, content_type=kind, charset="utf-8")


def _wanted(request: Request) -> str:
    # A long header, which no installer sends, would take seconds to read.
    if len(request.headers.get("Accept", "")) > _MAX_ACCEPT:
        return _OFFERS[0]
    offers = request.accept.acceptable_offers(_OFFERS)
    return str(offers[0][0]) if offers else _OFFERS[0]


def _moved(request: Request, route: str, **values: str) -> Response:
    where = request.ostiary.site.origin + request.route_path(route, **values)
    return HTTPMovedPermanently(location=where)
