"""Sending events on: to webhooks and into files, each from a cursor of its own, at least once.

A receiver that fails is tried again later, after a pause that doubles; it keeps its place and holds
up nobody else. What was sent and not confirmed is sent again with the same ids. Webhooks are signed
as Standard Webhooks has it: HMAC-SHA256 over ``ID.TIMESTAMP.BODY`` in ``webhook-signature``.
"""

from __future__ import annotations

import hmac
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from sqlalchemy import bindparam, insert, select, update

from ostiary_audit.exporting import signed_now
from ostiary_audit.reading import JOINED, Entry
from ostiary_audit.settings import Webhook
from ostiary_audit.tables import event, receiver
from ostiary_audit.telling import described, names_from
from ostiary_audit.trail import Trail

log = logging.getLogger(__name__)

BATCH = 100
"""How many events one message holds."""

TIMEOUT = 10.0
LEASE = timedelta(seconds=60)
"""How long nobody else sends to a receiver once somebody began to."""

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
_FOLLOWING = JOINED.where(event.c.seq > bindparam("after_")).order_by(event.c.seq).limit(BATCH)

Deliver = Callable[[Sequence[Entry]], None]


class Undelivered(Exception):
    """A receiver did not take it; the message, a status or a type, is shown to the operator."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a receiver fares."""

    name: str
    seq: int
    lag: int
    failures: int
    due_at: datetime
    fault: str | None


class NoRedirects(HTTPRedirectHandler):
    """What is sent goes where the operator said, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Refuse."""
        return


def standings(trail: Trail) -> list[Standing]:
    """Every receiver, with how many events it is behind."""
    with trail.store.read() as connection:
        rows = connection.execute(select(receiver).order_by(receiver.c.name)).all()
        last = connection.execute(
            select(event.c.seq).order_by(event.c.seq.desc()).limit(1)
        ).scalar_one_or_none()
    return [
        Standing(row.name, row.seq, (last or 0) - row.seq, row.failures, row.due_at, row.fault)
        for row in rows
    ]


def begin(trail: Trail, name: str, after: int) -> None:
    """Have a receiver go on after this event; a new one begins there."""
    now = trail.runtime.now()
    values = {"seq": after, "failures": 0, "due_at": now, "fault": None}
    with trail.store.write() as unit:
        there = update(receiver).where(receiver.c.name == name).values(values)
        if unit.execute(there).rowcount == 0:
            unit.execute(insert(receiver).values(name=name, **values))


def forward(trail: Trail, name: str, deliver: Deliver, *, whenever: bool = False) -> int:
    """Send what is new to a receiver until it has all, or fails; how many events it were.

    Args:
        trail: where they come from.
        name: of the receiver.
        deliver: sends some of them, or raises ``Undelivered``.
        whenever: also before the pause after a failure is over.
    """
    count = 0
    while (place := _claimed(trail, name, whenever=whenever)) is not None:
        entries = [Entry(row) for row in trail.store.readers.all(_FOLLOWING, after_=place.seq)]
        if not entries:
            _confirm(trail, place, place.seq)
            break
        try:
            deliver(entries)
        except Undelivered as error:
            _postpone(trail, place, str(error))
            break
        _confirm(trail, place, entries[-1].seq)
        count += len(entries)
    return count


def webhook(trail: Trail, to: Webhook) -> Deliver:
    """What sends events to a webhook."""
    name_of = names_from(trail.runtime.directory)

    def deliver(entries: Sequence[Entry]) -> None:
        wanted = [each for each in entries if to.wants(each.row.type)]
        if not wanted:
            return
        note, _size, key = signed_now(trail)
        body = {
            "events": [described(each, name_of) for each in wanted],
            # Whoever keeps it can tell later whether the trail was rewritten.
            "checkpoint": note,
            "key": key,
        }
        text = json.dumps(body, ensure_ascii=False).encode()
        _post(to, f"{to.name}-{wanted[0].seq}-{wanted[-1].seq}", text, trail.runtime.now())

    return deliver


def signature(secret: str, message: str, at: int, body: bytes) -> str:
    """The signature of a message (Standard Webhooks, version 1)."""
    signed = f"{message}.{at}.".encode() + body
    return "v1," + b64encode(hmac.digest(secret.encode(), signed, sha256)).decode()


def _post(to: Webhook, message: str, body: bytes, now: datetime) -> None:
    at = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(to.secret, message, at, body),
    }
    request = Request(to.url, body, headers, method="POST")  # noqa: S310 - settings allow https only.
    try:
        with build_opener(NoRedirects).open(request, timeout=TIMEOUT) as response:
            response.read(1024)
    except HTTPError as error:
        error.close()
        raise Undelivered(f"status {error.code}") from None
    except Exception as error:  # noqa: BLE001 - whatever a network does.
        raise Undelivered(type(error).__name__) from None


@dataclass(frozen=True, slots=True)
class _Place:
    name: str
    seq: int
    failures: int
    due_at: datetime


def _claimed(trail: Trail, name: str, *, whenever: bool) -> _Place | None:
    """Where a receiver stands, if it is due and nobody else is sending to it."""
    now = trail.runtime.now()
    with trail.store.write() as unit:
        row = unit.execute(select(receiver).where(receiver.c.name == name)).one_or_none()
        if row is None or (row.due_at > now and not (whenever and row.fault)):
            return None
        until = now + LEASE
        claimed = update(receiver).where(
            receiver.c.name == name, receiver.c.due_at == row.due_at, receiver.c.seq == row.seq
        )
        if unit.execute(claimed.values(due_at=until)).rowcount != 1:
            return None
        return _Place(name, row.seq, row.failures, until)


def _confirm(trail: Trail, place: _Place, seq: int) -> None:
    values = {"seq": seq, "failures": 0, "due_at": trail.runtime.now(), "fault": None}
    _settle(trail, place, values)


def _postpone(trail: Trail, place: _Place, fault: str) -> None:
    pause = min(_FIRST_PAUSE * 2 ** min(place.failures, 10), _LONGEST_PAUSE)
    log.warning("receiver %s: %s; next try in %s", place.name, fault, pause)
    values = {
        "failures": place.failures + 1,
        "due_at": trail.runtime.now() + pause,
        "fault": fault[:64],
    }
    _settle(trail, place, values)


def _settle(trail: Trail, place: _Place, values: dict[str, Any]) -> None:
    """Unless the lease ran out and somebody else has it now."""
    with trail.store.write() as unit:
        ours = (receiver.c.name == place.name, receiver.c.due_at == place.due_at)
        unit.execute(update(receiver).where(*ours).values(values))
