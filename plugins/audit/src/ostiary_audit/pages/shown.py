"""Events as a page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyramid.request import Request
from sqlalchemy import select

from ostiary.accounts import browser_of
from ostiary.contracts import Text
from ostiary.store.tables import credentials
from ostiary.web.mount import runtime_of
from ostiary.web.places import places_of
from ostiary_audit.reading import Entry
from ostiary_audit.telling import names_from, said
from ostiary_audit.texts import _, _n

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LONG_AGO = 60 * _DAY


@dataclass(frozen=True, slots=True)
class Shown:
    """One event, in words."""

    seq: int
    id: str
    said: Text
    at: datetime
    ago: Text
    type: str
    outcome: str
    reason: str | None
    who: str | None
    address: str | None
    place: Text | None
    browser: Text | None
    token: str | None
    token_name: str | None
    token_own: bool
    delegates: tuple[str, ...]
    kind: str | None
    name: str | None
    unfamiliar: bool
    changes: tuple[tuple[str, str, str], ...]


def shown(request: Request, entries: Sequence[Entry], own: str | None = None) -> tuple[Shown, ...]:
    """The events of a page.

    Args:
        request: the page's.
        entries: what is shown.
        own: the id of whoever looks at their own history.
    """
    runtime = runtime_of(request)
    name_of, now = names_from(runtime.directory), runtime.now()
    tokens = _tokens(request, {entry.row.token for entry in entries if entry.row.token})
    places = places_of(request, [entry.row.address for entry in entries])
    found = []
    for entry in entries:
        row, event = entry.row, entry.event
        label, owner = tokens.get(row.token or "", (None, None))
        agent = "" if event is None else event.client.agent
        found.append(
            Shown(
                seq=row.seq,
                id=row.id,
                said=said(entry, runtime.recorder, name_of),
                at=row.time,
                ago=ago(row.time, now),
                type=row.type,
                outcome=row.outcome,
                reason=row.reason,
                who=None if row.user_id is None else name_of(row.user_id),
                address=row.address,
                place=places.get(row.address or ""),
                browser=browser_of(agent) if agent else None,
                token=row.token,
                token_name=label,
                token_own=own is not None and owner == own,
                delegates=entry.delegates,
                kind=row.resource_kind,
                name=row.resource_name,
                unfamiliar=_is_unfamiliar(entry, own),
                changes=_changes(entry),
            )
        )
    return tuple(found)


def ago(at: datetime, now: datetime) -> Text:
    """How long ago that was, in round words."""
    seconds = int((now - at).total_seconds())
    if seconds < _MINUTE:
        # Translators: stands above the date and the time.
        return _("just now")
    if seconds < _HOUR:
        return _n("a minute ago", "${n} minutes ago", seconds // _MINUTE)
    if seconds < _DAY:
        return _n("an hour ago", "${n} hours ago", seconds // _HOUR)
    if seconds < _LONG_AGO:
        return _n("a day ago", "${n} days ago", seconds // _DAY)
    return _n("a month ago", "${n} months ago", seconds // (30 * _DAY))


def _is_unfamiliar(entry: Entry, own: str | None) -> bool:
    """Whether somebody got in, by a browser that the account had never seen."""
    event = entry.event
    return (
        own is not None
        and event is not None
        and event.type == "sign-in.done"
        and event.subject == own
        and event.details.get("device") == "new"
    )


def _changes(entry: Entry) -> tuple[tuple[str, str, str], ...]:
    event = entry.event
    if event is None:
        return ()
    names = dict.fromkeys((*event.before, *event.after))
    return tuple(
        (name, _value(event.before.get(name)), _value(event.after.get(name))) for name in names
    )


def _value(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _tokens(request: Request, ids: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """What tokens are called, and whose they are, as long as they are there."""
    wanted = list(ids)
    if not wanted:
        return {}
    of = credentials.c
    with runtime_of(request).store.read() as connection:
        rows = connection.execute(select(of.id, of.label, of.user_id).where(of.id.in_(wanted)))
        return {row.id: (row.label, row.user_id) for row in rows}
