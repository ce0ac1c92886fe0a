"""Finding accounts: by what is typed, whatever it holds, a page at a time."""

from __future__ import annotations

import pytest

from ostiary.accounts import Accounts, address, login_name
from ostiary.accounts.searching import MAX_TERM, found_ids
from ostiary.store import Store

NAMES = ("Ada", "bob_x", "bobax", "Émile", "STRASSE", "zoë", "a.b-c")


@pytest.fixture
def house(store: Store, accounts: Accounts) -> Store:
    """People whose names hold what patterns are made of."""
    with store.write() as unit:
        for name in NAMES:
            user = accounts.create(unit, f"id-{name}", login_name(name))
            accounts.add_address(unit, user.id, address(f"{name[0]}%_{len(name)}@example.org"))
        accounts.add_address(unit, "id-Ada", address("Lovelace@Bücher.example"))
    return store


def find(house: Store, typed: str, *, after: str = "", limit: int = 50) -> list[str]:
    with house.read() as connection:
        found = found_ids(connection, typed, after=after, limit=limit)
    return [each.removeprefix("id-") for each in found]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ada", ["Ada"]),
        ("  ADA ", ["Ada"]),
        ("DA", ["Ada"]),
        ("lovelace@", ["Ada"]),
        ("b_x", ["bob_x"]),
        ("bobax", ["bobax"]),
        ("%_5", ["bob_x", "bobax", "Émile", "a.b-c"]),
        ("100%", []),
        ("_______", []),
        ("\\", []),
        ("/", []),
        ("'; DROP TABLE ostiary_user; --", []),
        ("\u00e9MILE", ["Émile"]),
        ("e\u0301mile", ["Émile"]),
        ("straße", ["STRASSE"]),
        ("ZOË", ["zoë"]),
        ("id-Ada", ["Ada"]),
        ("id-Ad", []),
        ("a\0da", []),
        ("a" * (MAX_TERM + 1), []),
        ("\U0001f984", []),
    ],
)
def test_a_part_of_a_name_or_an_address_finds_and_a_pattern_does_not(
    house: Store, typed: str, found: list[str]
) -> None:
    """Letters are compared as in sign-ins; % and _ are letters."""
    assert sorted(find(house, typed)) == sorted(found)


def test_pages_hold_everybody_once_in_the_order_of_their_names(house: Store) -> None:
    """Also where the account that a page ended with is gone: from the start then."""
    pages, after = [], ""
    while page := find(house, "", after=after, limit=3):
        pages += page
        after = f"id-{page[-1]}"
    assert pages == ["a.b-c", "Ada", "bob_x", "bobax", "STRASSE", "zoë", "Émile"]
    assert find(house, "", after="id-gone", limit=2) == ["a.b-c", "Ada"]
    assert find(house, "b", after="id-bob_x") == ["bobax"]


def test_accounts_of_ids_are_read_together(house: Store, accounts: Accounts) -> None:
    with house.read() as connection:
        found = accounts.of_ids(connection, ["id-zoë", "id-Ada", "id-nobody"])
        assert accounts.of_ids(connection, []) == ()
    assert [account.login for account in found] == ["Ada", "zoë"]
    assert len(found[0].addresses) == 2
