"""Registration, and the proof of an address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ostiary.contracts import (
    Assurance,
    Attempt,
    Enrolled,
    First,
    Kind,
    Purpose,
    Refused,
    Step,
    User,
)
from ostiary.signin import Denied, Registering, SignedIn, Visitor
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor as Browser

from .conftest import (
    BOTH,
    HAVE,
    KNOW,
    Counter,
    Door,
    Key,
    Open,
    Scripted,
    Word,
    at_once,
    form,
    reason,
    words,
)
from .test_adversaries import ANSWERS, Guard


def registering(door: Door) -> Registering:
    found = door.runtime.registering
    assert found is not None
    return found


def token(door: Door, visitor: Visitor) -> str:
    option = registering(door).option(visitor)
    assert option is not None
    return option.token


def register(door: Door, name: str = "New", mail: str = "new@example.org", **more: str) -> Any:
    visitor = door.visitor()
    typed = {"name": name, "address": mail, "word": "w", "code": "c", **more}
    return registering(door).register(visitor, token(door, visitor), typed, "/next")


def reasons(outcome: Any) -> list[str]:
    assert isinstance(outcome, tuple), outcome
    return [reason(denied) for denied in outcome]


def users(door: Door) -> int:
    assert door.runtime.accounts is not None
    return len(door.runtime.accounts.list())


def test_user_address_credential_and_session_come_together(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word)
    outcome = register(door)
    assert isinstance(outcome, SignedIn)
    assert outcome.next == "/next"
    user = door.runtime.directory.get(outcome.user_id)
    assert user == User(outcome.user_id, "New")  # No address before it is proved.
    member = door.member(outcome)
    (stored,) = door.runtime.signin.parts.credentials(user.id)
    assert [p.credential for p in member.proofs] == [stored.credential.id]
    assert [e.type for e in door.events.all] == [
        "user.registered",
        "address.claimed",
        "sign-in.done",
    ]
    assert door.events.of("user.registered")[0].personal == {"login"}
    (mail,) = outbox.to("new@example.org")
    assert "verify-address" in mail.link
    assert isinstance(door.first(door.visitor(), word, "new", {"word": "w"}), SignedIn)
    assert reason(door.first(door.visitor(), word, "new@example.org", {"word": "w"})) == "wrong"


def test_the_id_is_reserved_in_the_form_and_known_to_the_factor(open_door: Open) -> None:
    """A passkey keeps the user's handle before there is a row."""
    seen: list[Step] = []

    def enrol(step: Step) -> Any:
        seen.append(step)
        return form("code", state={"id": step.user.id if step.user else None})

    def finish(step: Step, _answer: Any) -> Any:
        seen.append(step)
        return Enrolled(label=words("Made"))

    factor = Scripted(first=First.AFTER_NAME, second=False, enrol=enrol, finish=finish)
    door = open_door(factor)
    outcome = register(door)
    assert isinstance(outcome, SignedIn)
    first, second = seen
    assert first.user is not None
    assert second.user is not None
    assert first.user.id == second.user.id == second.state["id"] == outcome.user_id
    assert (first.user.login, second.user.login) == ("", "New")


def test_everything_that_is_wrong_is_said_at_its_field(open_door: Open, word: Word) -> None:
    door = open_door(word)
    visitor = door.visitor()
    denied = registering(door).register(visitor, token(door, visitor), {"name": "a b"}, "")
    assert isinstance(denied, tuple)
    assert [(d.field, d.status) for d in denied] == [
        ("name", 400),
        ("address", 400),
        ("word", 400),
    ]
    assert reasons(register(door, word="bad")) == ["wrong-answer"]
    assert users(door) == 0


def test_a_taken_name_is_said_and_costs_the_form_nothing(open_door: Open, word: Word) -> None:
    door = open_door(word)
    door.user("Taken")
    visitor = door.visitor()
    sealed = token(door, visitor)
    typed = {"name": "TAKEN", "address": "new@example.org", "word": "w"}
    denied = registering(door).register(visitor, sealed, typed, "")
    assert reasons(denied) == ["name-taken"]
    assert door.events.all == []
    again = registering(door).register(visitor, sealed, {**typed, "name": "free"}, "")
    assert isinstance(again, SignedIn)
    used = registering(door).register(visitor, sealed, {**typed, "name": "other"}, "")
    assert reasons(used) == ["expired"]


