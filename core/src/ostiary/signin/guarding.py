"""What the guards say: of an attempt to sign in, and of a secret that a person thought up."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from ostiary.contracts import (
    Assurance,
    Attempt,
    Enrolled,
    Factor,
    Purpose,
    Refused,
    SignInGuard,
    User,
)
from ostiary.signin import words
from ostiary.signin.parts import Parts
from ostiary.signin.runner import Fault
from ostiary.signin.values import Asked, Denied, Visitor


def judge_attempt(
    parts: Parts, user: User, purpose: Purpose, visitor: Visitor
) -> tuple[Assurance, ...] | Denied:
    """What the guards ask for beyond what was proved; a guard that fails refuses."""
    known = parts.known(visitor, user.id) is not None
    attempt = Attempt(user, purpose, "session", visitor.client, known)
    more: list[Assurance] = []
    try:
        for guard in parts.guards:
            allowed = (Assurance, Refused)
            said = _said(parts, guard, guard.check_attempt, allowed, deepcopy(attempt))
            if isinstance(said, Refused):
                return Denied(said.reason, said.text, said.field, over=True)
            if said is not None:
                more.append(said)
    except Fault as fault:
        return replace(words.fault(), reason=fault.reason)
    return tuple(more)


def judge_chosen(
    parts: Parts, user: User, factor: Factor, enrolled: Enrolled, asked: Asked | None
) -> Denied | None:
    """What the guards say of a secret that a person thought up, before it is stored."""
    if enrolled.chosen is None:
        return None
    fields = getattr(asked.challenge, "fields", ()) if asked is not None else ()
    try:
        for guard in parts.guards:
            chosen = (deepcopy(user), factor.name, enrolled.chosen)
            said = _said(parts, guard, guard.check_chosen, (Refused,), *chosen)
            if said is not None:
                at = said.field or (fields[0].name if fields else None)
                return Denied(said.reason, said.text, at)
    except Fault as fault:
        return replace(words.fault(), reason=fault.reason)
    return None


def _said(
    parts: Parts,
    guard: SignInGuard,
    step: Callable[..., Any],
    allowed: tuple[type, ...],
    *told: object,
) -> Any:
    """The guard's answer to one question: nothing, or one of what the contract allows.

    Raises:
        Fault: the guard failed, or said something else.
    """
    said = parts.runner.ask(guard.name, step, *told)
    if said is not None and type(said) not in allowed:
        expected = ", ".join(("None", *(kind.__name__ for kind in allowed)))
        raise parts.runner.refuse(guard.name, said, expected)
    return said
