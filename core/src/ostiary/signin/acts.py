"""Acts of whoever is signed in, each in a unit of its own, in which they still are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ostiary.accounts import Session, SessionEnded
from ostiary.signin import words
from ostiary.signin.parts import Parts, acting_session
from ostiary.signin.values import Denied, Member
from ostiary.store import Unit

_Done = TypeVar("_Done")


def act(
    parts: Parts,
    member: Member,
    do: Callable[[Unit, Session], _Done],
    *,
    lock: Callable[[Unit], object] | None = None,
    limited: bool = False,
) -> _Done | Denied:
    """Do something as whoever is signed in: what is done, or why it is not.

    The session is asked for as it is now: whoever was thrown out meanwhile does nothing, and
    neither does whoever may only add factors by now.

    Args:
        parts: the rooms.
        member: whoever is signed in, as they came.
        do: the act, given the session as it is now.
        lock: what to take before the session is looked at, where an order must be kept.
        limited: that a session which may only add factors may do this as well.
    """
    if member.limit is not None and not limited:
        return words.limited(member.limit)
    try:
        with parts.store.write() as unit:
            if lock is not None:
                lock(unit)
            session = acting_session(parts, unit, member)
            if session.limit is not None and not limited:
                return words.limited(session.limit)
            return do(unit, session)
    except SessionEnded:
        return words.expired()
