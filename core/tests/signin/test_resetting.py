"""Resetting by mail: a link for what was lost, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event as sa_event

from ostiary.contracts import First, Mail, Refused, Verified
from ostiary.signin import Denied, Further, SignedIn, Visitor
from ostiary.signin.resetting import Resetting
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Open, Scratch, Scripted, Word, at_once, form, reason, words


@pytest.fixture
def lost() -> Word:
    """A word that can be reset by mail."""
    return Word(reset_by_mail=True, ends_sessions=True)


def resetting(door: Door) -> Resetting:
    return door.runtime.resetting


def link(door: Door, outbox: Outbox, name: str = "alice", to: str = "alice@example.org") -> str:
    """Ask, and read the mail: the token of the link."""
    assert resetting(door).ask(door.visitor(), "word", name) is None
    return token_of(outbox.to(to)[-1].link)


def token_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


def used(door: Door, token: str) -> tuple[Visitor, Further]:
    """A browser that opened the link and went on."""
    visitor = door.visitor()
    outcome = resetting(door).use(visitor, token)
    assert isinstance(outcome, Further), outcome
    return replace(visitor, flow=outcome.flow), outcome


def renew(door: Door, visitor: Visitor, new: str = "sesame") -> Any:
    """The last page, filled in."""
    begun = resetting(door).begin(visitor)
    assert isinstance(begun, tuple), begun
    _ready, asked = begun
    return resetting(door).finish(visitor, asked.handle, {"word": new})  # type: ignore[union-attr]


def test_the_second_factor_is_asked_for_and_then_a_new_first_one(
    open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    door = open_door(lost, counter)
    user = door.alice(lost, counter)
    old = door.enter_both(lost, counter)
    visitor, outcome = used(door, link(door, outbox))
    assert not outcome.renew
    assert resetting(door).begin(visitor) == Further(visitor.flow or "")
    outcome = door.further(visitor, counter, {"number": "2"})
    assert outcome == Further(visitor.flow or "", renew=True)
    assert door.sessions == 1  # The old one: none was opened yet.
    done = renew(door, visitor)
    assert isinstance(done, SignedIn)
    assert door.sessions == 1
    with door.runtime.store.read() as connection:
        ended = door.runtime.sessions.by_hash(connection, old.session_hash, door.clock())
    assert ended is None
    kinds = [e.type for e in door.events.all if e.type.startswith("reset.")]
    assert kinds == ["reset.asked", "reset.begun", "reset.done"]
    assert door.events.of("sign-in.done")[-1].subject == user.id
    assert "How you sign in was reset" in {
        m.subject.partition(":")[0] for m in outbox.to("alice@example.org")
    }
