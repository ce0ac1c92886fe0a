"""What was enrolled as less opens no more, whatever its factor says later."""

from __future__ import annotations

from ostiary.contracts import Purpose, Strength
from ostiary.signin import Further, SignedIn

from .conftest import BOTH, HAVE, Counter, Key, Open, Word, reason


def test_an_answer_proves_no_more_than_what_was_enrolled(
    open_door: Open, word: Word, key: Key
) -> None:
    """A key that was enrolled without a PIN, and got one from whoever found it, is no two kinds
    (WebAuthn Level 3, section 4: uvInitialized).
    """
    door = open_door(word, key)
    user = door.user("Alice", "alice@example.org")
    door.give(user, word, secret=b"open")
    door.give(user, key, lookup="key-alice", strength=Strength(HAVE.kinds, phishing_resistant=True))
    assert isinstance(door.first(door.visitor(), key, "", {"answer": "key-alice+pin"}), Further)
    assert door.sessions == 0


def test_one_that_was_enrolled_as_more_still_does(open_door: Open, word: Word, key: Key) -> None:
    door = open_door(word, key)
    user = door.user("Alice", "alice@example.org")
    door.give(user, key, lookup="key-alice", strength=BOTH)
    assert isinstance(door.first(door.visitor(), key, "", {"answer": "key-alice+pin"}), SignedIn)


def test_what_was_enrolled_as_no_way_in_opens_none(open_door: Open, word: Word, key: Key) -> None:
    """Its factor may find it all the same."""
    door = open_door(word, key)
    user = door.user("Alice", "alice@example.org")
    door.give(user, word, secret=b"open")
    door.give(user, key, lookup="key-alice", first=False)
    outcome = door.first(door.visitor(), key, "", {"answer": "key-alice+pin"})
    assert reason(outcome) == "wrong"
    assert door.sessions == 0
    (refused,) = door.events.of("sign-in.refused")
    assert refused.reason == "wrong"


def test_it_still_is_a_second_proof(open_door: Open, word: Word, key: Key) -> None:
    door = open_door(word, key)
    user = door.user("Alice", "alice@example.org")
    door.give(user, word, secret=b"open")
    door.give(user, key, lookup="key-alice", first=False)
    visitor = door.begun(door.visitor(), word)
    assert isinstance(door.further(visitor, key, {"answer": "key-alice"}), SignedIn)


def test_a_removal_forgets_what_was_asked_to_add_another(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """It may have told the browser which ones are there already."""
    door = open_door(word, counter)
    door.alice(word, counter)
    member = door.enter_both(word, counter)
    signin = door.runtime.signin
    asked = signin.enrolling.begin(member, counter)
    assert signin.enrolling.begin(member, counter) == asked
    (mine,) = [c for c in signin.parts.credentials(member.user_id) if c.name == counter.name]
    assert signin.changing.remove(member, mine.credential.id) is None
    with door.runtime.store.read() as connection:
        current = signin.parts.challenges.current(
            connection, member.session_hash, Purpose.ENROL, counter.name
        )
    assert current is None
