"""What rows say of kinds: nobody is asked for what they cannot give, nor loses it unawares."""

from __future__ import annotations

import pytest

from ostiary.contracts import Assurance, Purpose
from ostiary.signin import Denied, Member
from ostiary.signin.policy import lasting_kinds, reachable, sign_in_needs, usable

from .conftest import (
    BOTH,
    HAVE,
    KNOW,
    RESISTANT,
    Counter,
    Door,
    Key,
    Open,
    Scratch,
    Word,
    at_once,
    reason,
)


@pytest.fixture
def door(open_door: Open, word: Word, counter: Counter, key: Key, scratch: Scratch) -> Door:
    return open_door(word, counter, key, scratch)


def _id(door: Door, member: Member, name: str) -> str:
    mine = door.runtime.signin.parts.credentials(member.user_id)
    (found,) = [stored.credential.id for stored in mine if stored.name == name]
    return found


def test_a_row_says_what_was_enrolled_and_never_more_than_its_factor_can_prove(
    door: Door, counter: Counter, key: Key
) -> None:
    user = door.user("Alice")
    assert door.give(user, key, lookup="a", strength=RESISTANT).strength == RESISTANT
    assert door.give(user, key, lookup="b").strength == BOTH
    assert door.give(user, counter, strength=BOTH).strength == HAVE


def test_an_account_of_one_kind_is_opened_by_one_proof(
    door: Door, key: Key, scratch: Scratch
) -> None:
    """A key without PIN is all there is: asking for two kinds would lock its owner out.

    Recovery codes are no lasting kind, so they change nothing of it.
    """
    user = door.user("Alice")
    door.give(user, key, lookup="k", strength=RESISTANT)
    door.give(user, scratch, secret=b'["r1"]')
    mine = door.runtime.signin.parts.credentials(user.id)
    assert sign_in_needs(mine) == (Assurance(proofs=1),)
    member = door.enter(key, "", {"answer": "k"})
    assert member.user_id == user.id


def test_a_kind_whose_plugin_is_away_is_still_asked_for(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    alone = open_door(word)
    mine = alone.runtime.signin.parts.credentials(user.id)
    assert lasting_kinds(mine) == KNOW.kinds | HAVE.kinds
    assert sign_in_needs(mine) == (Assurance(proofs=2),)
    outcome = alone.first(alone.visitor(), word, "alice", {"word": "open"})
    assert reason(outcome) == "factor-unavailable"


def test_what_is_within_reach_is_what_the_rows_say(door: Door, key: Key) -> None:
    user = door.user("Alice")
    door.give(user, key, lookup="k", strength=RESISTANT)
    parts = door.runtime.signin.parts
    ways = usable(parts.factors, parts.credentials(user.id), Purpose.SIGN_IN)
    assert not reachable(ways, [Assurance(proofs=2)], [], door.clock())
    member = door.enter(key, "", {"answer": "k"})
    begun = door.runtime.signin.answering.step_up(member, [Assurance(proofs=2)], "")
    assert reason(begun) == "out-of-reach"


def test_the_last_credential_of_a_kind_stays_while_there_is_a_second_factor(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    """A key without PIN could begin a sign-in, but not give what the number asks for."""
    user = door.alice(word, counter)
    door.give(user, key, lookup="k", strength=RESISTANT)
    member = door.enter_both(word, counter)
    remove = door.runtime.signin.changing.remove
    denied = remove(member, _id(door, member, "word"))
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.status, denied.over) == ("last-kind", 409, True)
    assert len(door.runtime.signin.parts.credentials(user.id)) == 3
    assert door.events.of("factor.removed") == []
    # In the other order there is nothing against it: no second factor is left.
    assert remove(member, _id(door, member, "counter")) is None
    assert remove(member, _id(door, member, "key")) is None


def test_of_two_removals_at_once_one_leaves_the_kind(
    door: Door, word: Word, counter: Counter, key: Key
) -> None:
    user = door.user("Alice")
    pin = door.give(user, word, secret=b"open")
    verified = door.give(user, key, lookup="k")
    door.give(user, key, lookup="l", strength=RESISTANT)
    door.give(user, counter)
    member = door.enter(key, "", {"answer": "k+pin"})
    remove = door.runtime.signin.changing.remove
    acts = [
        lambda: remove(member, pin.credential.id),
        lambda: remove(member, verified.credential.id),
    ]
    outcomes = at_once(acts)
    assert [reason(outcome) for outcome in outcomes if outcome is not None] == ["last-kind"]
    left = door.runtime.signin.parts.credentials(user.id)
    assert lasting_kinds(left) == KNOW.kinds | HAVE.kinds


def test_one_of_two_keys_of_an_account_of_one_kind_can_be_removed(door: Door, key: Key) -> None:
    user = door.user("Alice")
    lost = door.give(user, key, lookup="k", strength=RESISTANT)
    door.give(user, key, lookup="l", strength=RESISTANT)
    member = door.enter(key, "", {"answer": "l"})
    assert door.runtime.signin.changing.remove(member, lost.credential.id) is None
