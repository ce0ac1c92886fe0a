"""The end of an account: asked for, told, called off, carried out, and never half of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, update

from ostiary.accounts import Account, Limit, address
from ostiary.contracts import Purpose, User
from ostiary.signin import Denied, Member, SignedIn, Visitor
from ostiary.signin.closing import Closing
from ostiary.store import tables
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor as Browser

from .conftest import Counter, Door, Open, Word, at_once, host_of, reason

DELAY = timedelta(days=7)
ASKED = "Your account is going to be deleted"
KEPT = "Your account is kept"
DELETED = "Your account was deleted"

OF_A_USER = (
    tables.addresses,
    tables.credentials,
    tables.sessions,
    tables.devices,
    tables.links,
    tables.kept,
    tables.flows,
    tables.challenges,
    tables.regains,
)


def closing(door: Door) -> Closing:
    found = door.runtime.closing
    assert found is not None
    return found


def give_up(door: Door, member: Member, typed: str) -> None:
    assert closing(door).ask(member, typed) == door.clock() + DELAY


def account_of(door: Door, user: User) -> Account | None:
    assert door.runtime.accounts is not None
    return door.runtime.accounts.get(user.id)


def asked(door: Door, user: User) -> bool:
    account = account_of(door, user)
    return account is not None and account.delete_at is not None


def make_admin(door: Door, user: User) -> User:
    assert door.runtime.accounts is not None
    with door.runtime.store.write() as unit:
        door.runtime.accounts.set_admin(unit, user.id, admin=True)
    return user


def told(outbox: Outbox, to: str) -> list[str]:
    """The subjects of the mails about the end, oldest first."""
    return [m.subject for m in outbox.to(to) if m.subject in {ASKED, KEPT, DELETED}]


def left_of(door: Door, user: User) -> dict[str, int]:
    """How many rows there are of this user, by table."""
    with door.runtime.store.read() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.user_id == user.id)
            ).scalar_one()
            for table in OF_A_USER
        }


@pytest.fixture
def door(open_door: Open, word: Word) -> Door:
    return open_door(word, deletion_delay="7d")


@pytest.fixture
def alice(door: Door, word: Word) -> User:
    return door.alice(word)


@pytest.fixture
def member(door: Door, word: Word, alice: User) -> Member:
    return door.enter(word, "alice", {"word": "open"})


def test_an_account_is_given_up_and_goes_after_the_delay(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """Nothing is left by which anybody could act as this user; the trail is."""
    give_up(door, member, "ALICE")
    account = account_of(door, alice)
    assert account is not None
    assert account.delete_at == door.clock() + DELAY
    (mail,) = outbox.to("alice@example.org")
    assert mail.subject == ASKED
    assert mail.link.endswith("/account/keep")
    assert f"{account.delete_at:%Y-%m-%d %H:%M} UTC" in mail.text
    door.clock.advance(DELAY - timedelta(seconds=1))
    assert closing(door).carry_out_due() == 0
    before = list(door.events.all)
    door.clock.advance(timedelta(seconds=1))
    assert closing(door).carry_out_due() == 1
    assert account_of(door, alice) is None
    assert set(left_of(door, alice).values()) == {0}
    assert door.events.all[: len(before)] == before
    (event,) = door.events.of("user.deleted")
    assert (event.subject, event.actor.kind) == (alice.id, "system")
    assert dict(event.details) == {"login": "Alice"}
    assert event.personal == {"login"}
    assert told(outbox, "alice@example.org") == [ASKED, DELETED]
    assert closing(door).carry_out_due() == 0


def test_an_account_that_is_not_due_stays(door: Door, alice: User, member: Member) -> None:
    """Whoever keeps it in the last moment does so while another process is about to delete it."""
    assert not closing(door).carry_out(alice.id)
    give_up(door, member, "alice")
    assert not closing(door).carry_out(alice.id)
    assert account_of(door, alice) is not None
    assert left_of(door, alice)["ostiary_credential"] == 1


def test_everything_of_a_user_goes_and_nothing_of_others(
    door: Door, alice: User, word: Word, member: Member
) -> None:
    """Rows of every table that knows users, also what is under way."""
    bob = door.user("Bob", "bob@example.org")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    for user, owner in ((alice, member), (bob, his)):
        _fill(door, user, owner)
    his_rows = left_of(door, bob)
    assert all(left_of(door, alice).values())
    assert all(his_rows.values())
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    with door.runtime.store.write() as unit:
        for table in (tables.links, tables.kept, tables.flows, tables.challenges):
            unit.execute(update(table).values(expires_at=door.clock() + DELAY))
    assert closing(door).carry_out_due() == 1
    assert set(left_of(door, alice).values()) == {0}
    assert left_of(door, bob) == his_rows


def _fill(door: Door, user: User, member: Member) -> None:
    parts, now = door.runtime.signin.parts, door.clock()
    with door.runtime.store.write() as unit:
        door.runtime.links.make(unit, "reset", user.id, None, now, about="word")
        parts.flows.open(unit, member.visitor, Purpose.SIGN_IN, user_id=user.id)
        later = now + timedelta(days=1)
        unit.execute(
            tables.kept.insert().values(
                token_hash=user.id, user_id=user.id, sealed=b"x", expires_at=later
            )
        )
        unit.execute(
            tables.challenges.insert().values(
                handle=user.id,
                purpose="sign-in",
                factor="word",
                bound_to="x",
                user_id=user.id,
                sealed=b"x",
                tries_left=1,
                created_at=now,
                expires_at=later,
            )
        )
        unit.execute(
            tables.regains.insert().values(
                id=user.id, user_id=user.id, state="asked", note="", asked_at=now
            )
        )


def test_during_the_delay_its_owner_signs_in_and_keeps_it(
    door: Door, alice: User, word: Word, member: Member, outbox: Outbox
) -> None:
    give_up(door, member, "alice")
    door.clock.advance(timedelta(days=6))
    back = door.enter(word, "alice", {"word": "open"})
    assert closing(door).cancel(back)
    assert not asked(door, alice)
    assert not closing(door).cancel(back)
    door.clock.advance(timedelta(days=6))
    assert closing(door).carry_out_due() == 0
    assert account_of(door, alice) is not None
    assert told(outbox, "alice@example.org") == [ASKED, KEPT]
    assert [event.type for event in door.events.all if event.type.startswith("user.")] == [
        "user.deletion-asked",
        "user.deletion-cancelled",
    ]


def test_the_other_sessions_end_at_once_and_this_one_stays(
    door: Door, alice: User, word: Word, member: Member
) -> None:
    door.enter(word, "alice", {"word": "open"})
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    door.enter(word, "bob", {"word": "open"})
    give_up(door, member, "alice")
    with door.runtime.store.read() as connection:
        left = connection.execute(select(tables.sessions.c.id_hash, tables.sessions.c.user_id))
        assert {(row.id_hash, row.user_id) for row in left if row.user_id == alice.id} == {
            (member.session_hash, alice.id)
        }
    assert door.sessions == 2


@pytest.mark.parametrize("typed", ["", "bob", "alice@example.org", "ali ce", "x" * 400])
def test_only_the_own_name_confirms_it(
    door: Door, alice: User, member: Member, outbox: Outbox, typed: str
) -> None:
    denied = closing(door).ask(member, typed)
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field, denied.over) == ("other-name", "name", False)
    assert not asked(door, alice)
    assert not len(outbox)


def test_it_is_asked_once(door: Door, alice: User, member: Member, outbox: Outbox) -> None:
    """A second time does not put it off."""
    give_up(door, member, "alice")
    account = account_of(door, alice)
    door.clock.advance(timedelta(hours=1))
    assert reason(closing(door).ask(member, "alice")) == "asked-already"
    assert account_of(door, alice) == account
    assert len(outbox) == 1


def test_every_confirmed_address_is_told_and_no_other(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """A thief may have made one of their own the primary one."""
    assert door.runtime.accounts is not None
    with door.runtime.store.write() as unit:
        door.runtime.accounts.add_address(unit, alice.id, address("b@example.org"), verified=True)
        door.runtime.accounts.add_address(unit, alice.id, address("claimed@example.org"))
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    closing(door).carry_out_due()
    for shown in ("alice@example.org", "b@example.org"):
        assert told(outbox, shown) == [ASKED, DELETED]
    assert not outbox.to("claimed@example.org")


@pytest.mark.parametrize("limit", list(Limit))
def test_a_limited_session_cannot_give_the_account_up_but_keep_it(
    door: Door, alice: User, member: Member, limit: Limit
) -> None:
    """Whoever has just come back by recovery may have to stop a thief's deletion."""
    limited = replace(member, limit=limit)
    assert reason(closing(door).ask(limited, "alice")) == "limited"
    assert not asked(door, alice)
    give_up(door, member, "alice")
    assert closing(door).cancel(limited)
    assert not asked(door, alice)


