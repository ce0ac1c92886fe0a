"""Resetting by mail: a link for what was lost, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy import event as sa_event

from ostiary.accounts import Limit
from ostiary.contracts import (
    Assurance,
    Attempt,
    Enrolled,
    First,
    Mail,
    Pending,
    Refused,
    SignInGuard,
    User,
    Verified,
    Wait,
)
from ostiary.signin import Asked, AtOnce, Denied, Further, SignedIn, Visitor, Waiting
from ostiary.signin.replacing import Replacing
from ostiary.signin.resetting import Resetting
from ostiary.store.tables import addresses, credentials, links, users
from ostiary.store.tables import outbox as letters
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import (
    BOTH,
    KNOW,
    Counter,
    Door,
    Open,
    Scratch,
    Scripted,
    Word,
    at_once,
    form,
    host_of,
    reason,
    words,
)


@pytest.fixture
def lost() -> Word:
    """A word that can be reset by mail."""
    return Word(reset_by_mail=True, ends_sessions=True)


def resetting(door: Door) -> Resetting:
    return door.runtime.resetting


def replacing(door: Door) -> Replacing:
    return door.runtime.signin.replacing


def link(door: Door, outbox: Outbox, name: str = "alice", to: str = "alice@example.org") -> str:
    """Ask, and read the mail: the token of the link."""
    assert resetting(door).ask(door.visitor(), "word", name) is None
    return token_of(outbox.to(to)[-1].link)


def token_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["token"][0]


def used(door: Door, token: str) -> tuple[Visitor, Further]:
    """A browser that opened the link and went on."""
    visitor = door.visitor()
    outcome = resetting(door).use(visitor, token)
    assert isinstance(outcome, Further), outcome
    return replace(visitor, flow=outcome.flow), outcome


def last_page(door: Door, visitor: Visitor) -> Asked:
    """What the last page asks."""
    begun = replacing(door).begin(visitor)
    assert isinstance(begun, tuple), begun
    assert isinstance(begun[1], Asked)
    return begun[1]


def renew(door: Door, visitor: Visitor, new: str = "sesame") -> Any:
    """The last page, filled in."""
    return replacing(door).finish(visitor, last_page(door, visitor).handle, {"word": new})


def test_the_second_factor_is_asked_for_and_then_a_new_first_one(
    open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    door = open_door(lost, counter)
    user = door.alice(lost, counter)
    old = door.enter_both(lost, counter)
    visitor, outcome = used(door, link(door, outbox))
    assert not outcome.renew
    assert replacing(door).begin(visitor) == Further(visitor.flow or "")
    proved = door.further(visitor, counter, {"number": "2"})
    assert proved == Further(visitor.flow or "", renew=True)
    assert door.sessions == 1  # The old one: none was opened yet.
    done = renew(door, visitor)
    assert isinstance(done, SignedIn)
    assert door.sessions == 1
    with door.runtime.store.read() as connection:
        ended = door.runtime.sessions.by_hash(connection, old.session_hash, door.clock())
    assert ended is None
    kinds = [e.type for e in door.events.all if e.type.startswith("reset.")]
    assert kinds == ["reset.asked", "reset.begun", "reset.done"]
    assert door.events.of("sign-in.done")[-1].subject == user.id
    assert "How you sign in was reset" in {
        m.subject.partition(":")[0] for m in outbox.to("alice@example.org")
    }


def test_without_a_second_factor_the_link_is_enough(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """As much as the word itself was; afterwards the old word opens nothing."""
    door = open_door(lost)
    door.alice(lost)
    visitor, outcome = used(door, link(door, outbox))
    assert outcome.renew
    assert isinstance(renew(door, visitor), SignedIn)
    assert reason(door.first(door.visitor(), lost, "alice", {"word": "open"})) == "wrong"
    assert isinstance(door.first(door.visitor(), lost, "alice", {"word": "sesame"}), SignedIn)


def test_a_link_is_used_once_and_voids_the_others(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """Of many that use it at once, one does; looking at it changes nothing."""
    door = open_door(lost)
    user = door.alice(lost)
    first, second = link(door, outbox), link(door, outbox)
    assert first != second
    for token in (first, second, second):
        lapse = resetting(door).linked(token)
        assert lapse is not None
        assert (lapse.user, lapse.factor) == (user, lost)
    outcomes = at_once([lambda: resetting(door).use(door.visitor(), second)] * 6)
    assert sum(isinstance(outcome, Further) for outcome in outcomes) == 1
    assert {reason(o) for o in outcomes if isinstance(o, Denied)} == {"link-expired"}
    for token in (first, second, "", "x" * 43):
        assert resetting(door).linked(token) is None
        assert reason(resetting(door).use(door.visitor(), token)) == "link-expired"


def test_a_link_grows_old(open_door: Open, lost: Word, outbox: Outbox) -> None:
    door = open_door(lost)
    door.alice(lost)
    token = link(door, outbox)
    door.clock.advance(door.runtime.settings.link_lifetime)
    assert resetting(door).linked(token) is None
    assert reason(resetting(door).use(door.visitor(), token)) == "link-expired"


def test_a_link_is_void_once_what_it_was_for_is_another(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """The word was changed, the mailbox was changed, or there is no word any more."""
    door = open_door(lost)
    user = door.alice(lost)
    token = link(door, outbox)
    door.give(user, lost, secret=b"another")
    assert resetting(door).linked(token) is None

    token = link(door, outbox)
    with door.runtime.store.write() as unit:
        unit.execute(update(addresses).values(address="new@example.org"))
    assert resetting(door).linked(token) is None

    token = link(door, outbox, to="new@example.org")
    with door.runtime.store.write() as unit:
        unit.execute(delete(credentials))
    assert resetting(door).linked(token) is None
    with door.runtime.store.write() as unit:
        unit.execute(delete(addresses))
        unit.execute(delete(users))
    assert resetting(door).linked(token) is None


def test_a_reset_under_way_is_void_once_its_owner_changed_the_word(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """Then it was not lost; the new one stays."""
    door = open_door(lost)
    user = door.alice(lost)
    visitor, _further = used(door, link(door, outbox))
    asked = last_page(door, visitor)
    door.clock.advance(timedelta(seconds=1))
    door.give(user, lost, secret=b"changed")
    answer = {"word": "thief"}
    assert reason(replacing(door).finish(visitor, asked.handle, answer)) == "changed"
    assert isinstance(door.first(door.visitor(), lost, "alice", {"word": "changed"}), SignedIn)


def test_of_two_who_finish_at_once_one_does(open_door: Open, lost: Word, outbox: Outbox) -> None:
    door = open_door(lost)
    door.alice(lost)
    visitor, _further = used(door, link(door, outbox))
    asked = last_page(door, visitor)
    outcomes = at_once(
        [
            lambda n=n: replacing(door).finish(visitor, asked.handle, {"word": f"w{n}"})  # type: ignore[misc]
            for n in range(5)
        ]
    )
    assert sum(isinstance(outcome, SignedIn) for outcome in outcomes) == 1
    assert {reason(o) for o in outcomes if isinstance(o, Denied)} <= {
        "changed",
        "expired",
        "no-tries-left",
    }
    assert door.sessions == 1


def test_the_last_page_opens_nothing_before_all_is_proved(
    open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    """Straight to it, with a made-up challenge, by the button, or with a flow of another kind."""
    door = open_door(lost, counter)
    door.alice(lost, counter)
    visitor, _further = used(door, link(door, outbox))
    further = Further(visitor.flow or "")
    assert replacing(door).begin(visitor) == further
    assert replacing(door).finish(visitor, "x" * 43, {"word": "new"}) == further
    assert replacing(door).at_once(visitor) == further
    assert not replacing(door).is_ready(visitor)
    assert door.sessions == 0
    # A sign-in whose word was right is no reset; nor is no flow at all.
    begun = door.begun(door.visitor(), lost)
    for other in (begun, door.visitor(), replace(door.visitor(), flow=visitor.flow)):
        assert reason(replacing(door).begin(other)) == "expired"
        assert reason(replacing(door).finish(other, "x" * 43, {"word": "new"})) == "expired"
        assert reason(replacing(door).at_once(other)) == "expired"


def test_a_second_link_is_no_second_proof(open_door: Open, lost: Word, outbox: Outbox) -> None:
    """Neither for the same factor nor for a second one that can be reset by mail as well."""
    pin = Counter("pin", reset_by_mail=True)
    door = open_door(lost, pin)
    door.alice(lost, pin)
    visitor, _further = used(door, link(door, outbox))
    assert resetting(door).ask(door.visitor(), "pin", "alice") is None
    token = token_of(outbox.to("alice@example.org")[-1].link)
    again = resetting(door).use(visitor, token)
    assert isinstance(again, Further)
    assert not again.renew
    # It is a flow of its own, and the word is asked for: the other one's link does not count.
    other = replace(visitor, flow=again.flow)
    assert door.asked(other).factor == "word"
    assert replacing(door).begin(visitor) == Further(visitor.flow or "")


def test_a_link_never_stands_for_two_kinds(open_door: Open, outbox: Outbox) -> None:
    """Not even for a factor that proves both."""
    card = Word("word", reset_by_mail=True)
    card.properties = replace(card.properties, strength=BOTH, second=True)
    counter = Counter()
    door = open_door(card, counter)
    user = door.user("Alice", "alice@example.org")
    door.give(user, card, secret=b"open", strength=BOTH)
    door.give(user, counter)
    _visitor, outcome = used(door, link(door, outbox))
    assert not outcome.renew


@pytest.mark.parametrize("later", [False, True])
def test_nothing_mailed_counts_beside_the_link(
    later: bool, open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    """It would come to the same mailbox, be it at once or as a further question."""
    mailed = form("code", mail=Mail(words("Code"), ()))
    steps: dict[str, Any] = {"answer": lambda step, _a: Verified(credential=step.credentials[0])}
    if later:
        steps["answer"] = lambda _step, _answer: mailed
    else:
        steps["begin"] = lambda _step: mailed
    post = Scripted("post", **steps)
    door = open_door(lost, counter, post)
    door.alice(lost, counter, post)
    visitor, _further = used(door, link(door, outbox))
    before = len(outbox.to("alice@example.org"))
    if later:
        outcome = door.further(visitor, post, {"code": "x"})
    else:
        outcome = door.question(visitor, post).asked  # type: ignore[assignment]
    assert reason(outcome) == "same-mailbox"
    assert len(outbox.to("alice@example.org")) == before
    assert isinstance(door.further(visitor, counter, {"number": "2"}), Further)
    # At an ordinary sign-in it counts.
    assert not isinstance(door.question(door.begun(door.visitor(), lost), post).asked, Denied)


def test_a_recovery_code_beside_the_link_limits_what_comes_of_it(
    open_door: Open, lost: Word, counter: Counter, scratch: Scratch, outbox: Outbox
) -> None:
    door = open_door(lost, counter, scratch)
    user = door.user("Alice", "alice@example.org")
    door.give(user, lost, secret=b"open")
    door.give(user, counter)
    door.give(user, scratch, secret=b'["r1"]')
    visitor, _further = used(door, link(door, outbox))
    assert door.further(visitor, scratch, {"code": "r1"}) == Further(visitor.flow or "", renew=True)
    done = renew(door, visitor)
    assert isinstance(done, SignedIn)
    assert done.limit is Limit.RECOVERY


def test_a_second_factor_that_is_away_is_asked_for_all_the_same(
    open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    """And cannot be given: a refusal in words, and the link stays good for when it is back."""
    door = open_door(lost, counter)
    user = door.alice(lost, counter)
    token = link(door, outbox)
    away = open_door(lost)
    assert reason(resetting(away).use(away.visitor(), token)) == "factor-unavailable"
    (refused,) = away.events.of("reset.refused")
    assert (refused.subject, refused.reason) == (user.id, "factor-unavailable")
    assert isinstance(resetting(door).use(door.visitor(), token), Further)


# Who asks learns nothing.


def nobodies(door: Door, lost: Word) -> None:
    """Accounts to which nothing is mailed, each for a reason of its own."""
    door.give(door.user("Mute"), lost, secret=b"open")
    door.give(door.user("Shut", "shut@example.org", active=False), lost, secret=b"open")
    # Of a plugin that is away, and yet a way in of its own: mail adds none beside it.
    door.give(door.user("Bare", "bare@example.org"), Counter(), secret=b"0")


def test_the_same_is_said_and_done_whoever_is_named(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """The same statements reach the database, in the same order; one name alone gets mail."""
    door = open_door(lost)
    user = door.alice(lost)
    nobodies(door, lost)
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        # Taken back or kept, which is as short.
        ends = statement.startswith(("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT"))
        statements.append("SAVEPOINT ends" if ends else statement)

    sa_event.listen(door.runtime.store.engine, "before_cursor_execute", note)
    seen: dict[bool, dict[str, tuple[str, ...]]] = {}
    answers: dict[str, object] = {}
    for name in ("alice", "nobody", "mute", "shut", "bare", "alice@example.org", "no@example.org"):
        statements.clear()
        answers[name] = resetting(door).ask(door.visitor(), "word", name)
        kind = "@" in name
        seen.setdefault(kind, {})[name] = tuple(statements)
    assert set(answers.values()) == {None}
    for alike in seen.values():
        assert len(set(alike.values())) == 1, alike
    assert {mail.to for mail in outbox} == {"alice@example.org"}
    assert len(outbox) == 2
    found = [(e.subject, e.reason) for e in door.events.of("reset.asked")]
    assert found[0] == (user.id, None)
    assert [why for _who, why in found] == [
        None,
        "no-user",
        "no-address",
        "inactive",
        "no-credential",
        None,
        "no-user",
    ]


def test_an_account_without_any_factor_begins_with_one(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """As the users of a host have none at first; once there is another, the link is void."""
    door = open_door(lost)
    user = door.user("Alice", "alice@example.org")
    token = link(door, outbox)
    linked = resetting(door).linked(token)
    assert linked is not None
    assert linked.user.id == user.id
    door.give(user, Counter(), secret=b"0")
    assert resetting(door).linked(token) is None


def test_nothing_is_left_of_what_went_nowhere(open_door: Open, lost: Word) -> None:
    """No row of a link, no letter in the outbox."""
    door = open_door(lost)
    nobodies(door, lost)
    for name in ("nobody", "mute", "shut", "bare"):
        assert resetting(door).ask(door.visitor(), "word", name) is None
    with door.runtime.store.read() as connection:
        for table in (links, letters):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0


def test_a_mailbox_is_not_flooded_and_nobody_is_told(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """However the account is named and from wherever; the links that were mailed stay good."""
    door = open_door(lost, budgets__mail="2/hour")
    door.alice(lost)
    for name in ("alice", "ALICE", "alice@example.org", "alice@EXAMPLE.org", "nobody"):
        assert resetting(door).ask(door.visitor(), "word", name) is None
    mails = outbox.to("alice@example.org")
    assert len(mails) == 2
    assert [e.reason for e in door.events.of("reset.asked")][2:4] == ["mail-budget"] * 2
    assert isinstance(resetting(door).use(door.visitor(), token_of(mails[0].link)), Further)


def test_one_client_asks_so_often_and_is_told(open_door: Open, lost: Word) -> None:
    """It says nothing of any account."""
    door = open_door(lost, budgets__client="2/hour")
    visitor = door.visitor()
    said = [resetting(door).ask(visitor, "word", f"n{n}") for n in range(3)]
    assert said[:2] == [None, None]
    assert reason(said[2]) == "budget"


def test_what_cannot_be_asked_is_refused(open_door: Open, lost: Word, counter: Counter) -> None:
    """No name, or a factor that nobody resets by mail; where there is none, none is offered."""
    directory, host = host_of("alice")
    door = open_door(lost, counter, host)
    assert reason(resetting(door).ask(door.visitor(), "word", "  ")) == "empty"
    assert reason(resetting(door).ask(door.visitor(), "counter", "alice")) == "expired"
    directory.fault = RuntimeError()
    assert reason(resetting(door).ask(door.visitor(), "word", "alice")) == "plugin-error"
    assert resetting(door).offered == (lost,)


def test_a_host_with_its_own_users_resets_by_its_directory(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    directory, host = host_of("alice")
    directory.users["alice"] = replace(directory.users["alice"], address="alice@example.org")
    door = open_door(lost, host)
    door.give(directory.users["alice"], lost, secret=b"open")
    visitor, _further = used(door, link(door, outbox))
    assert isinstance(renew(door, visitor), SignedIn)


# What a factor and a guard can say at the end.


def test_an_account_that_is_shut_meanwhile_stays_shut(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    door = open_door(lost)
    user = door.alice(lost)
    visitor, _further = used(door, link(door, outbox))
    token = link(door, outbox)
    asked = last_page(door, visitor)
    assert door.runtime.accounts is not None
    with door.runtime.store.write() as unit:
        door.runtime.accounts.set_disabled(unit, user.id, disabled=True)
    assert reason(replacing(door).finish(visitor, asked.handle, {"word": "new"})) == "inactive"
    assert reason(resetting(door).use(door.visitor(), token)) == "inactive"
    assert door.sessions == 0


class Guard(SignInGuard):
    """Says what the test tells it."""

    name = "guard"

    def __init__(self) -> None:
        self.attempt: Any = None
        self.chosen: list[tuple[str, str]] = []

    def check_attempt(self, attempt: Attempt, /) -> Any:
        return self.attempt

    def check_chosen(self, user: User, factor: str, secret: str, /) -> Refused | None:
        self.chosen.append((factor, secret))
        return Refused("breached", words("Everybody knows it.")) if secret == "sesame" else None


def test_guards_are_asked_about_the_secret_and_the_session(
    open_door: Open, lost: Word, counter: Counter, outbox: Outbox
) -> None:
    """A refusal leaves the old word; one that asks for more leads to it, and back."""
    guard = Guard()
    door = open_door(lost, counter, plugin_of(sign_in_guards=[guard]))
    user = door.user("Alice", "alice@example.org")
    door.give(user, lost, secret=b"open")
    visitor, _further = used(door, link(door, outbox))
    assert reason(renew(door, visitor)) == "breached"
    assert guard.chosen == [("word", "sesame")]
    guard.attempt = Refused("not-now", words("Not now."))
    assert reason(renew(door, visitor, "other")) == "not-now"
    guard.attempt = None
    door.give(user, counter)
    assert renewed_by(door, visitor, counter)


def renewed_by(door: Door, visitor: Visitor, counter: Counter) -> bool:
    """A factor was added meanwhile: it is asked for before the last page."""
    assert replacing(door).begin(visitor) == Further(visitor.flow or "")
    assert door.further(visitor, counter, {"number": "3"}) == Further(
        visitor.flow or "", renew=True
    )
    return isinstance(renew(door, visitor, "other"), SignedIn)


def test_a_guard_that_asks_for_more_at_the_end_gets_it(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    """It is asked for once the new word is in, which is not kept until the proof is."""
    aside, guard = Counter(second=False), Guard()
    door = open_door(lost, aside, plugin_of(sign_in_guards=[guard]))
    user = door.alice(lost, aside)
    visitor, outcome = used(door, link(door, outbox))
    assert outcome.renew
    guard.attempt = Assurance(proofs=2)
    assert renew(door, visitor, "other") == Further(visitor.flow or "")
    assert not door.events.of("reset.done")
    assert replacing(door).begin(visitor) == Further(visitor.flow or "")
    assert door.further(visitor, aside, {"number": "3"}) == Further(visitor.flow or "", renew=True)
    done = renew(door, visitor, "other")
    assert isinstance(done, SignedIn)
    assert done.user_id == user.id
    assert len(door.member(done).proofs) == 2


def test_what_the_factor_refuses_or_breaks_opens_nothing(
    open_door: Open, lost: Word, outbox: Outbox
) -> None:
    door = open_door(lost)
    door.alice(lost)
    visitor, _further = used(door, link(door, outbox))
    assert reason(renew(door, visitor, "bad")) == "wrong-answer"
    asked = last_page(door, visitor)
    assert reason(replacing(door).finish(visitor, asked.handle, {"word": ""})) == "empty"
    assert reason(replacing(door).finish(visitor, "x" * 43, {"word": "new"})) == "expired"
    for _ in range(4):
        renew(door, visitor, "bad")
    assert reason(replacing(door).finish(visitor, asked.handle, {"word": "new"})) == "no-tries-left"
    assert door.sessions == 0


def scripted(**steps: Any) -> Scripted:
    """A first factor that can be reset, with these steps of enrolment."""
    return Scripted(
        "word",
        KNOW,
        first=First.AFTER_NAME,
        second=False,
        reset_by_mail=True,
        **steps,
    )


def at_the_end(door: Door, factor: Scripted, outbox: Outbox) -> Visitor:
    door.give(door.user("Alice", "alice@example.org"), factor)
    return used(door, link(door, outbox))[0]


def test_a_factor_may_ask_nothing_or_ask_twice(open_door: Open, outbox: Outbox) -> None:
    silent = scripted(enrol=lambda _step: Enrolled(label=words("Word")))
    door = open_door(silent)
    visitor = at_the_end(door, silent, outbox)
    _ready, question = replacing(door).begin(visitor)  # type: ignore[misc]
    assert isinstance(question, AtOnce)
    assert isinstance(replacing(door).at_once(visitor), SignedIn)


def test_a_further_question_takes_the_place_of_the_first(open_door: Open, outbox: Outbox) -> None:
    said: list[Any] = [form("code"), Enrolled(label=words("Word"))]
    twice = scripted(enrol=lambda _step: form("code"), finish=lambda _s, _a: said.pop(0))
    door = open_door(twice)
    visitor = at_the_end(door, twice, outbox)
    assert reason(replacing(door).at_once(visitor)) == "expired"
    first = last_page(door, visitor)
    again = replacing(door).finish(visitor, first.handle, {"code": "1"})
    assert again == Further(visitor.flow or "", renew=True)
    assert reason(replacing(door).finish(visitor, first.handle, {"code": "1"})) == "expired"
    second = last_page(door, visitor)
    assert isinstance(replacing(door).finish(visitor, second.handle, {"code": "2"}), SignedIn)


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ({"enrol": lambda _step: 1 / 0}, "plugin-error"),
        ({"enrol": lambda _step: Refused("not-today", words("Not today."))}, "not-today"),
    ],
)
def test_a_factor_that_cannot_begin_is_a_refusal(
    steps: Any, found: str, open_door: Open, outbox: Outbox
) -> None:
    broken = scripted(**steps)
    door = open_door(broken)
    visitor = at_the_end(door, broken, outbox)
    assert reason(replacing(door).begin(visitor)) == found
    assert reason(replacing(door).at_once(visitor)) == found


def test_a_factor_that_breaks_at_the_end_changes_nothing(open_door: Open, outbox: Outbox) -> None:
    said: list[Any] = []
    broken = scripted(
        enrol=lambda _step: Wait(text=words("Wait")), finish=lambda _s, _a: said.pop(0)()
    )
    door = open_door(broken)
    visitor = at_the_end(door, broken, outbox)
    asked = last_page(door, visitor)

    def finish() -> Any:
        return replacing(door).finish(visitor, asked.handle, {})

    said[:] = [
        Pending,
        lambda: 1 / 0,
        lambda: Enrolled(label=words("Word"), lookup="taken"),
    ]
    assert isinstance(finish(), Waiting)
    assert reason(finish()) == "plugin-error"
    door.give(door.user("Bob"), broken, lookup="taken")
    assert reason(finish()) == "enrolled"
    assert len(door.runtime.signin.parts.credentials(door.runtime.directory.named("alice").id)) == 1  # type: ignore[union-attr]
