"""As what budgets count a browser, a name and a flow: alike where they are one, apart else."""

from __future__ import annotations

import pytest

from ostiary.accounts.names import MAX_ADDRESS
from ostiary.contracts import Client, Purpose
from ostiary.signin.charging import place_of, spelled

from .conftest import Counter, Open, Word


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"),
        ("::1", "::/64"),
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", "192.0.2.2"),
        ("a socket", "a socket"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_place_is_an_ipv4_address_or_a_64_of_ipv6(address: str | None, place: str) -> None:
    """RFC 6177, section 2: a subscriber has so many addresses."""
    assert place_of(Client(address)) == place


def test_a_typed_name_counts_by_so_many_of_its_letters() -> None:
    """As many as the longest address has, twice, however they are spelled; what is longer is no
    account's, and is not kept.
    """
    most = 2 * MAX_ADDRESS
    assert spelled("A" * most) == "a" * most
    assert spelled("a" * most + "b") == spelled("a" * most + "c") == "a" * most
    assert spelled("A" * (most + 1)) == "A" * most


def test_each_browser_is_in_its_own_flow_however_many_there_are(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    door.alice(word, counter)
    begun = [door.begun(door.visitor(), word) for _ in range(3)]
    with door.runtime.store.read() as connection:
        load = door.runtime.signin.parts.flows.load
        found = [load(connection, visitor, Purpose.SIGN_IN) for visitor in begun]
    assert len({flow.token_hash for flow in found if flow is not None}) == 3
