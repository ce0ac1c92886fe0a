"""What of the index tokens can be limited to, and what can be done with it.

These registrations are all that it takes: tokens scoped to a project, a version or an action,
their pages and the history of a project come from other packages, which know them by kind and
name.
"""

from __future__ import annotations

from ostiary.contracts import House, Permission, ResourceType
from ostiary_index.catalogue import Catalogue
from ostiary_index.names import normal_name, normal_version
from ostiary_index.texts import _
from ostiary_index.values import Role

PROJECT, VERSION = "project", "version"

READ, UPLOAD, YANK = "read", "upload", "yank"
CREATE = "create-project"
"""By its name: what is called ``create-...`` only a token that may create leaves room for."""
DELETE_FILE, DELETE, MANAGE = "delete-file", "delete-project", "manage"

# What cannot be undone, and who else may do it, is for people who have just shown that it is
# them, never for a token.
_PERMISSIONS = (
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(READ, _("See projects and download files"), delegable=True),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(UPLOAD, _("Upload files"), delegable=True),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(YANK, _("Yank releases, and take that back"), delegable=True),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(CREATE, _("Make projects"), delegable=True),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(DELETE_FILE, _("Delete files and releases")),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(DELETE, _("Delete the project")),
    # Translators: a permission, in a list of what a token may do; also within other sentences.
    Permission(MANAGE, _("Decide who belongs to the project")),
)


def resource_types(house: House) -> list[ResourceType]:
    """Projects, and the versions within them."""

    def owned_by(user_id: str) -> tuple[str, ...]:
        # Whoever has a project here sees its history and whose tokens reach it: its owners.
        mine = Catalogue(house).of_user(user_id)
        return tuple(project.normalized for project, role in mine if role is Role.OWNER)

    def owners_of(name: str) -> tuple[str, ...]:
        # Whose tokens may reach it: those of everybody who may upload.
        found = Catalogue(house).project(name)
        return () if found is None else tuple(user for user, _role in found.members)

    return [
        # Translators: a kind of thing; also before its name, as in “project acme-tools”.
        ResourceType(PROJECT, _("Project"), _PERMISSIONS, normal_name, owned_by, owners_of),
        # Translators: a kind of thing; also before its number, as in “version 1.2”.
        ResourceType(VERSION, _("Version"), (), normal_version, lambda _user: ()),
    ]