def test_a_session_that_was_ended_cannot_give_the_account_up(
    door: Door, alice: User, member: Member
) -> None:
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end_all(unit, alice.id)
    assert reason(closing(door).ask(member, "alice")) == "expired"
    assert not asked(door, alice)


def test_a_session_that_was_ended_cannot_keep_it_either(
    door: Door, alice: User, member: Member
) -> None:
    """Whoever was thrown out decides nothing; the owner signs in, and does."""
    give_up(door, member, "alice")
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end_all(unit, alice.id)
    assert not closing(door).cancel(member)
    assert asked(door, alice)
    assert not door.events.of("user.deletion-cancelled")


def test_an_account_that_is_gone_is_neither_given_up_nor_kept(
    door: Door, alice: User, member: Member
) -> None:
    """The session may be there for a moment longer."""
    with door.runtime.store.write() as unit:
        unit.execute(tables.users.delete().where(tables.users.c.id == alice.id))
    assert reason(closing(door).ask(member, "alice")) == "expired"
    assert not closing(door).cancel(member)
    assert not closing(door).carry_out(alice.id)


def test_an_account_without_a_confirmed_address_goes_without_a_mail(
    door: Door, word: Word, outbox: Outbox
) -> None:
    user = door.user("Bob")
    door.give(user, word, secret=b"open")
    member = door.enter(word, "bob", {"word": "open"})
    give_up(door, member, "bob")
    door.clock.advance(DELAY)
    assert closing(door).carry_out_due() == 1
    assert not len(outbox)


