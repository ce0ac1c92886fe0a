"""Account security for Pyramid applications, built from plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Mount the house in a Pyramid application; see :func:`ostiary.web.includeme`."""
    from ostiary.web import includeme

    includeme(config)
