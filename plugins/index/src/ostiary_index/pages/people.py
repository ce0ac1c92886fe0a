"""Who belongs to a project: invitations and their answers, removals, leaving."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from ostiary.contracts import Field, Text, User
from ostiary.web import Problem, kept_form
from ostiary_index.catalogue import Catalogue
from ostiary_index.contexts import OWN, Factories, InProject
from ostiary_index.kinds import MANAGE
from ostiary_index.membership import Membership, NotPossible
from ostiary_index.names import named_in
from ostiary_index.pages.shared import (
    FRESH,
    LIST,
    PATH,
    PROJECT,
    Answered,
    FormView,
    Shown,
    add_forms,
    logins,
    on_to,
    typed,
)
from ostiary_index.parts import Parts
from ostiary_index.texts import _
from ostiary_index.values import Role

PEOPLE, REMOVE, WITHDRAW = "index_people", "index_remove", "index_withdraw"
LEAVE, INVITATION = "index_leave", "index_invitation"
# Translators: the label of a box: whom to invite.
NAME = Field("name", _("User name"), hint=_("Of an account on this site."), autocomplete="off")
_UNFIT = 422


def add_pages(config: Configurator, parts: Parts) -> None:
    """The routes and views. Who may upload is changed with a proof of just now."""
    factories = Factories(parts.settings)
    here = f"{PATH}/{{project}}"
    of = factories.project
    views: tuple[FormView, ...] = (
        (PEOPLE, f"{here}/people", of, people, MANAGE, {"assurance": FRESH}),
        (REMOVE, f"{here}/people/{{user}}/remove", of, remove, MANAGE, {"assurance": FRESH}),
        (WITHDRAW, f"{here}/people/{{user}}/withdraw", of, withdraw, MANAGE, {}),
        (LEAVE, f"{here}/leave", of, leave, OWN, {}),
        (INVITATION, f"{here}/invitation", of, invitation, OWN, {}),
    )
    add_forms(config, views)


def people(context: InProject, request: Request) -> Answered:
    """Who belongs to it and who is invited; the form that invites."""
    if request.method == "POST":
        role = Role.OWNER if typed(request, "role") == Role.OWNER.value else Role.MAINTAINER
        problem = _invite(context, request, role)
        if problem is None:
            # Translators: ${name} is a user name.
            text = _("${name} is invited.", name=typed(request, NAME.name))
            return on_to(request, text, PEOPLE, project=context.project.normalized)
        request.response.status_int = _UNFIT
        return {**_people(context, request, request.POST), "problems": (problem,)}
    return _people(context, request, kept_form(request))


def _people(context: InProject, request: Request, form: Any) -> Shown:
    invited = Catalogue(request.ostiary).invitations_to(context.project)
    ids = (*(user for user, _role in context.project.members), *(i.user_id for i in invited))
    return {
        "project": context.project,
        "invited": invited,
        "logins": logins(request, ids),
        "name_field": NAME,
        "roles": (Role.MAINTAINER, Role.OWNER),
        "typed": form.get(NAME.name, ""),
        "ticked": form.get("role", Role.MAINTAINER.value),
    }


def _invite(context: InProject, request: Request, role: Role) -> Problem | None:
    user = _named(request, typed(request, NAME.name))
    if user is None:
        return Problem(_("No account on this site has this user name."), NAME.name)
    path = request.route_path(INVITATION, project=context.project.normalized)
    link = request.ostiary.site.origin + path
    try:
        Membership(request.ostiary).invite(
            context.project, user, role, by=request.identity.user, link=link
        )
    except NotPossible as refused:
        return Problem(refused.text, NAME.name)
    return None


def _named(request: Request, name: str) -> User | None:
    """The user of this login name.

    By an address nobody is found: that would tell whose it is (ASVS 5.0, 6.3.8). Names are no
    secret here, since those of a project's people are on its page.
    """
    found: User | None = None if "@" in name or not name else request.ostiary.users.named(name)
    return found if found is not None and found.active else None


def remove(context: InProject, request: Request) -> Answered:
    """End what somebody is to the project, after a question."""
    user = named_in(request, "user")
    role = context.project.role_of(user)
    if role is None:
        raise HTTPNotFound
    called = logins(request, (user,))[user]
    if request.method == "POST":
        # Translators: ${name} is a user name.
        done = _("${name} does not belong to the project any more.", name=called)
        return _removed(context, request, user, done, PEOPLE)
    return {"project": context.project, "user": user, "called": called, "role": role}


def leave(context: InProject, request: Request) -> Answered:
    """End what one is to the project oneself."""
    user = request.identity.user
    if context.project.role_of(user) is None:
        raise HTTPNotFound
    if request.method == "POST":
        # Translators: ${name} is a project.
        done = _("You do not belong to ${name} any more.", name=context.project.name)
        return _removed(context, request, user, done, LIST)
    return {"project": context.project}


def _removed(context: InProject, request: Request, user: str, done: Text, route: str) -> Answered:
    try:
        Membership(request.ostiary).remove(context.project, user)
    except NotPossible as refused:
        return on_to(request, refused.text, PROJECT, project=context.project.normalized)
    values = {} if route == LIST else {"project": context.project.normalized}
    return on_to(request, done, route, **values)


def withdraw(context: InProject, request: Request) -> Answered:
    """Take an invitation back, after a question."""
    user = named_in(request, "user")
    called = logins(request, (user,))[user]
    if request.method == "POST":
        Membership(request.ostiary).withdraw(context.project, user)
        # Translators: ${name} is a user name.
        text = _("${name} is not invited any more.", name=called)
        return on_to(request, text, PEOPLE, project=context.project.normalized)
    return {"project": context.project, "user": user, "called": called}


def invitation(context: InProject, request: Request) -> Answered:
    """What one is invited to, with yes and no; for nobody but the invited."""
    mine = next(
        (
            each
            for each in Catalogue(request.ostiary).invitations_of(request.identity.user)
            if each.project == context.project.normalized
        ),
        None,
    )
    if mine is None:
        text = _("There is no invitation for you to this project, or not any more.")
        return on_to(request, text, LIST)
    if request.method == "POST":
        return _answer(context, request)
    return {
        "project": context.project,
        "invitation": mine,
        "by": logins(request, (mine.invited_by,))[mine.invited_by],
    }


def _answer(context: InProject, request: Request) -> Answered:
    project, user = context.project, request.identity.user
    membership = Membership(request.ostiary)
    try:
        if typed(request, "answer") == "accept":
            role = membership.accept(project, user)
            # Translators: ${name} is a project. ${role} is Owner or Maintainer, translated.
            text = _("You belong to ${name} now: ${role}.", name=project.name, role=role.title)
            return on_to(request, text, PROJECT, project=project.normalized)
        membership.decline(project, user)
    except NotPossible as refused:
        return on_to(request, refused.text, LIST)
    # Translators: ${name} is a project.
    return on_to(request, _("You declined the invitation to ${name}.", name=project.name), LIST)