# The last admin.


def test_the_last_admin_cannot_be_deleted(door: Door, alice: User, member: Member) -> None:
    make_admin(door, alice)
    denied = closing(door).ask(member, "alice")
    assert isinstance(denied, Denied)
    assert denied.reason == "last-admin"
    assert "admin" in str(denied.text)
    account = account_of(door, alice)
    assert account is not None
    assert reason(closing(door).order(account, "gone")) == "last-admin"
    assert not asked(door, alice)


@pytest.mark.parametrize("other", ["disabled", "leaving"])
def test_an_admin_who_is_shut_out_or_leaves_is_no_other_admin(
    door: Door, alice: User, member: Member, other: str
) -> None:
    make_admin(door, alice)
    bob = make_admin(door, door.user("Bob"))
    with door.runtime.store.write() as unit:
        change = (
            {"disabled_at": door.clock()}
            if other == "disabled"
            else {"delete_at": door.clock() + DELAY}
        )
        unit.execute(update(tables.users).where(tables.users.c.id == bob.id).values(**change))
    assert reason(closing(door).ask(member, "alice")) == "last-admin"


def test_of_the_last_two_admins_who_leave_at_once_one_stays(
    door: Door, word: Word, alice: User, member: Member
) -> None:
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    make_admin(door, alice)
    make_admin(door, bob)
    said = at_once(
        [lambda: closing(door).ask(member, "alice"), lambda: closing(door).ask(his, "bob")]
    )
    (denied,) = [one for one in said if isinstance(one, Denied)]
    assert denied.reason == "last-admin"
    assert asked(door, alice) != asked(door, bob)