def test_a_taken_address_looks_the_same_and_its_owner_is_told(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word)
    door.alice(word)
    free = register(door, "one", "free@example.org")
    taken = register(door, "two", "ALICE@example.org")
    for outcome in (free, taken):
        assert isinstance(outcome, SignedIn)
    assert (free.next, free.notice) == (taken.next, taken.notice)
    one, two = (door.runtime.directory.named(name) for name in ("one", "two"))
    assert one is not None
    assert two is not None
    assert (one.address, two.address) == (None, None)
    (first,), (second,) = outbox.to("free@example.org"), outbox.to("alice@example.org")
    assert "verify-address" in first.link
    assert not any("verify-address" in link for link in second.links)
    assert first.subject != second.subject
    kinds = [e.type for e in door.events.all]
    assert kinds[:3] == kinds[3:]


def test_of_two_at_once_one_gets_the_name(open_door: Open, word: Word) -> None:
    door = open_door(word)
    visitors = [door.visitor() for _ in range(8)]
    sealed = [token(door, visitor) for visitor in visitors]
    typed = {"name": "Same", "address": "same@example.org", "word": "w"}
    outcomes = at_once(
        [
            lambda v=v, t=t: registering(door).register(v, t, typed, "")  # type: ignore[misc]
            for v, t in zip(visitors, sealed, strict=True)
        ]
    )
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert {tuple(reasons(o)) for o in outcomes if isinstance(o, tuple)} == {("name-taken",)}
    assert (users(door), door.sessions) == (1, 1)


def test_one_form_makes_one_account(open_door: Open, word: Word) -> None:
    door = open_door(word)
    visitor = door.visitor()
    sealed = token(door, visitor)

    def act(number: int) -> Any:
        typed = {"name": f"n{number}", "address": f"n{number}@example.org", "word": "w"}
        return registering(door).register(visitor, sealed, typed, "")

    outcomes = at_once([lambda n=n: act(n) for n in range(8)])  # type: ignore[misc]
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert {tuple(reasons(o)) for o in outcomes if isinstance(o, tuple)} == {("expired",)}
    assert users(door) == 1


def test_a_form_of_another_browser_or_age_is_refused(open_door: Open, word: Word) -> None:
    door = open_door(word)
    visitor = door.visitor()
    sealed = token(door, visitor)
    typed = {"name": "New", "address": "new@example.org", "word": "w"}
    for spoilt in ("", "x", sealed[:-2]):
        assert reasons(registering(door).register(visitor, spoilt, typed, "")) == ["expired"]
    other = registering(door).register(door.visitor(), sealed, typed, "")
    assert reasons(other) == ["expired"]
    door.clock.advance(door.runtime.settings.challenge_lifetime)
    assert reasons(registering(door).register(visitor, sealed, typed, "")) == ["expired"]


def test_registrations_of_one_client_are_limited(open_door: Open, word: Word) -> None:
    door = open_door(word, budgets__registration="2/hour")
    visitor = door.visitor()
    found = [
        registering(door).register(
            visitor,
            token(door, visitor),
            {"name": f"n{n}", "address": f"n{n}@example.org", "word": "w"},
            "",
        )
        for n in range(3)
    ]
    assert reasons(found[2]) == ["budget"]
    (refused,) = [e for e in door.events.of("user.registered") if e.reason]
    assert (refused.reason, refused.subject, dict(refused.details)) == ("budget", None, {})


