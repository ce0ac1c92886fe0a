"""A credential whose secret does not open: it shuts nobody out, lets nobody in, and shows."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import update

from ostiary.accounts import StoredCredential
from ostiary.signin import SignedIn
from ostiary.store.tables import credentials
from ostiary.testing.houses import Events
from ostiary.testing.visiting import Visitor as Browser

from .conftest import Counter, Door, Key, Open, Word, reason


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key) -> Door:
    return open_door(word, counter, key)


def _break(door: Door, stored: StoredCredential) -> None:
    """Somebody wrote into the row."""
    mine = credentials.c.id == stored.credential.id
    with door.runtime.store.write() as unit:
        unit.execute(update(credentials).where(mine).values(secret=b"tampered with"))


def _mine(door: Door, user_id: str, name: str) -> StoredCredential:
    parts = door.runtime.signin.parts
    (found,) = [stored for stored in parts.credentials(user_id) if stored.name == name]
    return found


def test_the_others_still_let_its_owner_in_and_its_kind_is_still_asked_for(
    door: Door, word: Word, counter: Counter, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    user = door.alice(word, counter, key)
    broken = _mine(door, user.id, "counter")
    _break(door, broken)
    with caplog.at_level(logging.ERROR, "ostiary.accounts"):
        visitor = door.begun(door.visitor(), word)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert broken.credential.id in caplog.text
    question = door.question(visitor)
    assert question.others == ()
    assert isinstance(door.further(visitor, key, {"answer": "key-alice"}), SignedIn)
    # The factor was never asked about it.
    assert counter.calls == []


def test_it_stands_for_nothing_where_it_is_the_only_second_factor(
    door: Door, word: Word, counter: Counter
) -> None:
    """Whoever can write into one row does not take the second step off an account."""
    user = door.alice(word, counter)
    _break(door, _mine(door, user.id, "counter"))
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == "factor-unavailable"
    assert door.sessions == 0


def test_a_broken_first_proof_looks_like_an_unknown_name(door: Door, word: Word) -> None:
    user = door.alice(word)
    _break(door, _mine(door, user.id, "word"))
    word.calls.clear()
    denied = [
        door.first(door.visitor(), word, name, {"word": "open"}) for name in ("alice", "nobody")
    ]
    assert denied[0] == denied[1]
    assert reason(denied[0]) == "wrong"
    assert word.calls == ["decoy", "answer"] * 2


def test_a_broken_key_is_not_found(door: Door, word: Word, key: Key) -> None:
    user = door.alice(word, key)
    _break(door, _mine(door, user.id, "key"))
    outcome = door.first(door.visitor(), key, "", {"answer": "key-alice+pin"})
    assert reason(outcome) == "wrong-answer"


def test_its_owner_can_rename_and_remove_it(
    door: Door, word: Word, counter: Counter, key: Key, events: Events
) -> None:
    user = door.alice(word, counter, key)
    member = door.enter_both(word, counter)
    broken = _mine(door, user.id, "counter")
    _break(door, broken)
    assert _mine(door, user.id, "counter").broken
    enrolling = door.runtime.signin.enrolling
    changing = door.runtime.signin.changing
    assert enrolling.changed(member, "counter", {}) is None
    assert changing.rename(member, broken.credential.id, "Broken") is None
    assert changing.remove(member, broken.credential.id) is None
    assert [event.type for event in events.all][-2:] == ["factor.renamed", "factor.removed"]


def test_the_page_shows_it_as_unavailable_without_asking_its_factor(
    open_door: Open, word: Word, counter: Counter
) -> None:
    other = Counter("other")
    door = open_door(word, counter, other)
    user = door.alice(word, counter, other)
    _break(door, _mine(door, user.id, "counter"))
    browser = Browser(door.runtime)
    browser.get("/sign-in")
    browser.submit(name="alice", word="open")
    browser.submit(number="1")
    browser.get("/account/security")
    assert browser.path == "/account/security"
    assert browser.page.status_int == 200
    assert browser.page.text.count("This cannot be used at the moment") == 1
    assert counter.calls == []
