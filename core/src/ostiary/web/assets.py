"""Static files: kept by caches for a year, under an address that changes with them."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from pyramid.config import Configurator
from pyramid.static import QueryStringConstantCacheBuster

FOLDER = "ostiary:web/static/"
YEAR = 365 * 24 * 3600


def add_assets(config: Configurator) -> None:
    """Serve our files under ``/ostiary-static``."""
    config.add_static_view("ostiary-static", FOLDER, cache_max_age=YEAR)
    config.add_cache_buster(FOLDER, QueryStringConstantCacheBuster(_fingerprint(), param="v"))


def _fingerprint() -> str:
    digest = hashlib.sha256()
    folder: Traversable = files("ostiary.web") / "static"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:16]
