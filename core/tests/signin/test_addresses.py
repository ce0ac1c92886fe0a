"""Several addresses: who may claim, prove, prefer and remove one, and who is told."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import delete, select

from ostiary.accounts import Address, Limit, address
from ostiary.contracts import User
from ostiary.signin import Denied, Member
from ostiary.signin.addresses import MOST, Addressing
from ostiary.signin.parts import acting
from ostiary.store.tables import links, users
from ostiary.testing.outbox import Outbox, Received

from .conftest import Door, Open, Word, at_once, reason

ADDED = "An email address was added to your account"
CONFIRM = "Confirm your email address"
IN_USE = "Somebody gave your email address for another account"
PRIMARY = "Messages about your account now go to another address"
REMOVED = "An email address was removed from your account"


def addressing(door: Door) -> Addressing:
    found = door.runtime.addressing
    assert found is not None
    return found


def those_of(door: Door, user: User) -> tuple[Address, ...]:
    assert door.runtime.accounts is not None
    account = door.runtime.accounts.get(user.id)
    assert account is not None
    return account.addresses


def one(door: Door, user: User, shown: str) -> Address:
    (found,) = [each for each in those_of(door, user) if each.address == shown]
    return found


def prove(door: Door, mail: Received) -> User | Denied:
    """Open the link of a mail, and confirm."""
    registering = door.runtime.registering
    assert registering is not None
    return registering.verify(door.visitor(), mail.link.partition("token=")[2])


def subjects(outbox: Outbox, to: str) -> list[str]:
    return sorted(mail.subject for mail in outbox.to(to))


@pytest.fixture
def door(open_door: Open, word: Word) -> Door:
    return open_door(word)


@pytest.fixture
def alice(door: Door, word: Word) -> User:
    return door.alice(word)


@pytest.fixture
def member(door: Door, word: Word, alice: User) -> Member:
    return door.enter(word, "alice", {"word": "open"})


@pytest.fixture
def second(door: Door, alice: User, member: Member, outbox: Outbox) -> Address:
    """Another address of Alice's, confirmed."""
    assert addressing(door).add(member, "work@example.org") is None
    (mail,) = outbox.to("work@example.org")
    assert isinstance(prove(door, mail), User)
    return one(door, alice, "work@example.org")