def test_an_address_is_not_flooded_by_registrations(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """However it is spelled and from wherever; whoever registers sees no difference."""
    door = open_door(word, budgets__mail="2/hour")
    spellings = ["new@example.org", "NEW@example.org", "New@Example.ORG", "new@example.org"]
    outcomes = [register(door, f"n{n}", mail) for n, mail in enumerate(spellings)]
    assert all(isinstance(outcome, SignedIn) for outcome in outcomes)
    assert users(door) == 4
    assert sum(len(outbox.to(spelling)) for spelling in ("new@example.org", "NEW@example.org")) == 2
    claimed = door.events.of("address.claimed")
    assert [event.reason for event in claimed] == [None, None, "mail-budget", "mail-budget"]
    # Nor is whoever owns it by that; other addresses, and a later hour, are as before.
    assert isinstance(register(door, "other", "other@example.org"), SignedIn)
    assert len(outbox.to("other@example.org")) == 1
    door.clock.advance(timedelta(hours=1))
    assert isinstance(register(door, "late"), SignedIn)
    assert door.events.of("address.claimed")[-1].reason is None


def test_the_owner_of_an_address_is_told_a_few_times_only(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word, budgets__mail="2/hour")
    door.alice(word)
    for number in range(4):
        assert isinstance(register(door, f"n{number}", "alice@example.org"), SignedIn)
    assert len(outbox.to("alice@example.org")) == 2


def test_an_address_is_not_flooded_by_asking_again(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    """By several accounts, each within its own budget; the page says what it always says."""
    door = open_door(word, budgets__mail="3/hour")
    texts = []
    for number in range(2):
        browser = Browser(door.runtime)
        browser.get("/register")
        browser.submit(name=f"n{number}", address="new@example.org", word="w")
        browser.get("/account")
        browser.submit()
        texts.append(browser.text)
    assert len(outbox.to("new@example.org")) == 3
    assert texts[0].replace("n0", "n1") == texts[1]


@pytest.mark.parametrize("adversary", ["Exception", "True", "None", "coroutine", "huge"])
def test_a_factor_that_fails_makes_no_account(open_door: Open, adversary: str) -> None:
    answer, expected = ANSWERS[adversary]
    broken = Scripted(first=First.AFTER_NAME, enrol=lambda _s: form("code"), finish=answer)
    door = open_door(broken)
    assert reasons(register(door)) == [expected]
    assert (users(door), door.sessions) == (0, 0)
    assert [e.reason for e in door.events.of("user.registered")] == [expected]


def test_a_further_question_is_no_answer_to_a_registration(open_door: Open) -> None:
    asking = Scripted(
        first=First.AFTER_NAME, enrol=lambda _s: form("code"), finish=lambda *_: form("more")
    )
    door = open_door(asking)
    assert reasons(register(door)) == ["plugin-answer"]
    assert users(door) == 0


def test_the_form_is_that_of_the_first_factor_that_has_one(
    open_door: Open, word: Word, key: Key, counter: Counter
) -> None:
    broken = Scripted("broken", first=First.AFTER_NAME, enrol=lambda _s: None)
    sending = Scripted("sending", first=First.AFTER_NAME, enrol=lambda _s: form("c", send=print))
    door = open_door(counter, broken, sending, key, word)
    option = registering(door).option(door.visitor())
    assert option is not None
    assert option.factor == "word"
    alone = open_door(counter, key)
    assert registering(alone).option(alone.visitor()) is None


def test_a_key_that_is_known_already_makes_no_account(open_door: Open) -> None:
    factor = Scripted(
        first=First.FINDS_USER,
        second=False,
        enrol=lambda _s: form("code"),
        finish=lambda _s, given: Enrolled(label=words("Key"), lookup=given["code"]),
    )
    door = open_door(factor)
    door.give(door.user("Alice"), factor, lookup="c")
    assert reasons(register(door)) == ["enrolled"]
    assert users(door) == 1


def test_an_account_is_not_made_without_a_way_in(open_door: Open) -> None:
    factor = Scripted(
        first=First.FINDS_USER,
        enrol=lambda _s: form("code"),
        finish=lambda *_: Enrolled(label=words("Key"), first=False),
    )
    door = open_door(factor)
    assert reasons(register(door)) == ["plugin-answer"]
    assert users(door) == 0


def test_a_first_factor_that_proves_two_kinds_says_which(open_door: Open) -> None:
    factor = Scripted(
        strength=BOTH,
        first=First.FINDS_USER,
        enrol=lambda _s: form("code"),
        finish=lambda *_: Enrolled(label=words("Key"), strength=HAVE),
    )
    door = open_door(factor)
    member = door.member(register(door))
    assert member.proofs[0].strength.kinds == {Kind.HAVE}
    assert KNOW.kinds.isdisjoint(member.proofs[0].strength.kinds)


def test_guards_are_asked_about_new_accounts_too(open_door: Open) -> None:
    said: list[Any] = [Refused("no-bots", words("No."))]
    seen: list[Attempt] = []

    def attempt(about: Attempt) -> Any:
        seen.append(about)
        return said[0]

    word, guard = Word(), Guard(attempt)
    door = open_door(word, plugin_of(sign_in_guards=[guard]))
    assert reasons(register(door)) == ["no-bots"]
    assert seen[0].purpose is Purpose.ENROL
    said[0] = Assurance(proofs=2)
    assert reasons(register(door)) == ["factor-unavailable"]
    assert (users(door), door.sessions) == (0, 0)
    guard.attempt = None
    guard.chosen = lambda *_: Refused("breached", words("Known to thieves."))
    (denied,) = register(door)
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.field) == ("breached", "word")
    assert users(door) == 0


def test_a_registration_that_fails_leaves_nothing_but_its_failed_events(
    open_door: Open, word: Word, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = open_door(word)

    def broken(*_told: object, **_known: object) -> None:
        raise OSError

    monkeypatch.setattr(type(door.runtime.sessions), "open", broken)
    with pytest.raises(OSError):  # noqa: PT011 - it is the test's own
        register(door)
    assert (users(door), door.sessions) == (0, 0)
    outcomes = {(e.type, e.outcome.value) for e in door.events.all}
    assert outcomes == {("user.registered", "failed"), ("address.claimed", "failed")}


# Addresses.


def _link(outbox: Outbox, to: str) -> str:
    return outbox.to(to)[-1].link.partition("token=")[2]


def test_a_link_proves_the_address_once(open_door: Open, word: Word, outbox: Outbox) -> None:
    door = open_door(word)
    signed_in = register(door)
    link = _link(outbox, "new@example.org")
    claimed = registering(door).claimed_by(link)
    assert claimed is not None
    assert (claimed[0].id, claimed[1]) == (signed_in.user_id, "new@example.org")
    verified = registering(door).verify(door.visitor(), link)
    assert isinstance(verified, User)
    assert verified.id == signed_in.user_id
    assert door.runtime.directory.named("new@example.org") is not None
    assert reason(registering(door).verify(door.visitor(), link)) == "link-expired"
    assert reason(registering(door).verify(door.visitor(), "x")) == "link-expired"
    assert registering(door).claimed_by(link) is None
    (event,) = door.events.of("address.verified")
    assert (event.subject, event.details) == (signed_in.user_id, {"address": "new@example.org"})


def test_a_link_grows_old(open_door: Open, word: Word, outbox: Outbox) -> None:
    door = open_door(word)
    register(door)
    link = _link(outbox, "new@example.org")
    door.clock.advance(door.runtime.settings.link_lifetime)
    assert reason(registering(door).verify(door.visitor(), link)) == "link-expired"


def test_of_two_who_prove_one_address_at_once_one_has_it(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word)
    first, second = register(door, "one"), register(door, "two")
    links = [m.link.partition("token=")[2] for m in outbox.to("new@example.org")]
    outcomes = at_once(
        [lambda t=t: registering(door).verify(door.visitor(), t) for t in links]  # type: ignore[misc]
    )
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Denied", "User"]
    assert [reason(o) for o in outcomes if isinstance(o, Denied)] == ["address-taken"]
    owner = door.runtime.directory.named("new@example.org")
    assert owner is not None
    assert owner.id in {first.user_id, second.user_id}
    refused = [e for e in door.events.of("address.verified") if e.reason]
    assert [e.reason for e in refused] == ["address-taken"]


def test_one_link_used_by_many_at_once_works_once(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word)
    register(door)
    link = _link(outbox, "new@example.org")
    outcomes = at_once([lambda: registering(door).verify(door.visitor(), link)] * 8)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert {reason(o) for o in outcomes if isinstance(o, Denied)} == {"link-expired"}


def test_a_link_of_an_account_or_address_that_is_gone_is_worth_nothing(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    door = open_door(word)
    outcome = register(door)
    links, store = registering(door).links, door.runtime.store
    with store.write() as unit:
        for_nobody = links.make(unit, "verify-address", "gone", None, door.clock())
        without = links.make(unit, "verify-address", outcome.user_id, None, door.clock())
        other = links.make(unit, "reset", outcome.user_id, None, door.clock())
    for link in (for_nobody, without, other):
        assert registering(door).claimed_by(link) is None
        assert reason(registering(door).verify(door.visitor(), link)) == "link-expired"
