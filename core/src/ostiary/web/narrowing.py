"""What the limits of a credential leave of what its user may do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from pyramid.location import lineage
from pyramid.request import Request
from pyramid.security import Denied

from ostiary.contracts import (
    Act,
    Identity,
    Permitted,
    Refused,
    Resource,
    ResourceType,
    Restriction,
    Text,
)
from ostiary.signin import Fault, Runner
from ostiary.signin.policy import unmet
from ostiary.text import translations
from ostiary.web.client import client_of
from ostiary.web.mount import runtime_of
from ostiary.web.presenting import presenter, record_refusal

_, _n, _p, _np = translations("ostiary")

log = logging.getLogger(__name__)

RESOURCE = "__ostiary_resource__"
_RECORDED = "_ostiary_refusal_recorded"
_MAX_TRIED = 500


class Limited(Denied):  # type: ignore[misc] # Pyramid ships no types.
    """A no by a limit of the presented credential; ``text`` is for whoever presented it."""

    text: Text


def narrowed(request: Request, context: Any, permission: str, identity: Identity) -> Denied | None:
    """What a credential's limits object to; None for nothing."""
    runtime = runtime_of(request)
    try:
        resources = resources_of(context)
    except TypeError as error:
        log.error("%s", error)  # noqa: TRY400 - a fault of the host; the line says where.
        return Denied("the context's resource is none")
    if not _delegable(runtime.plugins.resource_types, permission, resources):
        return Denied("%s is not given to credentials", permission)
    now = runtime.now()
    if unmet(runtime.settings.minimums.get(permission, ()), identity.proofs, now):
        record_once(request, identity, "assurance")
        return Denied("the credential proves less than is asked for %s", permission)
    act = Act(permission, resources, client_of(request), now)
    for restriction in identity.restrictions:
        refused = _refusal(runtime.runner, identity.means, restriction, act)
        if refused is not None:
            tried = " ".join((permission, *(f"{each.kind}:{each.name}" for each in resources)))
            record_once(
                request, identity, refused.reason, limit=str(refused.text), tried=tried[:_MAX_TRIED]
            )
            limited = Limited("a restriction of the credential refuses %s", permission)
            limited.text = refused.text
            return limited
    return None


def _delegable(
    types: Sequence[ResourceType], permission: str, resources: Sequence[Resource]
) -> bool:
    """Whether credentials may be given a permission: the nearest kind that declares it says so.

    Where none of what the act is on does, all that declare it must.
    """
    said = {
        kind.kind: declared.delegable
        for kind in types
        for declared in kind.permissions
        if declared.name == permission
    }
    for each in resources:
        if each.kind in said:
            return said[each.kind]
    return bool(said) and all(said.values())


def resources_of(context: Any) -> tuple[Resource, ...]:
    """What a context is, nearest first, by ``__ostiary_resource__`` along its lineage.

    The attribute may be a method.

    Raises:
        TypeError: it is anything but a Resource; a restriction cannot be judged then.
    """
    found = []
    for location in lineage(context):
        resource = getattr(location, RESOURCE, None)
        if callable(resource):
            resource = resource()
        if resource is None:
            continue
        if type(resource) is not Resource:
            raise TypeError(
                f"{RESOURCE} of {type(location).__name__} is {type(resource).__name__}; "
                "give an ostiary.contracts.Resource"
            )
        found.append(resource)
    return tuple(found)


def _refusal(runner: Runner, verifier: str, restriction: Restriction, act: Act) -> Refused | None:
    """How a restriction says no, which is whatever it says or does but yes."""
    name = f"{verifier}, {type(restriction).__name__}"
    try:
        said: object = runner.call(name, lambda: restriction.judge(act))
        if type(said) not in (Permitted, Refused):
            raise runner.refuse(name, said, "Permitted or Refused")
    except Fault as fault:
        return Refused(fault.reason, _("A limit of these credentials could not be checked."))
    return said if isinstance(said, Refused) else None


def record_once(request: Request, identity: Identity, reason: str, **more: str | None) -> None:
    """Record a restriction's no when the request is over; ``more`` as in ``record_refusal``.

    Before that a unit may be open, in which no other can be; and a page that asks of many
    permissions is one event.
    """

    def record(_request: Request) -> None:
        try:
            record_refusal(request, presenter(identity), identity.user, reason, **more)
        except Exception as error:  # noqa: BLE001 - the answer is on its way.
            log.error("a refusal was not recorded: %s", type(error).__name__)  # noqa: TRY400 - secrets

    if not hasattr(request, _RECORDED):
        setattr(request, _RECORDED, True)
        request.add_finished_callback(record)
