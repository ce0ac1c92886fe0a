"""Whose tries count together: those of strangers do, and each known browser has its own."""

from __future__ import annotations

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
