"""When the session of a page ends, so that the page can say so in time (WCAG 2.2, 2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pyramid.request import Request

from ostiary.accounts import Session
from ostiary.web.mount import runtime_of, settings_of
from ostiary.web.security import caller_of

WARNING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a session, as far as its owner does nothing from now on.

    ``left`` and ``warn`` are seconds: a browser's own clock may be wrong. ``final`` says that
    to use the site puts the end off no longer; only a new proof does.
    """

    session: str
    at: datetime
    left: int
    warn: int
    final: bool


def ending_of(request: Request) -> Ending | None:
    """The end of the session that this request came with."""
    caller = caller_of(request)
    if caller is None or caller.session is None:
        return None
    return ending(request, caller.session)


def ending(request: Request, session: Session) -> Ending:
    """The end of this session."""
    runtime, limits = runtime_of(request), settings_of(request).session
    now = runtime.now()
    end = runtime.sessions.end_of(session, now)
    return Ending(
        session=session.id,
        at=end.at,
        left=_seconds(end.at - now),
        # Where sessions are short, the warning must not stand there all the time.
        warn=_seconds(min(WARNING, limits.idle / 2, limits.absolute / 2)),
        final=end.absolute,
    )


def _seconds(delta: timedelta) -> int:
    return int(delta.total_seconds())
