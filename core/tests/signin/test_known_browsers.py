"""What a browser that an account knows is spared, and a stranger's is not."""

from __future__ import annotations

from dataclasses import replace

from ostiary.signin import SignedIn
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Open, Word


def test_a_made_up_device_is_a_strangers_and_no_stranger_shuts_a_known_browser_out(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """ASVS 5.0, 6.1.1; else a new cookie for every try would be a new budget for every try."""
    door = open_door(word, counter, budgets__second_factor="3/hour")
    alice = door.alice(word, counter)
    charge = door.runtime.signin.parts.charge_second
    # Both were strangers when they proved it.
    known = [door.enter_both(word, counter, number).visitor for number in "12"]
    made_up = [door.visitor(device=device) for device in ("made-up", "other", None)]
    assert [charge(visitor, alice.id) for visitor in made_up] == [True, False, False]
    for visitor in known:
        assert [charge(visitor, alice.id) for _ in range(4)] == [True, True, True, False]


def test_no_mail_warns_of_a_browser_that_is_known_or_remembered(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    door = open_door(word, counter, remembered_device="30d")
    door.alice(word, counter)

    def warned() -> int:
        subjects = [mail.subject for mail in outbox.to("alice@example.org")]
        return subjects.count("New sign-in to your account")

    visitor = replace(door.begun(door.visitor(), word), remember=True)
    member = door.member(door.further(visitor, counter, {"number": "1"}), visitor)
    outcome = door.first(
        door.visitor(device=member.visitor.device), word, "alice", {"word": "open"}
    )
    assert isinstance(outcome, SignedIn)
    assert warned() == 0
    door.enter_both(word, counter, "2")
    assert warned() == 1
    told = [event.details["device"] for event in door.events.of("sign-in.done")]
    assert told == ["first", "remembered", "new"]
