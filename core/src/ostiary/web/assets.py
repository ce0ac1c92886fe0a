"""Static files: kept by caches for a year, under an address that changes with them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import QueryStringConstantCacheBuster

from ostiary.contracts import SettingsError
from ostiary.web import urls
from ostiary.web.headers import mark_static

FOLDER = "ostiary:web/static/"
YEAR = 365 * 24 * 3600
STYLESHEET = "ostiary_stylesheet"
"""The route of the operator's style sheet, where there is one."""


def add_assets(config: Configurator, stylesheet: Path | None) -> None:
    """Serve our files under ``/ostiary-static``, and the operator's style sheet beside them.

    Raises:
        SettingsError: the style sheet cannot be read.
    """
    config.add_static_view("ostiary-static", FOLDER, cache_max_age=YEAR)
    config.add_cache_buster(FOLDER, QueryStringConstantCacheBuster(_fingerprint(), param="v"))
    if stylesheet is not None:
        _add_stylesheet(config, _read(stylesheet))


def stylesheet_path(request: Request) -> str | None:
    """Where the operator's style sheet is, if there is one."""
    version = request.registry.get(STYLESHEET)
    return urls.path(request, STYLESHEET, _query={"v": version}) if version else None


def _add_stylesheet(config: Configurator, content: bytes) -> None:
    """As it was at the start, so that what caches keep is what the address says."""

    def stylesheet(request: Request) -> Response:
        mark_static(request)
        return Response(content, content_type="text/css", charset="utf-8")

    config.registry[STYLESHEET] = hashlib.sha256(content).hexdigest()[:16]
    config.add_route(STYLESHEET, "/ostiary-style.css")
    config.add_view(
        stylesheet,
        route_name=STYLESHEET,
        request_method="GET",
        http_cache=YEAR,
        permission=NO_PERMISSION_REQUIRED,
    )


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        content.decode()
    except OSError as error:
        fault = error.strerror or type(error).__name__
        raise SettingsError(f"stylesheet: {path} cannot be read ({fault}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"stylesheet: {path} is not text in UTF-8.") from None
    return content


def _fingerprint() -> str:
    digest = hashlib.sha256()
    folder: Traversable = files("ostiary.web") / "static"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:16]
