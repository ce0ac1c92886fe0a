"""A host with projects, whom uploads are for, so that pages of tokens have something to show."""

from __future__ import annotations

from types import SimpleNamespace

from pyramid.config import Configurator

from ostiary.contracts import House, Permission, ResourceType
from ostiary.hookspecs import API, hookimpl
from ostiary.text import translations

_, _n, _p, _np = translations("ostiary_tests")


def stall(*projects: str) -> object:
    """A plugin whose projects are everybody's, with an address for uploads."""
    permissions = (
        Permission("upload", _("Upload files"), delegable=True),
        Permission("create-project", _("Make projects"), delegable=True),
        Permission("delete", _("Delete the project")),
    )
    kinds = [
        ResourceType("project", _("Project"), permissions, str.lower, lambda _user: projects),
        ResourceType("version", _("Version"), (), str, lambda _user: ()),
    ]

    @hookimpl
    def resource_types() -> list[ResourceType]:
        return kinds

    @hookimpl
    def include(config: Configurator, house: House) -> None:
        config.add_route("stall_uploads", "/legacy/")

    return SimpleNamespace(
        OSTIARY_API=API,
        OSTIARY_PATHS=("/legacy",),
        ostiary_register_resource_types=resource_types,
        ostiary_includeme=include,
    )
