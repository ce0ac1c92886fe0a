"""What was true when it was read and is not when it is acted upon: nothing happens then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest

from ostiary.accounts import RegainState, address
from ostiary.audit import COMMAND
from ostiary.contracts import Enrolled
from ostiary.signin import Further, SignedIn
from ostiary.signin.parts import anonymous
from ostiary.testing.houses import plugin_of
from ostiary.testing.outbox import Outbox

from .conftest import Counter, Door, Open, Word, form, host_of, reason, words
from .test_regaining import GRANTED, TO, WAIT, granted, names, regaining, state, token
from .test_remembering import Asking
from .test_resetting import at_the_end, last_page, link, replacing, resetting, scripted

Meanwhile: TypeAlias = Callable[[Door, Callable[[], object]], None]


@pytest.fixture
def lost() -> Word:
    """A word that can be reset by mail."""
    return Word(reset_by_mail=True, ends_sessions=True)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Has somebody else act just before the next unit of work begins."""

    def arrange(door: Door, act: Callable[[], object]) -> None:
        store = door.runtime.store
        write = store.write

        def late() -> Any:
            monkeypatch.setattr(store, "write", write)
            act()
            return write()

        monkeypatch.setattr(store, "write", late)

    return arrange


# A way back.


def test_a_link_that_another_browser_has_just_used_stops_nothing(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox, meanwhile: Meanwhile
) -> None:
    """The owner opened it twice: they are told once, and the account is not shut."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    stop = token(outbox, GRANTED)
    first: list[object] = []
    meanwhile(door, lambda: first.append(regaining(door).cancel(door.visitor(), stop)))
    assert reason(regaining(door).cancel(door.visitor(), stop)) == "nothing-to-cancel"
    assert first == [None]
    assert state(door, user) is RegainState.CANCELLED
    assert len(door.events.of("regain.cancelled")) == 1
    assert not door.events.of("regain.stopped")


def test_a_link_is_too_late_where_a_sign_in_has_just_settled_it(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox, meanwhile: Meanwhile
) -> None:
    """Whoever has both factors is in, and is not thrown out by their own mail."""
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    stop = token(outbox, GRANTED)
    meanwhile(door, lambda: door.enter_both(word, counter))
    assert reason(regaining(door).cancel(door.visitor(), stop)) == "nothing-to-cancel"
    assert (state(door, user), door.sessions) == (RegainState.CANCELLED, 1)
    (event,) = door.events.of("regain.cancelled")
    assert event.reason == "sign-in"


def test_what_another_process_has_just_carried_out_is_not_done_again(
    open_door: Open, word: Word, counter: Counter, meanwhile: Meanwhile
) -> None:
    door = open_door(word, counter)
    user = door.alice(word, counter)
    granted(door, user, word)
    door.clock.advance(WAIT)
    others: list[int] = []
    meanwhile(door, lambda: others.append(regaining(door).carry_out()))
    assert regaining(door).carry_out() == 0
    assert others == [1]
    assert names(door, user) == ["word"]
    assert len(door.events.of("regain.done")) == 1


def test_whoever_has_no_address_any_more_is_not_mailed_and_it_is_recorded(
    open_door: Open, word: Word, counter: Counter, outbox: Outbox
) -> None:
    """A host's directory may have lost it since the request was made."""
    directory, host = host_of("alice")
    directory.users["alice"] = replace(directory.users["alice"], address=TO)
    door = open_door(host, word, counter)
    user = directory.users["alice"]
    door.give(user, word, secret=b"open")
    door.give(user, counter)
    visitor = door.begun(door.visitor(), word)
    made = regaining(door).ask(visitor, user, "lost")
    told = len(outbox.to(TO))
    assert told == 1
    directory.users["alice"] = replace(user, address=None)
    assert regaining(door).grant(made.id, COMMAND, "known by voice")  # type: ignore[union-attr]
    assert len(outbox) == told
    (event,) = door.events.of("regain.granted")
    assert (event.subject, event.reason) == ("alice", "known by voice")


# An address.


