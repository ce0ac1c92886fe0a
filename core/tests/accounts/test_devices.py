"""Known devices: a budget of their own, and nothing more."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ostiary.accounts import Devices
from ostiary.contracts import Client
from ostiary.store import Store
from ostiary.store.tables import devices

DEVICES = Devices()


@pytest.fixture
def sign_in(store: Store, clock: Any) -> Callable[..., str]:
    def remember(token: str | None = None, user: str = "alice") -> str:
        with store.write() as unit:
            return DEVICES.keep(unit, token, user, Client("192.0.2.7", "Browser"), clock.now)

    return remember


@pytest.fixture
def known(store: Store) -> Callable[..., bool]:
    def ask(token: str | None, user: str = "alice") -> bool:
        with store.read() as connection:
            return DEVICES.known(connection, token, user) is not None

    return ask


def test_a_device_is_known_to_the_account_that_it_signed_in_to(
    sign_in: Callable[..., str], known: Callable[..., bool]
) -> None:
    token = sign_in()
    assert known(token)
    assert not known(token, "bob")
    assert not known(None)
    assert not known("")
    assert not known("x" * 43)


def test_one_token_serves_all_accounts_of_a_browser(
    sign_in: Callable[..., str], known: Callable[..., bool]
) -> None:
    token = sign_in(sign_in(), "bob")
    assert known(token)
    assert known(token, "bob")


def test_a_planted_token_is_worth_nothing_after_the_sign_in(
    sign_in: Callable[..., str], known: Callable[..., bool]
) -> None:
    """Else an attacker would guess on the owner's budget, which nobody else uses up."""
    for planted in ("x" * 43, sign_in(user="mallory"), "not a token"):
        token = sign_in(planted)
        assert known(token)
        assert not known(planted)
        assert not known(planted, "mallory")


def test_signing_in_again_is_noted(
    store: Store, clock: Any, sign_in: Callable[..., str], known: Callable[..., bool]
) -> None:
    began = clock.now
    first = sign_in()
    again = sign_in(first, user="alice")
    clock.forward(days=1)
    sign_in(again)
    with store.read() as connection:
        row = connection.execute(select(devices)).one()
    assert (row.created_at, row.used_at) == (began, clock.now)


def test_two_sign_ins_at_once_with_one_token_both_pass(
    clock: Any, sign_in: Callable[..., str], known: Callable[..., bool], together: Any
) -> None:
    token = sign_in()
    tokens = together(
        lambda unit: DEVICES.keep(unit, token, "alice", Client(), clock.now),
        lambda unit: DEVICES.keep(unit, token, "alice", Client(), clock.now),
    )
    assert [known(each) for each in tokens] == [True, True]


def test_an_accounts_devices_can_be_forgotten(
    store: Store, sign_in: Callable[..., str], known: Callable[..., bool]
) -> None:
    one, two = sign_in(), sign_in(sign_in(), "bob")
    with store.write() as unit:
        assert DEVICES.forget(unit, "alice") == 2
    assert not known(one)
    assert not known(two)
    assert known(two, "bob")
