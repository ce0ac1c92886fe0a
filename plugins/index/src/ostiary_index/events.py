"""What is recorded: each act of the index, with its project and whose history that is of.

The sentences are for people who read the history. What tokens, delegates and addresses were part
of it, the core knows.
"""

from __future__ import annotations

from ostiary.contracts import EventField, EventType
from ostiary_index.texts import _

_FILE, _VERSION, _SHA256 = EventField("file"), EventField("version"), EventField("sha256")
_ROLE = EventField("role")

PROJECT_CREATED, PROJECT_DELETED = "project.created", "project.deleted"
UPLOADED, YANKED, UNYANKED = "file.uploaded", "file.yanked", "file.unyanked"
FILE_DELETED, RELEASE_DELETED = "file.deleted", "release.deleted"
INVITED, ACCEPTED, DECLINED = "role.invited", "role.accepted", "role.declined"
WITHDRAWN, REMOVED = "role.withdrawn", "role.removed"

EVENTS = (
    EventType(PROJECT_CREATED, _("${actor} made the project ${resource}.")),
    EventType(
        UPLOADED,
        _("${actor} uploaded ${file} to ${resource}."),
        (_FILE, _VERSION, _SHA256, EventField("size"), EventField("kind")),
    ),
    EventType(
        YANKED,
        # Translators: ${why} is what somebody typed, and may be empty.
        _("${actor} yanked ${file} of ${resource}: ${why}"),
        (_FILE, _VERSION, _SHA256, EventField("why")),
    ),
    EventType(
        UNYANKED,
        _("${actor} took back that ${file} of ${resource} was yanked."),
        (_FILE, _VERSION, _SHA256),
    ),
    EventType(
        FILE_DELETED, _("${actor} deleted ${file} of ${resource}."), (_FILE, _VERSION, _SHA256)
    ),
    EventType(
        RELEASE_DELETED,
        # Translators: ${version} is a number such as 1.2; ${files} is how many files.
        _("${actor} deleted ${version} of ${resource}, with ${files} files."),
        (_VERSION, EventField("files")),
    ),
    EventType(
        PROJECT_DELETED,
        _("${actor} deleted the project ${resource}, with ${files} files."),
        (EventField("files"),),
    ),
    # Translators: ${role} is “owner” or “maintainer”, as it is stored, in English.
    EventType(INVITED, _("${actor} invited ${user} to ${resource} as ${role}."), (_ROLE,)),
    # Translators: ${role} is “owner” or “maintainer”, as it is stored, in English.
    EventType(ACCEPTED, _("${user} joined ${resource} as ${role}."), (_ROLE,)),
    # Translators: ${role} is “owner” or “maintainer”, as it is stored, in English.
    EventType(DECLINED, _("${user} declined to join ${resource} as ${role}."), (_ROLE,)),
    EventType(
        WITHDRAWN,
        # Translators: ${resource} is a project.
        _("${actor} withdrew the invitation of ${user} to ${resource}."),
        (_ROLE,),
    ),
    # Translators: ${role} is “owner” or “maintainer”, as it is stored, in English. ${user} does not
    # belong to the project any more.
    EventType(REMOVED, _("${actor} ended what ${user} was to ${resource}: ${role}."), (_ROLE,)),
)
