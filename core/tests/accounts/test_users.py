"""Users and their addresses: who gets a name, and what proves an address."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from ostiary.accounts import (
    Accounts,
    AddressTaken,
    CoreDirectory,
    NameTaken,
    address,
    login_name,
)
from ostiary.contracts import User, UserDirectory
from ostiary.store import Store, Unit

HOME = address("alice@example.org")


def test_a_user_is_found_by_any_spelling_of_the_name(
    accounts: Accounts, store: Store, alice: str
) -> None:
    found = accounts.named("\uff21LICE ")
    assert found is not None
    assert (found.id, found.login, found.addresses) == (alice, "Alice", ())
    assert found.user == User(alice, "Alice")
    assert accounts.get(alice) == found
    assert accounts.get("somebody else") is None
    assert accounts.named("alicia") is None
    assert accounts.named("no name at all") is None
    assert accounts.named("nobody@") is None


def test_a_name_is_given_once_however_it_is_spelled(
    accounts: Accounts, store: Store, alice: str
) -> None:
    with store.write() as unit:
        with pytest.raises(NameTaken):
            accounts.create(unit, "other", login_name("ALICE"))
        # The refusal leaves the unit as it was: the registration can go on.
        accounts.create(unit, "other", login_name("Alicia"))
    assert [account.login for account in accounts.list()] == ["Alice", "Alicia"]


def test_an_id_that_is_there_already_is_a_fault_and_no_taken_name(
    accounts: Accounts, store: Store, alice: str
) -> None:
    with store.write() as unit, pytest.raises(IntegrityError):
        accounts.create(unit, alice, login_name("other"))


def test_of_two_registrations_of_one_name_at_once_one_succeeds(
    accounts: Accounts, together: Callable[..., list[Any]]
) -> None:
    def registration(user_id: str) -> Callable[[Unit], User]:
        return lambda unit: accounts.create(unit, user_id, login_name("Eve"))

    results = together(registration("one"), registration("two"))
    assert [type(result) for result in results] == [User, NameTaken]
    assert [account.id for account in accounts.list()] == ["one"]


def test_an_address_counts_once_it_is_verified(
    accounts: Accounts, store: Store, clock: Any, alice: str
) -> None:
    with store.write() as unit:
        claimed = accounts.add_address(unit, alice, HOME)
        # A unit sees what it has done; others do not.
        assert accounts.get(alice, unit) != accounts.get(alice)
    account = accounts.get(alice)
    assert account is not None
    assert account.user.address is None
    assert [(a.address, a.primary, a.verified_at) for a in account.addresses] == [
        ("alice@example.org", True, None)
    ]
    assert accounts.named("alice@example.org") is None
    assert accounts.owner_of_verified(HOME) is None
    with store.write() as unit:
        accounts.verify_address(unit, claimed)
    found = accounts.named("Alice@EXAMPLE.org")
    assert found is not None
    assert found.user.address == "alice@example.org"
    assert found.addresses[0].verified_at == clock.now
    assert accounts.owner_of_verified(HOME) == found


def test_a_second_address_neither_is_primary_nor_hides_the_first(
    accounts: Accounts, store: Store, alice: str
) -> None:
    with store.write() as unit:
        accounts.add_address(unit, alice, HOME, verified=True)
        accounts.add_address(unit, alice, address("work@example.org"), verified=True)
    account = accounts.get(alice)
    assert account is not None
    assert [(a.address, a.primary) for a in account.addresses] == [
        ("alice@example.org", True),
        ("work@example.org", False),
    ]
    assert account.user.address == "alice@example.org"
    assert [found.login for found in accounts.list()] == ["Alice"]


def test_claiming_and_verifying_again_changes_nothing(
    accounts: Accounts, store: Store, clock: Any, alice: str
) -> None:
    with store.write() as unit:
        first = accounts.add_address(unit, alice, HOME, verified=True)
    before = accounts.get(alice)
    clock.forward(days=1)
    with store.write() as unit:
        assert accounts.add_address(unit, alice, address("ALICE@example.org")) == first
        accounts.verify_address(unit, first)
    assert accounts.get(alice) == before


def test_anybody_may_claim_an_address_and_one_account_can_prove_it(
    accounts: Accounts, store: Store, alice: str, bob: str
) -> None:
    """Otherwise registering with a stranger's address would keep its owner out."""
    with store.write() as unit:
        squatted = accounts.add_address(unit, bob, HOME)
        accounts.add_address(unit, alice, HOME, verified=True)
    with store.write() as unit:
        with pytest.raises(AddressTaken):
            accounts.verify_address(unit, squatted)
        with pytest.raises(AddressTaken):
            accounts.add_address(unit, bob, HOME, verified=True)
    owner = accounts.owner_of_verified(HOME)
    assert owner is not None
    assert owner.id == alice


def test_of_two_proofs_of_one_address_at_once_one_succeeds(
    accounts: Accounts,
    store: Store,
    alice: str,
    bob: str,
    together: Callable[..., list[Any]],
) -> None:
    with store.write() as unit:
        hers = accounts.add_address(unit, alice, HOME)
        his = accounts.add_address(unit, bob, HOME)
    results = together(
        lambda unit: accounts.verify_address(unit, hers),
        lambda unit: accounts.verify_address(unit, his),
    )
    assert [type(result) for result in results] == [bool, AddressTaken]
    owner = accounts.owner_of_verified(HOME)
    assert owner is not None
    assert owner.id == alice


def test_an_address_that_is_gone_cannot_be_verified(accounts: Accounts, store: Store) -> None:
    with store.write() as unit, pytest.raises(LookupError):
        accounts.verify_address(unit, "gone")


def test_disabling_and_admin_are_changes_once(
    accounts: Accounts, store: Store, clock: Any, alice: str, bob: str
) -> None:
    with store.write() as unit:
        assert accounts.set_disabled(unit, alice, True)
        assert not accounts.set_disabled(unit, alice, True)
        assert accounts.set_admin(unit, alice, True)
        assert not accounts.set_admin(unit, alice, True)
        assert not accounts.set_admin(unit, "nobody", True)
    disabled = accounts.get(alice)
    assert disabled is not None
    assert disabled.disabled_at == clock.now
    assert (disabled.user.active, disabled.user.privileged) == (False, True)
    untouched = accounts.get(bob)
    assert untouched is not None
    assert (untouched.user.active, untouched.user.privileged) == (True, False)
    with store.write() as unit:
        assert accounts.set_disabled(unit, alice, False)
        assert accounts.set_admin(unit, alice, False)
    again = accounts.get(alice)
    assert again is not None
    assert again.user == User(alice, "Alice")


def test_the_list_comes_in_pages(accounts: Accounts, store: Store) -> None:
    with store.write() as unit:
        for name in ("Carol", "alice", "Bob"):
            accounts.create(unit, name, login_name(name))
            accounts.add_address(unit, name, address(f"{name}@example.org"))
            accounts.add_address(unit, name, address(f"{name}.2@example.org"))
    assert [account.login for account in accounts.list(limit=2)] == ["alice", "Bob"]
    assert [account.login for account in accounts.list(after="bob")] == ["Carol"]


def test_the_directory_is_what_plugins_may_know(
    accounts: Accounts, store: Store, alice: str
) -> None:
    directory = CoreDirectory(accounts)
    assert isinstance(directory, UserDirectory)
    assert directory.get(alice) == directory.named("alice") == User(alice, "Alice")
    assert directory.get("nobody") is None
    assert directory.named("nobody") is None
