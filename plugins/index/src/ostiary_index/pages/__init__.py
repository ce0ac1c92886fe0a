"""The pages: projects, their people, and taking back what was published."""

from __future__ import annotations

from pyramid.config import Configurator

from ostiary_index.pages import people, projects, removing
from ostiary_index.parts import Parts

__all__ = ["add_pages"]


def add_pages(config: Configurator, parts: Parts) -> None:
    """All of them."""
    projects.add_pages(config, parts)
    people.add_pages(config, parts)
    removing.add_pages(config, parts)