def test_a_link_that_has_just_proved_an_address_proves_it_once(
    open_door: Open, word: Word, outbox: Outbox, meanwhile: Meanwhile
) -> None:
    door = open_door(word)
    user, registering = door.alice(word), door.runtime.registering
    assert registering is not None
    visitor = door.visitor()
    with door.runtime.store.write() as unit:
        registering.claim(unit, anonymous(visitor), visitor, user, address("new@example.org"))
    (mail,) = outbox.to("new@example.org")
    proof = parse_qs(urlsplit(mail.link).query)["token"][0]
    first: list[object] = []
    meanwhile(door, lambda: first.append(registering.verify(door.visitor(), proof)))
    assert reason(registering.verify(visitor, proof)) == "link-expired"
    assert first == [user]
    assert len(door.events.of("address.verified")) == 1


# A browser that may stand in.


def test_a_factor_added_in_the_last_moment_is_asked_for_where_no_browser_is_remembered(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """As everywhere: what was proved is less than what the account asks for by now."""
    guard = Asking()
    plugin = plugin_of(sign_in_guards=[guard])
    door = open_door(word, counter, plugin, remembered_device="")
    user = door.alice(word)

    def add() -> None:
        if len(names(door, user)) == 1:
            door.give(user, counter)

    guard.says = add
    outcome = door.first(door.visitor(), word, "alice", {"word": "open"})
    assert isinstance(outcome, Further)
    assert (door.sessions, door.events.of("sign-in.done")) == (0, [])


# A reset.


def test_a_link_for_a_reset_that_was_just_used_begins_nothing(
    open_door: Open, lost: Word, outbox: Outbox, meanwhile: Meanwhile
) -> None:
    door = open_door(lost)
    door.alice(lost)
    mailed = link(door, outbox)
    first: list[object] = []
    meanwhile(door, lambda: first.append(resetting(door).use(door.visitor(), mailed)))
    assert reason(resetting(door).use(door.visitor(), mailed)) == "link-expired"
    assert isinstance(first[0], Further)
    assert len(door.events.of("reset.begun")) == 1


def test_of_two_answers_to_the_last_page_the_later_one_asks_nothing_more(
    open_door: Open, outbox: Outbox
) -> None:
    """Both were right, and the factor has a further question: it is asked once."""
    others: list[Any] = []

    def finish(_step: object, _answer: object) -> Any:
        if not others:
            others.append(None)
            others[0] = answer()
        return form("code")

    twice = scripted(enrol=lambda _step: form("code"), finish=finish)
    door = open_door(twice)
    visitor = at_the_end(door, twice, outbox)
    first = last_page(door, visitor)

    def answer() -> Any:
        return replacing(door).finish(visitor, first.handle, {"code": "1"})

    assert reason(answer()) == "expired"
    assert others == [Further(visitor.flow or "", renew=True)]
    assert last_page(door, visitor).handle != first.handle


@pytest.mark.parametrize("asks", [True, False])
def test_of_two_who_end_a_reset_the_later_one_changes_nothing(
    open_door: Open, outbox: Outbox, asks: bool
) -> None:
    """With an answer, or by the button of a factor that asks nothing."""
    others: list[Any] = []
    enrolled = Enrolled(label=words("Word"))

    def step(*_told: object) -> Any:
        if not others:
            others.append(None)
            others[0] = end()
        return enrolled

    steps: dict[str, Any] = (
        {"enrol": lambda _step: form("code"), "finish": step} if asks else {"enrol": step}
    )
    factor = scripted(**steps)
    door = open_door(factor)
    visitor = at_the_end(door, factor, outbox)
    handle = last_page(door, visitor).handle if asks else ""

    def end() -> Any:
        if asks:
            return replacing(door).finish(visitor, handle, {"code": "1"})
        return replacing(door).at_once(visitor)

    assert reason(end()) == "changed"
    assert isinstance(others[0], SignedIn)
    assert door.sessions == 1
    assert len(door.events.of("reset.done")) == 1
    assert [e.reason for e in door.events.of("reset.refused")] == ["changed"]
