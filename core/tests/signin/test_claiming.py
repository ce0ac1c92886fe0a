"""Whose factor a registration is begun with, and whose an address is that was claimed."""

from __future__ import annotations

import pytest

from ostiary.accounts import address
from ostiary.contracts import First
from ostiary.signin.parts import anonymous
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Open, Scratch, Scripted, Word


def test_registration_asks_the_next_factor_where_one_fails_or_cannot_begin(
    open_door: Open, scratch: Scratch
) -> None:
    def fails(_step: object) -> None:
        raise OSError

    counter, word = Counter("second"), Word("third")
    broken = Scripted("broken", first=First.AFTER_NAME, second=False, enrol=fails)
    door = open_door(counter, scratch, broken, word)
    registering = door.runtime.registering
    assert registering is not None
    option = registering.option(door.visitor())
    assert option is not None
    assert option.factor == "third"


@pytest.mark.parametrize("claims", ["older", "younger"])
def test_a_claimed_address_of_another_account_is_in_use_whichever_is_older(
    open_door: Open, word: Word, outbox: Outbox, claims: str
) -> None:
    door = open_door(word)
    users = {"older": door.user("Older", "older@example.org")}
    users["younger"] = door.user("Younger", "younger@example.org")
    (owner,) = users.keys() - {claims}
    registering, visitor = door.runtime.registering, door.visitor()
    assert registering is not None
    for mine_or_not in (owner, claims):
        with door.runtime.store.write() as unit:
            registering.claim(
                unit,
                anonymous(visitor),
                visitor,
                users[claims],
                address(f"{mine_or_not}@example.org"),
            )
    told = outbox.to(f"{owner}@example.org")[-1]
    assert not [link for link in told.links if "verify-address" in link]
    # Its own is proved once more.
    assert "verify-address" in outbox.to(f"{claims}@example.org")[-1].link
