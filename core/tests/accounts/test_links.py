"""Mailed links: used once, for one purpose, in time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ostiary.accounts import Accounts, Links, MailedLink, address
from ostiary.store import Store
from ostiary.store.tables import addresses, links

LINKS = Links(timedelta(hours=24))


@pytest.fixture
def make(store: Store, clock: Any) -> Callable[..., str]:
    def link(user: str = "alice", purpose: str = "reset", address_id: str | None = None) -> str:
        with store.write() as unit:
            return LINKS.make(unit, purpose, user, address_id, clock.now)

    return link


def test_looking_at_a_link_does_not_use_it_up_and_using_it_does(
    store: Store, clock: Any, make: Callable[..., str]
) -> None:
    """Mail programs open links before people do."""
    token = make()
    expected = MailedLink("reset", "alice", None, None, clock.now + timedelta(hours=24))
    for _ in range(2):
        with store.read() as connection:
            assert LINKS.peek(connection, token, "reset", clock.now) == expected
    with store.write() as unit:
        assert LINKS.use(unit, token, "reset", clock.now) == expected
        assert LINKS.use(unit, token, "reset", clock.now) is None
        assert LINKS.peek(unit, token, "reset", clock.now) is None


def test_of_two_uses_at_once_one_gets_it(
    clock: Any, make: Callable[..., str], together: Callable[..., list[Any]]
) -> None:
    token = make()
    first, second = together(
        lambda unit: LINKS.use(unit, token, "reset", clock.now),
        lambda unit: LINKS.use(unit, token, "reset", clock.now),
    )
    assert isinstance(first, MailedLink)
    assert second is None


def test_a_link_serves_its_purpose_only_and_in_time_only(
    store: Store, clock: Any, make: Callable[..., str]
) -> None:
    token = make()
    with store.write() as unit:
        assert LINKS.use(unit, token, "verify", clock.now) is None
        assert LINKS.use(unit, "x" * 43, "reset", clock.now) is None
        assert LINKS.use(unit, "", "reset", clock.now) is None
        late = clock.now + timedelta(hours=24)
        assert LINKS.use(unit, token, "reset", late) is None
        assert LINKS.peek(unit, token, "reset", late) is None
        assert LINKS.use(unit, token, "reset", late - timedelta(seconds=1)) is not None


def test_the_table_opens_nothing(store: Store, clock: Any, make: Callable[..., str]) -> None:
    token = make()
    with store.read() as connection:
        row = connection.execute(select(links)).one()
        assert token not in str(row)
        assert LINKS.peek(connection, row.token_hash, "reset", clock.now) is None


def test_with_a_link_go_the_others_of_its_kind(
    store: Store, clock: Any, make: Callable[..., str], accounts: Accounts, alice: str
) -> None:
    """After a reset, the link of an earlier mail must not reset again."""
    with store.write() as unit:
        home = accounts.add_address(unit, alice, address("home@example.org"))
        work = accounts.add_address(unit, alice, address("work@example.org"))
    used, earlier, verify, other = make(), make(), make(purpose="verify"), make("bob")
    to_home, to_work = make(address_id=home), make(address_id=work)
    with store.write() as unit:
        assert LINKS.use(unit, used, "reset", clock.now)
        assert LINKS.peek(unit, earlier, "reset", clock.now) is None
        assert LINKS.peek(unit, verify, "verify", clock.now)
        assert LINKS.peek(unit, other, "reset", clock.now)
        assert LINKS.use(unit, to_home, "reset", clock.now)
        assert LINKS.peek(unit, to_work, "reset", clock.now)


def test_a_link_goes_with_its_address(
    store: Store, clock: Any, make: Callable[..., str], accounts: Accounts, alice: str
) -> None:
    with store.write() as unit:
        home = accounts.add_address(unit, alice, address("home@example.org"))
    token = make(alice, "verify", home)
    with store.write() as unit:
        unit.execute(addresses.delete())
        assert LINKS.use(unit, token, "verify", clock.now) is None


def test_making_one_sweeps_away_what_expired(
    store: Store, clock: Any, make: Callable[..., str]
) -> None:
    make(), make("bob")
    clock.forward(hours=24)
    make()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(links)).scalar_one() == 2
