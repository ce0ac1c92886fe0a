"""What must not outlive a change of the account: answers under way, sessions, budgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from ostiary.signin import Further, SignedIn
from ostiary.signin.administering import Administering
from ostiary.signin.values import Flow, Visitor
from ostiary.store import Unit
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Key, Open, Word
from .test_resetting import last_page, link, resetting, used


def during(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[], object],
    act: Callable[[], object],
) -> object:
    """Act while an answer has used its flow up and has not committed; what the answer came to.

    The answer goes on once the act waits for it, which on SQLite it does from its beginning.
    """
    flows = door.runtime.signin.parts.flows
    end = flows.end
    came: list[object] = []

    def slowly(unit: Unit, flow: Flow) -> bool:
        done = end(unit, flow)
        if threading.current_thread() is thread:
            acting.start()
            acting.join(1)
        return done

    monkeypatch.setattr(flows, "end", slowly)
    thread = threading.Thread(target=lambda: came.append(answer()))
    acting = threading.Thread(target=act)
    thread.start()
    thread.join(30)
    acting.join(30)
    return came[0]


def key_proved(door: Door, key: Key) -> Visitor:
    """A browser that has answered with the key, and is asked for more."""
    visitor = door.visitor()
    outcome = door.first(visitor, key, "", {"answer": "key-alice"})
    assert isinstance(outcome, Further), outcome
    return replace(visitor, flow=outcome.flow)


def test_a_session_that_opens_while_factors_are_taken_away_ends_with_them(
    open_door: Open, word: Word, counter: Counter, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last answer is by a factor that stays, and an earlier one by one that goes."""
    door = open_door(word, counter, key)
    alice = door.alice(word, counter, key)
    thief = key_proved(door, key)
    asked = door.asked(thief, word)
    admin = Administering(door.runtime.signin.parts)
    came = during(
        door,
        monkeypatch,
        lambda: door.answer(thief, asked, {"word": "open"}),
        lambda: admin.reset_factors(alice, "lost"),
    )
    assert isinstance(came, SignedIn)
    assert door.sessions == 0


def test_a_session_that_opens_while_a_reset_is_finished_ends_with_the_old_factor(
    open_door: Open, counter: Counter, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of who knows the lost word, and answers the second factor at that moment."""
    lost = Word(reset_by_mail=True, ends_sessions=True)
    door = open_door(lost, counter)
    door.alice(lost, counter)
    owner, _outcome = used(door, link(door, outbox))
    assert isinstance(door.further(owner, counter, {"number": "1"}), Further)
    asked_new = last_page(door, owner)
    thief = door.begun(door.visitor(), lost)
    asked = door.asked(thief, counter)
    done: list[object] = []
    came = during(
        door,
        monkeypatch,
        lambda: door.answer(thief, asked, {"number": "2"}),
        lambda: done.append(resetting(door).finish(owner, asked_new.handle, {"word": "sesame"})),
    )
    assert isinstance(came, SignedIn)
    assert isinstance(done[0], SignedIn)
    assert door.sessions == 1
