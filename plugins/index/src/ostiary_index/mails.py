"""Mails about projects, and who belongs to them."""

from __future__ import annotations

from ostiary.contracts import Mail, Text
from ostiary_index.texts import _
from ostiary_index.values import Project, Role


def invited(project: Project, role: Role, link: str) -> Mail:
    """Somebody is asked to join."""
    return Mail(
        _("You are invited to ${project}", project=project.name),
        (
            # Translators: ${role} is Owner or Maintainer, translated.
            _(
                "You are invited to the project ${project}, as: ${role}.",
                project=project.name,
                role=role.title,
            ),
            _("Nothing changes unless you accept. If you do not know the project, decline."),
        ),
        link=link,
        link_text=_("Look at the invitation"),
    )


def joined(name: str, project: Project, role: Role) -> Mail:
    """Somebody accepted, for the owners."""
    return Mail(
        # Translators: ${name} is a user name.
        _("${name} joined ${project}", name=name, project=project.name),
        (
            # Translators: ${name} is a user name. ${role} is Owner or Maintainer, translated.
            _(
                "${name} accepted the invitation to ${project}, as: ${role}.",
                name=name,
                project=project.name,
                role=role.title,
            ),
        ),
    )


def removed(project: Project, role: Role) -> Mail:
    """Somebody belongs to it no longer, for them."""
    return Mail(
        _("You do not belong to ${project} any more", project=project.name),
        (
            # Translators: ${role} is Owner or Maintainer, translated. The reader does not belong to
            # the project any more.
            _(
                "What you were to the project ${project} is over: ${role}.",
                project=project.name,
                role=role.title,
            ),
            # Translators: it: the project.
            _("Tokens of yours do not reach it any more."),
        ),
    )


def taken_back(project: Project, text: Text) -> Mail:
    """Something that was published was yanked or deleted, for the owners."""
    # Translators: the subject of a mail: a file, a release or a project was deleted or yanked, or
    # is not yanked any more.
    return Mail(_("What ${project} publishes has changed", project=project.name), (text,))