def test_whoever_is_the_last_admin_when_it_is_due_stays(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """The other one may have been shut out since; they are told why, and once."""
    make_admin(door, alice)
    bob = make_admin(door, door.user("Bob"))
    give_up(door, member, "alice")
    assert door.runtime.accounts is not None
    with door.runtime.store.write() as unit:
        door.runtime.accounts.set_disabled(unit, bob.id, disabled=True)
    door.clock.advance(DELAY)
    for _round in range(2):
        assert closing(door).carry_out_due() == 0
    assert not asked(door, alice)
    (event,) = door.events.of("user.deletion-cancelled")
    assert (event.reason, event.actor.kind) == ("last-admin", "system")
    assert told(outbox, "alice@example.org") == [ASKED, KEPT]
    assert "administers" in outbox.last.text


# The operator.


def test_the_operator_has_an_account_deleted_with_a_reason(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    account = account_of(door, alice)
    assert account is not None
    assert closing(door).order(account, "asked by letter") == door.clock() + DELAY
    (event,) = door.events.of("user.deletion-asked")
    assert (event.reason, event.actor.kind) == ("asked by letter", "admin")
    assert door.sessions == 0
    assert outbox.last.subject == ASKED
    assert closing(door).recall(account, "a mistake")
    assert not closing(door).recall(account, "a mistake")
    assert door.events.of("user.deletion-cancelled")[0].reason == "a mistake"
    assert outbox.last.subject == KEPT
    assert closing(door).order(account, "now", timedelta(0)) == door.clock()
    assert len(outbox) == 2
    assert closing(door).carry_out(alice.id)
    assert account_of(door, alice) is None


# Several at once.


def test_of_several_processes_one_carries_it_out(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    assert sorted(at_once([lambda: closing(door).carry_out(alice.id)] * 4)) == [False] * 3 + [True]
    assert len(door.events.of("user.deleted")) == 1
    assert [mail.subject for mail in outbox].count(DELETED) == 1


def test_kept_at_the_very_moment_that_it_is_due_one_of_the_two_happens(
    door: Door, word: Word, alice: User, outbox: Outbox
) -> None:
    """Never an account that is told to stay and goes, nor one that is half gone."""
    member = door.enter(word, "alice", {"word": "open"})
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    member = door.enter(word, "alice", {"word": "open"})
    kept, gone = at_once(
        [lambda: closing(door).cancel(member), lambda: closing(door).carry_out(alice.id)]
    )
    assert kept != gone
    assert (account_of(door, alice) is None) == gone
    subjects = [mail.subject for mail in outbox]
    assert (subjects.count(KEPT), subjects.count(DELETED)) == (int(kept), int(gone))
    if gone:
        assert set(left_of(door, alice).values()) == {0}
    else:
        assert door.enter(word, "alice", {"word": "open"}).user_id == alice.id


def test_whoever_signs_in_as_the_account_goes_gets_nowhere_afterwards(
    door: Door, word: Word, alice: User, member: Member
) -> None:
    """No session of a user who is no more is left, whoever was quicker."""
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    visitors = [door.visitor() for _ in range(4)]

    def enter(visitor: Visitor) -> object:
        return door.first(visitor, word, "alice", {"word": "open"})

    acts: list[Callable[[], object]] = [partial(enter, each) for each in visitors]
    acts.append(partial(closing(door).carry_out, alice.id))
    said = at_once(acts)
    assert said[-1] is True
    assert all(isinstance(one, SignedIn | Denied) for one in said[:-1])
    assert set(left_of(door, alice).values()) == {0}
    assert isinstance(enter(door.visitor()), Denied)


def test_whoever_adds_a_factor_as_the_account_goes_leaves_nothing_behind(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter, deletion_delay="7d")
    alice = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    member = door.enter(word, "alice", {"word": "open"})
    enrolling = door.runtime.signin.enrolling
    begun = enrolling.begin(member, counter)
    handle = getattr(begun, "handle", "")
    at_once(
        [
            lambda: enrolling.finish(member, handle, {"number": "1"}, "Mine"),
            lambda: closing(door).carry_out(alice.id),
        ]
    )
    assert account_of(door, alice) is None
    assert set(left_of(door, alice).values()) == {0}


def test_an_address_that_is_proved_as_the_account_goes_is_free_afterwards(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    addressing, registering = door.runtime.addressing, door.runtime.registering
    assert addressing is not None
    assert registering is not None
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    with door.runtime.store.write() as unit:
        assert door.runtime.accounts is not None
        claimed = door.runtime.accounts.add_address(unit, alice.id, address("new@example.org"))
        token = door.runtime.links.make(unit, "verify-address", alice.id, claimed, door.clock())
    visitor = door.visitor()
    at_once(
        [
            lambda: registering.verify(visitor, token),
            lambda: closing(door).carry_out(alice.id),
        ]
    )
    assert account_of(door, alice) is None
    assert set(left_of(door, alice).values()) == {0}


def test_one_account_that_cannot_be_deleted_does_not_hold_up_the_others(
    door: Door, word: Word, alice: User, member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the account and the fault's type, never its message."""
    bob = door.user("Bob", "bob@example.org")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    give_up(door, member, "alice")
    give_up(door, his, "bob")
    door.clock.advance(DELAY)
    with door.runtime.store.write() as unit:
        # No letter goes to such an address, and so the whole unit fails.
        unit.execute(
            update(tables.addresses)
            .where(tables.addresses.c.user_id == alice.id)
            .values(address="not an address")
        )
    assert closing(door).carry_out_due() == 1
    assert account_of(door, alice) is not None
    assert account_of(door, bob) is None
    assert left_of(door, alice)["ostiary_credential"] == 1
    assert f"account {alice.id} was not deleted: ValueError" in caplog.text
    assert "not an address" not in caplog.text


def test_it_is_among_the_chores(door: Door, alice: User, member: Member) -> None:
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    door.runtime.chores.do()
    assert account_of(door, alice) is None


def test_the_name_of_a_deleted_account_is_free(door: Door, alice: User, member: Member) -> None:
    """Under another id, so that nothing of the old one is theirs."""
    give_up(door, member, "alice")
    door.clock.advance(DELAY)
    closing(door).carry_out_due()
    assert door.user("Alice", "alice@example.org").id != alice.id


@pytest.mark.parametrize("path", ["addresses", "addresses/add", "delete", "keep"])
def test_where_a_host_keeps_the_users_there_are_no_such_pages(
    open_door: Open, word: Word, path: str
) -> None:
    """They are the host's to delete, and so are their addresses."""
    _directory, plugin = host_of("ada")
    door = open_door(word, plugin)
    assert door.runtime.closing is None
    assert door.runtime.addressing is None
    door.runtime.chores.do()
    assert Browser(door.runtime).get(f"/account/{path}").status_int == 404