def test_an_address_is_added_proved_and_preferred(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """The way as it is meant: nothing counts before the mailed link was used."""
    assert addressing(door).add(member, "Work@EXAMPLE.org") is None
    assert door.runtime.directory.named("work@example.org") is None
    assert subjects(outbox, "alice@example.org") == [ADDED]
    (mail,) = outbox.to("Work@example.org")
    assert mail.subject == CONFIRM
    assert prove(door, mail) == alice
    found = one(door, alice, "Work@example.org")
    assert not found.primary
    assert door.runtime.directory.named("work@example.org") == alice
    assert addressing(door).make_primary(member, found.id) is None
    preferred = door.runtime.directory.get(alice.id)
    assert preferred is not None
    assert preferred.address == "Work@example.org"
    (event,) = door.events.of("address.primary-changed")
    assert (event.subject, event.actor.user) == (alice.id, alice.id)
    assert dict(event.before) == {"address": "alice@example.org"}
    assert dict(event.after) == {"address": "Work@example.org"}
    assert event.personal == {"address"}


def test_the_address_that_was_the_primary_one_is_told_that_it_no_longer_is(
    door: Door, member: Member, second: Address, outbox: Outbox
) -> None:
    """So a thief cannot redirect reset mails without a word to the owner."""
    assert addressing(door).make_primary(member, second.id) is None
    assert subjects(outbox, "alice@example.org") == [ADDED, PRIMARY]
    assert subjects(outbox, "work@example.org") == [CONFIRM, PRIMARY]
    told = outbox.to("alice@example.org")[-1]
    assert "alice@example.org" in told.text
    assert "work@example.org" in told.text


def test_a_removed_address_is_told_and_so_is_the_primary_one(
    door: Door, alice: User, member: Member, second: Address, outbox: Outbox
) -> None:
    assert addressing(door).remove(member, second.id) is None
    assert subjects(outbox, "work@example.org") == [REMOVED, CONFIRM]
    assert subjects(outbox, "alice@example.org") == [ADDED, REMOVED]
    assert [each.address for each in those_of(door, alice)] == ["alice@example.org"]
    assert door.runtime.directory.named("work@example.org") is None
    (event,) = door.events.of("address.removed")
    assert dict(event.details) == {"address": "work@example.org"}


def test_a_removed_address_that_was_never_confirmed_hears_nothing_more(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """It may be a stranger's."""
    assert addressing(door).add(member, "stranger@example.org") is None
    claimed = one(door, alice, "stranger@example.org")
    assert addressing(door).remove(member, claimed.id) is None
    assert subjects(outbox, "stranger@example.org") == [CONFIRM]
    assert subjects(outbox, "alice@example.org") == [ADDED, REMOVED]


def test_the_primary_address_can_be_removed_only_after_another_took_its_place(
    door: Door, alice: User, member: Member, second: Address
) -> None:
    first = one(door, alice, "alice@example.org")
    assert reason(addressing(door).remove(member, first.id)) == "address-primary"
    assert len(those_of(door, alice)) == 2
    assert addressing(door).make_primary(member, second.id) is None
    assert addressing(door).remove(member, first.id) is None
    assert [each.address for each in those_of(door, alice)] == ["work@example.org"]
    assert reason(addressing(door).remove(member, second.id)) == "address-primary"


def test_only_a_confirmed_address_can_be_the_primary_one(
    door: Door, alice: User, member: Member
) -> None:
    assert addressing(door).add(member, "new@example.org") is None
    claimed = one(door, alice, "new@example.org")
    assert reason(addressing(door).make_primary(member, claimed.id)) == "address-unconfirmed"
    assert one(door, alice, "alice@example.org").primary


def test_the_first_address_that_is_confirmed_becomes_the_primary_one(
    door: Door, word: Word, outbox: Outbox
) -> None:
    """Whoever mistyped their address at registration gets out of it by adding the right one."""
    user = door.user("Bob")
    door.give(user, word, secret=b"open")
    member = door.enter(word, "bob", {"word": "open"})
    assert addressing(door).add(member, "typo@example.org") is None
    assert addressing(door).add(member, "bob@example.org") is None
    assert one(door, user, "typo@example.org").primary
    prove(door, outbox.to("bob@example.org")[-1])
    assert one(door, user, "bob@example.org").primary
    assert addressing(door).remove(member, one(door, user, "typo@example.org").id) is None


# Somebody else's.


def test_an_address_that_somebody_else_has_proved_looks_as_any_other(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """ASVS 5.0, 6.3.8; its owner is told, and can do nothing wrong."""
    bob = door.user("Bob", "bob@example.org")
    assert addressing(door).add(member, "bob@example.org") is None
    assert addressing(door).add(member, "free@example.org") is None
    taken, free = one(door, alice, "bob@example.org"), one(door, alice, "free@example.org")
    assert replace(taken, id="", address="", folded="") == replace(
        free, id="", address="", folded=""
    )
    (told,) = outbox.to("bob@example.org")
    assert told.subject == IN_USE
    assert "Hello Bob" in told.text
    assert not [link for link in told.links if "token" in link]
    assert addressing(door).resend(member, taken.id) is None
    assert [each.address for each in those_of(door, bob)] == ["bob@example.org"]


@pytest.mark.parametrize(
    ("theirs", "typed"),
    [("strasse@example.org", "straße@example.org"), ("fi@example.org", "ﬁ@example.org")],
)
def test_a_look_alike_of_a_proved_address_reaches_its_owner_and_nobody_else(
    door: Door, member: Member, outbox: Outbox, theirs: str, typed: str
) -> None:
    """Both compare alike, and may be two mailboxes: what is typed gets no word of the owner."""
    assert address(theirs).folded == address(typed).folded
    door.user("Bob", theirs)
    assert addressing(door).add(member, typed) is None
    assert subjects(outbox, theirs) == [IN_USE]
    assert subjects(outbox, typed) == []


def test_a_link_proves_the_address_that_it_was_mailed_to(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """A spelling that compares alike gets no link for the one in the list."""
    assert addressing(door).add(member, "straße@example.org") is None
    assert reason(addressing(door).add(member, "strasse@example.org")) == "address-known"
    registering, alike = door.runtime.registering, address("strasse@example.org")
    assert registering is not None
    with door.runtime.store.write() as unit:
        registering.claim(unit, acting(member), member.visitor, alice, alike)
    assert subjects(outbox, "strasse@example.org") == []
    assert subjects(outbox, "straße@example.org") == [CONFIRM, CONFIRM]


def test_addresses_of_others_are_out_of_reach(
    door: Door, alice: User, member: Member, word: Word, outbox: Outbox
) -> None:
    """IDOR: an id is worth nothing to whoever it does not belong to."""
    bob = door.user("Bob", "bob@example.org")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    assert addressing(door).add(his, "b2@example.org") is None
    prove(door, outbox.to("b2@example.org")[0])
    assert addressing(door).add(his, "b3@example.org") is None
    before = those_of(door, bob)
    for each in before:
        for act in (
            addressing(door).resend,
            addressing(door).make_primary,
            addressing(door).remove,
        ):
            assert reason(act(member, each.id)) == "gone"
    assert those_of(door, bob) == before
    assert len(outbox.to("b3@example.org")) == 1


def test_of_two_accounts_that_prove_one_address_at_once_one_does(
    door: Door, member: Member, word: Word, outbox: Outbox
) -> None:
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    for each in (member, his):
        assert addressing(door).add(each, "shared@example.org") is None
    mails = outbox.to("shared@example.org")
    assert [mail.subject for mail in mails] == [CONFIRM, CONFIRM]
    said = at_once([partial(prove, door, mail) for mail in mails])
    (owner,) = [one for one in said if isinstance(one, User)]
    (denied,) = [one for one in said if isinstance(one, Denied)]
    assert denied.reason == "address-taken"
    found = door.runtime.directory.named("shared@example.org")
    assert found is not None
    assert found.id == owner.id
    assert sorted(str(event.reason) for event in door.events.of("address.verified")) == [
        "None",
        "address-taken",
    ]


def test_what_one_account_removed_another_can_prove(
    door: Door, member: Member, second: Address, word: Word, outbox: Outbox
) -> None:
    bob = door.user("Bob")
    door.give(bob, word, secret=b"open")
    his = door.enter(word, "bob", {"word": "open"})
    assert addressing(door).add(his, "work@example.org") is None
    assert outbox.to("work@example.org")[-1].subject == IN_USE
    assert addressing(door).remove(member, second.id) is None
    assert addressing(door).resend(his, one(door, bob, "work@example.org").id) is None
    found = prove(door, outbox.to("work@example.org")[-1])
    assert isinstance(found, User)
    assert found.id == bob.id


def test_links_for_a_removed_address_are_void(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    """Also after the same address was claimed anew."""
    assert addressing(door).add(member, "work@example.org") is None
    (old,) = outbox.to("work@example.org")
    claimed = one(door, alice, "work@example.org")
    assert addressing(door).remove(member, claimed.id) is None
    assert reason(prove(door, old)) == "link-expired"
    assert addressing(door).add(member, "work@example.org") is None
    assert reason(prove(door, old)) == "link-expired"
    with door.runtime.store.read() as connection:
        assert len(connection.execute(select(links)).all()) == 1


# What holds a thief and a bomber up.


def test_what_was_typed_is_said_to_be_no_address(door: Door, member: Member, alice: User) -> None:
    denied = addressing(door).add(member, "nowhere")
    assert denied is not None
    assert (denied.reason, denied.field, denied.over) == ("address", "address", False)
    known = addressing(door).add(member, "ALICE@example.org")
    assert known is not None
    assert (known.reason, known.field) == ("address-known", "address")
    assert len(those_of(door, alice)) == 1


def test_there_is_a_cap(door: Door, member: Member, alice: User, outbox: Outbox) -> None:
    for number in range(1, MOST):
        assert addressing(door).add(member, f"a{number}@example.org") is None
    sent = len(outbox)
    denied = addressing(door).add(member, "one-more@example.org")
    assert denied is not None
    assert (denied.reason, denied.field) == ("too-many-addresses", "address")
    assert len(those_of(door, alice)) == MOST
    assert len(outbox) == sent


def test_an_account_cannot_bomb_strangers_with_mail(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """However many addresses it adds, removes and adds again: the budget is the account's."""
    door = open_door(word, generous=False, budgets__mail="3/hour")
    user = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    said = []
    for number in range(5):
        said.append(addressing(door).add(member, f"victim{number}@example.org"))
        for each in those_of(door, user):
            if not each.primary:
                addressing(door).remove(member, each.id)
    assert [one and one.reason for one in said] == [None] * 3 + ["mail-budget"] * 2
    assert len([mail for mail in outbox if mail.to.startswith("victim")]) == 3
    claimed = addressing(door)
    assert door.runtime.directory.get(user.id) is not None
    assert reason(claimed.add(member, "victim@example.org")) == "mail-budget"


def test_many_accounts_cannot_bomb_one_stranger(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """The address has a budget too; that it is used up shows to nobody."""
    door = open_door(word, generous=False, budgets__mail="2/hour")
    for name in ("ann", "ben", "cem"):
        user = door.user(name)
        door.give(user, word, secret=b"open")
        member = door.enter(word, name, {"word": "open"})
        assert addressing(door).add(member, "victim@example.org") is None
    assert len(outbox.to("victim@example.org")) == 2
    assert [event.reason for event in door.events.of("address.claimed")] == [
        None,
        None,
        "mail-budget",
    ]


def test_messages_that_were_asked_for_again_come_out_of_the_same_budget(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word, generous=False, budgets__mail="2/hour")
    user = door.alice(word)
    member = door.enter(word, "alice", {"word": "open"})
    assert addressing(door).add(member, "victim@example.org") is None
    claimed = one(door, user, "victim@example.org")
    assert addressing(door).resend(member, claimed.id) is None
    assert reason(addressing(door).resend(member, claimed.id)) == "mail-budget"
    assert len(outbox.to("victim@example.org")) == 2


def test_a_confirmed_address_is_not_asked_to_confirm_itself(
    door: Door, member: Member, second: Address
) -> None:
    assert reason(addressing(door).resend(member, second.id)) == "gone"


@pytest.mark.parametrize("limit", list(Limit))
def test_a_limited_session_changes_nothing(
    door: Door, alice: User, member: Member, second: Address, limit: Limit
) -> None:
    limited = replace(member, limit=limit)
    before = those_of(door, alice)
    changes = addressing(door)
    assert reason(changes.add(limited, "new@example.org")) == "limited"
    for act in (changes.resend, changes.make_primary, changes.remove):
        assert reason(act(limited, second.id)) == "limited"
    assert those_of(door, alice) == before


def test_a_session_that_was_ended_changes_nothing(
    door: Door, alice: User, member: Member, second: Address, outbox: Outbox
) -> None:
    """Whoever was thrown out a moment ago cannot finish what they had begun."""
    with door.runtime.store.write() as unit:
        door.runtime.sessions.end_all(unit, alice.id)
    before, sent = those_of(door, alice), len(outbox)
    assert reason(addressing(door).add(member, "thief@example.org")) == "expired"
    assert reason(addressing(door).make_primary(member, second.id)) == "expired"
    assert reason(addressing(door).remove(member, second.id)) == "expired"
    assert (those_of(door, alice), len(outbox)) == (before, sent)


def test_changes_at_once_leave_one_primary_address_that_is_confirmed(
    door: Door, alice: User, member: Member, second: Address
) -> None:
    """Preferred and removed at the same moment, one of the two wins."""
    first = one(door, alice, "alice@example.org")
    for _round in range(5):
        said = at_once(
            [
                lambda: addressing(door).make_primary(member, second.id),
                lambda: addressing(door).remove(member, second.id),
            ]
        )
        left = those_of(door, alice)
        assert len([each for each in left if each.primary]) == 1
        assert left[0].verified_at is not None
        assert None in said
        if len(left) == 1:
            assert left == (first,)
            break
        assert addressing(door).make_primary(member, first.id) is None


def test_adding_at_once_does_not_pass_the_cap(door: Door, alice: User, member: Member) -> None:
    for number in range(2, MOST):
        assert addressing(door).add(member, f"a{number}@example.org") is None
    said = at_once(
        [partial(addressing(door).add, member, f"last{n}@example.org") for n in range(4)]
    )
    assert said.count(None) == 1
    assert len(those_of(door, alice)) == MOST


def test_a_link_whose_address_goes_while_it_is_used_proves_nothing(
    door: Door, alice: User, member: Member, outbox: Outbox
) -> None:
    assert addressing(door).add(member, "work@example.org") is None
    (mail,) = outbox.to("work@example.org")
    claimed = one(door, alice, "work@example.org")
    said = at_once([lambda: prove(door, mail), lambda: addressing(door).remove(member, claimed.id)])
    assert said[1] is None
    assert isinstance(said[0], User) or reason(said[0]) == "link-expired"
    assert door.runtime.directory.named("work@example.org") is None
    assert [each.address for each in those_of(door, alice)] == ["alice@example.org"]


def test_the_account_that_went_meanwhile_has_no_addresses_to_change(
    door: Door, alice: User, member: Member
) -> None:
    """A session may be there for a moment longer."""
    with door.runtime.store.write() as unit:
        unit.execute(delete(users).where(users.c.id == alice.id))
    assert reason(addressing(door).add(member, "new@example.org")) == "expired"
