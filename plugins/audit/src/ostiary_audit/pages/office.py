"""``/admin/events``: everything that happened, for those who may read all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from pyramid.authorization import Allow
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from ostiary.contracts import User
from ostiary.text import use_locale
from ostiary.web.mount import runtime_of
from ostiary.web.page import page_of as html_page_of
from ostiary.web.security import ADMIN
from ostiary.web.views.visiting import Answered
from ostiary_audit.events import EXPORTED, VIEWED
from ostiary_audit.exporting import as_csv, as_lines
from ostiary_audit.pages.filters import ALL, Asked, asked_of
from ostiary_audit.pages.own import kinds_of, trail_for
from ostiary_audit.pages.shown import shown
from ostiary_audit.reading import PAGE, SCAN, Entry, Page, View, entries_of, entry_at, page_of
from ostiary_audit.sink import trail_of
from ostiary_audit.telling import NameOf, names_from, said
from ostiary_audit.trail import Trail

EVENTS, EVENT, EXPORT = "ostiary_audit_events", "ostiary_audit_event", "ostiary_audit_export"

PERMISSION = "ostiary.admin.events"
MOST = 100_000
"""How many events one export of a view has at most; `ostiary audit export` has no end."""

_SEARCHED = SCAN // 2


class Archive:
    """The context of the views. Nothing delegates the permission: no credential gets in.

    Who may read everything may be somebody else than who may do everything: where the setting
    ``sink.audit.readers`` names people, it is they, and no other admin.
    """

    def __init__(self, request: Request) -> None:
        self.request = request

    @property
    def __acl__(self) -> list[tuple[str, str, str]]:
        """Whom the settings name; else the admins."""
        runtime = runtime_of(self.request)
        readers = trail_of(runtime.house).settings.readers
        if not readers:
            return [(Allow, ADMIN, PERMISSION)]
        found: Iterable[User | None] = map(runtime.directory.named, readers)
        return [(Allow, f"user:{user.id}", PERMISSION) for user in found if user is not None]


def events(request: Request) -> Answered:
    """All events, or those that fit; each look is recorded."""
    trail, asked = _asked(request)
    page = _searched(trail, asked, names_from(trail.runtime.directory), request)
    details = {"filters": asked.line}
    request.ostiary.record(VIEWED, subject=asked.view.user, details=details)
    return {
        "asked": asked,
        "problems": asked.problems,
        "events": shown(request, page.entries),
        "before": page.before,
        "exported": MOST,
    }


def event(request: Request) -> Answered:
    """One event, with everything that is known of it."""
    trail = trail_for(request)
    found = entry_at(trail.store, request.GET.get("id", "").replace("\0", ""))
    if found is None:
        raise HTTPNotFound
    details = {"filters": f"id={found.row.id}"}
    request.ostiary.record(VIEWED, subject=found.row.subject, details=details)
    (one,) = shown(request, [found])
    return {"event": one, "row": found.row, "known": found.event, "payload": found.row.payload}


def export(request: Request) -> Response:
    """The view as a file: CSV, or lines of JSON."""
    trail, asked = _asked(request)
    name_of = names_from(trail.runtime.directory)
    form = "json" if request.GET.get("format") == "json" else "csv"
    entries = list(_all(trail, asked, name_of, request))
    details = {"count": len(entries), "format": form, "filters": asked.line}
    request.ostiary.record(EXPORTED, subject=asked.view.user, details=details)
    writes = as_lines if form == "json" else as_csv
    kind = "application/x-ndjson" if form == "json" else "text/csv"
    response = Response("".join(writes(entries, name_of)), content_type=kind, charset="utf-8")
    response.content_disposition = f'attachment; filename="events.{form}"'
    return response


def _asked(request: Request) -> tuple[Trail, Asked]:
    trail = trail_for(request)
    runtime = trail.runtime
    return trail, asked_of(request.GET, ALL, kinds_of(runtime), runtime.directory)


def _searched(trail: Trail, asked: Asked, name_of: NameOf, request: Request) -> Page:
    """A page of what fits; words are looked for in so many events for one page."""
    if not asked.words:
        return page_of(trail.store, asked.view)
    found: list[Entry] = []
    looked, lowest = 0, 0
    for entry in entries_of(trail.store, asked.view, _SEARCHED):
        looked, lowest = looked + 1, entry.seq
        if _has(entry, asked.words, trail, name_of, request):
            found.append(entry)
            if len(found) == PAGE:
                break
    more = len(found) == PAGE or looked >= _SEARCHED
    return Page(tuple(found), lowest if more else None)


def _all(trail: Trail, asked: Asked, name_of: NameOf, request: Request) -> Iterator[Entry]:
    view: View = replace(asked.view, before=None)
    entries = entries_of(trail.store, view, MOST)
    if not asked.words:
        return entries
    fitting = (each for each in entries if _has(each, asked.words, trail, name_of, request))
    return islice(fitting, MOST)


def _has(entry: Entry, words: str, trail: Trail, name_of: NameOf, request: Request) -> bool:
    """Whether all words stand in an event, as whoever looks reads it."""
    page = html_page_of(request)
    row, known = entry.row, entry.event
    with use_locale(page.localization, page.locale):
        sentence = page.localization.say(said(entry, trail.runtime.recorder, name_of), page.locale)
    parts: list[Any] = [sentence, row.id, row.type, row.reason, row.address, row.token, row.request]
    parts += [row.session, row.resource_name, row.subject, row.user_id, *entry.delegates]
    if known is not None:
        parts += [known.client.agent, *_values(known.details, known.before, known.after)]
    text = "\n".join(str(each) for each in parts if each).casefold()
    return all(word in text for word in words.casefold().split())


def _values(*mappings: Any) -> Sequence[Any]:
    return [value for mapping in mappings for value in mapping.values()]
