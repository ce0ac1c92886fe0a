"""The four kinds of challenge, what goes out with them, and factors that want the name first."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from ostiary.contracts import (
    Ceremony,
    Challenge,
    First,
    Form,
    Mail,
    Pending,
    Purpose,
    Redirect,
    Refused,
    Step,
    Verified,
    Wait,
)
from ostiary.signin import Asked, Denied, Further, SignedIn, Visitor, Waiting
from ostiary.testing.outbox import Outbox
from ostiary.testing.visiting import Visitor as Browser

from .conftest import (
    HAVE,
    KNOW,
    NO,
    Counter,
    Door,
    Open,
    Scripted,
    Word,
    form,
    reason,
    until_done,
    words,
)


def letter(code: str) -> Mail:
    return Mail(words("Your code"), (words("Here it is."),), code=code)


def yes(step: Step, _answer: object) -> Any:
    return Verified(credential=step.credentials[0])


def mailing(name: str = "letter", **more: Any) -> Scripted:
    """A code by mail; ``begin`` makes a new one each time."""
    sent = iter(range(100000, 200000))

    def begin(step: Step) -> Challenge | Refused:
        if more.get("first") is First.AFTER_NAME and not step.credentials:
            return Refused("name-first", words("Name first."))
        code = str(next(sent))
        return form("code", state={"code": code}, mail=letter(code))

    def answer(step: Step, given: Any) -> Any:
        return yes(step, given) if given["code"] == step.state["code"] else NO

    return Scripted(name, HAVE, begin=begin, answer=answer, **more)


# A form, and a further question.


def test_a_further_question_takes_the_place_of_the_first(open_door: Open, word: Word) -> None:
    def answer(step: Step, given: Any) -> Any:
        if step.state.get("second"):
            return yes(step, given) if given["more"] == "two" else NO
        return form("more", state={"second": True}) if given["code"] == "one" else NO

    factor = Scripted("twice", HAVE, answer=answer)
    door = open_door(word, factor)
    door.alice(word, factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    outcome = door.answer(visitor, asked, {"code": "one"})
    assert outcome == Further(visitor.flow or "")
    second = door.asked(visitor)
    assert isinstance(second.challenge, Form)
    assert second.challenge.fields[0].name == "more"
    assert reason(door.answer(visitor, asked, {"code": "one"})) == "expired"
    assert isinstance(door.answer(visitor, second, {"more": "two"}), SignedIn)
    assert door.sessions == 1


def test_a_further_question_to_a_sealed_form_opens_a_flow(open_door: Open) -> None:
    def answer(step: Step, given: Any) -> Any:
        return yes(step, given) if "more" in given else form("more")

    factor = Scripted("twice", KNOW, first=First.AFTER_NAME, second=False, answer=answer)
    door = open_door(factor)
    user = door.user("Alice")
    door.give(user, factor)
    visitor = door.visitor()
    token = door.token(visitor, factor)
    first = door.runtime.signin.answering.first
    outcome = first(visitor, token, "alice", {"code": "x"}, "/next")
    assert isinstance(outcome, Further)
    visitor = replace(visitor, flow=outcome.flow)
    assert reason(first(visitor, token, "alice", {"code": "x"}, "/next")) == "expired"
    signed_in = door.answer(visitor, door.asked(visitor), {"more": "x"})
    assert isinstance(signed_in, SignedIn)
    assert (signed_in.user_id, signed_in.next) == (user.id, "/next")


def test_a_further_question_to_an_unknown_name_leads_nowhere(open_door: Open) -> None:
    """Also in its second step the factor sees a decoy, and its yes opens nothing."""

    def answer(step: Step, given: Any) -> Any:
        return yes(step, given) if "more" in given else form("more", mail=letter("1"))

    factor = Scripted("twice", KNOW, first=First.AFTER_NAME, second=False, answer=answer)
    door = open_door(factor)
    visitor = door.visitor()
    outcome = door.first(visitor, factor, "nobody", {"code": "x"})
    assert isinstance(outcome, Further)
    visitor = replace(visitor, flow=outcome.flow)
    answered = door.answer(visitor, door.asked(visitor), {"more": "x"})
    assert reason(answered) == "wrong"
    assert door.sessions == 0


def test_of_a_further_question_asked_by_two_at_once_one_is_kept(
    open_door: Open, word: Word
) -> None:
    from .conftest import at_once
    from .test_races import Meeting

    meeting = Meeting(2)

    def answer(step: Step, given: Any) -> Any:
        meeting()
        return form("more")

    factor = Scripted("twice", HAVE, answer=answer)
    door = open_door(word, factor, step_timeout="60s")
    door.alice(word, factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    outcomes = at_once([lambda: door.answer(visitor, asked, {"code": "x"})] * 2)
    assert sorted(type(o).__name__ for o in outcomes) == ["Denied", "Further"]


# A redirect.


def elsewhere(**more: Any) -> Scripted:
    def begin(step: Step) -> Challenge:
        url = f"https://id.example.org/?state={step.handle}&back={step.return_url}"
        return Redirect(text=words("Go"), url=url, state={"nonce": "n"})

    def answer(step: Step, given: Any) -> Any:
        credential = step.find(given.get("sub", ""))
        if credential is None or given.get("state") != step.handle or step.state["nonce"] != "n":
            return NO
        return Verified(credential=credential)

    return Scripted("elsewhere", KNOW, begin=begin, answer=answer, **more)


def test_the_query_that_returns_is_the_answer_and_works_once(open_door: Open) -> None:
    factor = elsewhere(first=First.FINDS_USER, second=False)
    door = open_door(factor)
    user = door.user("Alice")
    door.give(user, factor, lookup="sub-1")
    visitor = door.visitor()
    begun = door.runtime.signin.answering.begin(visitor, "elsewhere", "", "/next")
    assert isinstance(begun, Further)
    visitor = replace(visitor, flow=begun.flow)
    asked = door.asked(visitor)
    assert isinstance(asked.challenge, Redirect)
    assert asked.challenge.url.endswith(f"/sign-in/return/{asked.handle}")
    query = {"state": asked.handle, "sub": "sub-1"}
    assert reason(door.answer(visitor, asked, {"sub": "x" * 70_000}, kind=Redirect)) == "expired"
    # Brought into another browser by a link, it is worth nothing.
    assert reason(door.answer(door.visitor(), asked, query, kind=Redirect)) == "expired"
    outcome = door.answer(visitor, asked, query, kind=Redirect)
    assert isinstance(outcome, SignedIn)
    assert (outcome.user_id, outcome.next) == (user.id, "/next")
    assert reason(door.answer(visitor, asked, query, kind=Redirect)) == "expired"


def left_for_elsewhere(door: Door) -> tuple[Browser, str]:
    """A browser in which a sign-in went elsewhere, and the path by which Alice comes back."""
    browser = Browser(door.runtime)
    browser.get("/sign-in")
    token = browser.form("csrf_token")["csrf_token"].value
    browser.app.post("/sign-in", {"csrf_token": token, "with": "elsewhere"})
    away = browser.app.get("/sign-in/verify").html.find("a", class_="o-primary")["href"]
    state, back = away.removeprefix("https://id.example.org/?state=").split("&back=")
    return browser, f"/{back.split('/', 3)[3]}?state={state}&sub=sub-1"


def test_a_head_request_uses_up_no_return(open_door: Open) -> None:
    """Programs look at an address before the person is taken there."""
    factor = elsewhere(first=First.FINDS_USER, second=False)
    door = open_door(factor)
    door.give(door.user("Alice"), factor, lookup="sub-1")
    browser, back = left_for_elsewhere(door)
    assert browser.app.head(back).location.endswith("/sign-in/verify")
    assert door.sessions == 0
    assert browser.app.get(back).location.endswith("/account")
    assert door.sessions == 1


def test_a_return_is_of_the_sign_in_also_where_another_tab_has_signed_in(
    open_door: Open, word: Word
) -> None:
    """It is no step-up of whoever that was."""
    factor = elsewhere(first=First.FINDS_USER, second=False)
    door = open_door(factor, word)
    alice = door.user("Alice")
    door.give(alice, factor, lookup="sub-1")
    door.give(door.user("Bob", "bob@example.org"), word, secret=b"open")
    browser, back = left_for_elsewhere(door)
    signed_in = door.first(door.visitor(), word, "bob", {"word": "open"})
    assert isinstance(signed_in, SignedIn)
    browser.app.set_cookie("ostiary_session", signed_in.cookie)
    assert browser.app.get(back).location.endswith("/account")
    found = door.runtime.callers.of(browser.app.cookies["ostiary_session"].strip('"'), door.clock())
    assert found is not None
    assert found[0].user_id == alice.id


def test_a_wrong_return_has_no_second_try(open_door: Open) -> None:
    factor = elsewhere(first=First.FINDS_USER, second=False)
    door = open_door(factor)
    door.give(door.user("Alice"), factor, lookup="sub-1")
    visitor = door.visitor()
    begun = door.runtime.signin.answering.begin(visitor, "elsewhere", "", "")
    assert isinstance(begun, Further)
    visitor = replace(visitor, flow=begun.flow)
    asked = door.asked(visitor)
    denied = door.answer(visitor, asked, {"sub": "sub-1", "state": "x"}, kind=Redirect)
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.over) == ("wrong-answer", True)
    query = {"state": asked.handle, "sub": "sub-1"}
    assert reason(door.answer(visitor, asked, query, kind=Redirect)) == "no-tries-left"


def test_other_kinds_are_refused_where_a_redirect_returns(
    open_door: Open, word: Word, counter: Counter
) -> None:
    """Its path takes what a link says: a code must not be typed by a link."""
    door = open_door(word, counter)
    door.alice(word, counter)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert reason(door.answer(visitor, asked, {"number": "1"}, kind=Redirect)) == "expired"
    assert counter.calls == []
    assert isinstance(door.answer(visitor, asked, {"number": "1"}), SignedIn)


# A ceremony.


@pytest.mark.parametrize("given", [{}, {"answer": ""}, {"other": "x"}, {"answer": "x" * 65_536}])
def test_a_ceremony_without_a_bearable_answer_is_over_and_costs_nothing(
    open_door: Open, word: Word, given: dict[str, str]
) -> None:
    factor = Scripted(
        "key", begin=lambda _s: Ceremony(text=words("Touch"), script="tests:k.js"), answer=yes
    )
    door = open_door(word, factor)
    door.alice(word, factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert reason(door.answer(visitor, asked, given)) == "expired"
    assert "answer" not in factor.calls
    assert isinstance(door.answer(visitor, asked, {"answer": "x"}), SignedIn)


# A wait.


class Push:
    """A push approval: the phone is told the handle, and answers through the house."""

    def __init__(self, **more: Any) -> None:
        self.sent: list[str] = []
        self.found: list[bool] = []
        self.factor = Scripted("push", HAVE, begin=self.begin, answer=self.answer, **more)

    def begin(self, step: Step) -> Challenge:
        def send() -> None:
            self.sent.append(step.handle)

        return Wait(text=words("Look at your phone"), show="42", send=send)

    def answer(self, step: Step, given: Any) -> Any:
        assert given == {}
        if step.delivered is None:
            return Pending()
        return yes(step, given) if step.delivered["approved"] else NO


def test_a_wait_is_over_when_something_is_delivered(open_door: Open, word: Word) -> None:
    push = Push()
    door = open_door(word, push.factor)
    door.alice(word, push.factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert isinstance(asked.challenge, Wait)
    assert asked.challenge.show == "42"
    assert push.sent == [asked.handle]
    for _ in range(3):
        assert door.answer(visitor, asked, {"ignored": "x"}) == Waiting()
    deliver = door.runtime.house.deliver
    assert not deliver("x" * 43, {"approved": True})
    assert not deliver("a\0b", {"approved": True})
    assert deliver(asked.handle, {"approved": True})
    # Another browser gains nothing by it.
    assert reason(door.answer(door.visitor(), asked, {})) == "expired"
    assert isinstance(door.answer(visitor, asked, {}), SignedIn)
    assert not deliver(asked.handle, {"approved": True})


def test_a_no_that_is_delivered_is_a_refusal(open_door: Open, word: Word) -> None:
    push = Push()
    door = open_door(word, push.factor)
    user = door.alice(word, push.factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert door.runtime.house.deliver(asked.handle, {"approved": False})
    assert reason(door.answer(visitor, asked, {})) == "wrong-answer"
    assert door.refusals() == [(user.id, "wrong-answer")]


def test_a_wait_ends_after_its_tries_and_its_time(open_door: Open, word: Word) -> None:
    push = Push()
    door = open_door(word, push.factor)
    door.alice(word, push.factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    for _ in range(Wait.tries):
        assert door.answer(visitor, asked, {}) == Waiting()
    assert reason(door.answer(visitor, asked, {})) == "no-tries-left"
    fresh = door.asked(visitor)
    door.clock.advance(door.runtime.settings.challenge_lifetime)
    assert not door.runtime.house.deliver(fresh.handle, {"approved": True})
    assert reason(door.answer(visitor, fresh, {})) == "expired"


def test_nothing_is_delivered_to_what_does_not_wait(
    open_door: Open, word: Word, counter: Counter
) -> None:
    door = open_door(word, counter)
    door.alice(word, counter)
    asked = door.asked(door.begun(door.visitor(), word))
    assert not door.runtime.house.deliver(asked.handle, {"number": "1"})


def test_a_wait_is_charged_once_when_it_is_asked(open_door: Open, word: Word) -> None:
    """Pushes to a tired phone are as limited as guesses."""
    push = Push()
    door = open_door(word, push.factor, budgets__second_factor="2/hour")
    door.alice(word, push.factor)
    visitor = door.begun(door.visitor(), word)
    for _ in range(2):
        asked = door.asked(visitor)
        assert [door.answer(visitor, asked, {}) for _ in range(5)] == [Waiting()] * 5
        door.runtime.signin.ways.again(visitor, Purpose.SIGN_IN, "push")
    assert reason(door.question(visitor).asked) == "budget"
    assert len(push.sent) == 2


# What goes out.


def test_what_is_sent_finds_the_row(open_door: Open, word: Word) -> None:
    """A phone that answers before ``send`` returns must not be too quick."""
    found: list[bool] = []
    door: Door

    def begin(step: Step) -> Challenge:
        def send() -> None:
            found.append(door.runtime.house.deliver(step.handle, {"approved": True}))

        return Wait(text=words("Wait"), send=send)

    def answer(step: Step, given: Any) -> Any:
        return Pending() if step.delivered is None else yes(step, given)

    factor = Scripted("push", begin=begin, answer=answer)
    door = open_door(word, factor)
    door.alice(word, factor)
    visitor = door.begun(door.visitor(), word)
    asked = door.asked(visitor)
    assert found == [True]
    assert isinstance(door.answer(visitor, asked, {}), SignedIn)


@pytest.mark.parametrize("fault", ["raises", "exits", "hangs"])
def test_a_message_that_cannot_be_sent_takes_its_challenge_along(
    open_door: Open, word: Word, counter: Counter, fault: str
) -> None:
    release = threading.Event()

    def send() -> None:
        if fault == "raises":
            raise OSError
        if fault == "exits":
            raise SystemExit
        release.wait(60)

    factor = Scripted("push", begin=lambda _s: form("code", send=send), answer=yes)
    door = open_door(word, counter, factor, step_timeout="1s")
    user = door.alice(word, counter, factor)
    visitor = door.begun(door.visitor(), word)
    question = door.question(visitor, factor)
    assert reason(question.asked) == "not-sent"
    (refused,) = door.refusals()
    assert refused == (user.id, "plugin-timeout" if fault == "hangs" else "plugin-error")
    with door.runtime.store.read() as connection:
        flow = door.runtime.signin.parts.flows.load(connection, visitor, Purpose.SIGN_IN)
        assert flow is not None
        challenges = door.runtime.signin.parts.challenges
        assert challenges.current(connection, flow.token_hash, Purpose.SIGN_IN) is None
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)
    release.set()


def test_a_typo_sends_no_second_mail_and_each_mail_has_its_code(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    factor = mailing()
    door = open_door(word, factor)
    door.alice(word, factor)
    visitor = door.begun(door.visitor(), word)
    assert reason(door.further(visitor, factor, {"code": "0"})) == "wrong-answer"
    assert door.asked(visitor).sent
    assert [m.subject for m in outbox.to("alice@example.org")] == ["Your code"]
    code = outbox.code
    door.clock.advance(door.runtime.settings.session.idle / 1000)
    door.runtime.signin.ways.again(visitor, Purpose.SIGN_IN, "letter")
    asked = door.asked(visitor)
    assert len(outbox.to("alice@example.org")) == 2
    assert reason(door.answer(visitor, asked, {"code": code})) == "wrong-answer"
    assert isinstance(door.answer(visitor, asked, {"code": outbox.code}), SignedIn)


def test_mails_have_a_budget(open_door: Open, word: Word, outbox: Outbox) -> None:
    factor = mailing()
    door = open_door(word, factor, budgets__mail="2/hour")
    door.alice(word, factor)
    visitors = [door.begun(door.visitor(), word) for _ in range(3)]
    found = [door.question(visitor).asked for visitor in visitors]
    assert [isinstance(asked, Asked) for asked in found] == [True, True, False]
    assert reason(found[2]) == "budget"
    assert len(outbox.to("alice@example.org")) == 2


def test_without_a_verified_address_a_mail_cannot_be_asked_for(
    open_door: Open, word: Word, outbox: Outbox
) -> None:
    factor = mailing()
    door = open_door(word, factor)
    user = door.user("Alice")
    door.give(user, word, secret=b"open")
    door.give(user, factor)
    visitor = door.begun(door.visitor(), word)
    assert reason(door.question(visitor).asked) == "no-address"
    assert len(outbox) == 0


# The name first.


@pytest.fixture
def letters() -> Scripted:
    return mailing(first=First.AFTER_NAME, second=False)


def _begin(door: Door, name: str, factor: str = "letter") -> tuple[Visitor, Asked]:
    visitor = door.visitor()
    outcome = door.runtime.signin.answering.begin(visitor, factor, name, "/next")
    assert isinstance(outcome, Further), outcome
    visitor = replace(visitor, flow=outcome.flow)
    return visitor, door.asked(visitor)


def test_a_factor_that_wants_the_name_first_signs_in(
    open_door: Open, letters: Scripted, outbox: Outbox
) -> None:
    door = open_door(letters)
    user = door.alice(Word(), letters)
    visitor, asked = _begin(door, "alice")
    assert reason(door.answer(visitor, asked, {"code": "0"})) == "wrong"
    outcome = door.answer(visitor, asked, {"code": outbox.code})
    assert isinstance(outcome, SignedIn)
    assert (outcome.user_id, outcome.next) == (user.id, "/next")
    # It cannot be asked to send anew before anything is proved.
    visitor, asked = _begin(door, "alice")
    door.runtime.signin.ways.again(visitor, Purpose.SIGN_IN, "letter")
    assert door.asked(visitor) == asked


@pytest.mark.parametrize("name", ["nobody", "bob", "carol", "alice"])
def test_known_and_unknown_names_look_and_cost_the_same(
    open_door: Open, letters: Scripted, outbox: Outbox, name: str
) -> None:
    """Bob has no such factor, Carol no verified address; only Alice gets mail."""
    door = open_door(letters)
    door.alice(Word(), letters)
    door.user("Bob", "bob@example.org")
    door.give(door.user("Carol"), letters)
    letters.calls.clear()
    visitor, asked = _begin(door, name)
    assert letters.calls == ["decoy", "begin"]
    assert isinstance(asked.challenge, Form)
    assert (asked.sent, asked.tries_left) == (True, 5)
    outcomes = [door.answer(visitor, asked, {"code": "0"}) for _ in range(6)]
    assert [reason(outcome) for outcome in outcomes] == ["wrong"] * 5 + ["no-tries-left"]
    assert letters.calls[2:] == ["decoy", "answer"] * 5
    question = door.runtime.signin.ways.question(visitor, Purpose.SIGN_IN, None)
    assert reason(question) == "expired"
    assert len(outbox) == (1 if name == "alice" else 0)
    assert all(event.details == {"factor": "letter"} for event in door.events.of("sign-in.refused"))


@pytest.mark.parametrize("budget", ["stranger", "mail"])
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_beginning_is_charged_for_known_and_unknown_names_alike(
    open_door: Open, letters: Scripted, outbox: Outbox, budget: str, name: str
) -> None:
    door = open_door(letters, generous=True, **{f"budgets__{budget}": "2/hour"})
    door.alice(Word(), letters)
    begin = door.runtime.signin.answering.begin
    found = [begin(door.visitor(), "letter", name, "") for _ in range(3)]
    assert [type(outcome) for outcome in found] == [Further, Further, Denied]
    assert reason(found[2]) == "budget"
    assert len(outbox) == (2 if name == "alice" else 0)


def test_mails_caused_by_two_names_of_one_account_add_up_in_silence(
    open_door: Open, letters: Scripted, outbox: Outbox
) -> None:
    door = open_door(letters, budgets__mail="2/hour")
    door.alice(Word(), letters)
    for name in ("alice", "alice", "alice@example.org", "alice@example.org"):
        _begin(door, name)
    assert len(outbox) == 2


def test_answers_to_known_and_unknown_names_run_out_alike(
    open_door: Open, letters: Scripted, outbox: Outbox
) -> None:
    """The account's budget holds, and does not show: the right code is not even looked at."""
    door = open_door(letters, budgets__stranger="4/hour")
    door.alice(Word(), letters)
    found = {}
    for name in ("alice", "nobody"):
        visitor, asked = _begin(door, name)
        found[name] = [reason(door.answer(visitor, asked, {"code": "0"})) for _ in range(4)]
        found[name] += [reason(door.answer(visitor, asked, {"code": outbox.code}))]
    assert found["alice"] == found["nobody"] == ["wrong"] * 5
    assert door.sessions == 0


def test_a_known_device_is_told_of_its_own_budget(
    open_door: Open, letters: Scripted, outbox: Outbox
) -> None:
    door = open_door(letters, budgets__known_device="3/hour", budgets__stranger="2/hour")
    door.alice(Word(), letters)
    visitor, asked = _begin(door, "alice")
    signed_in = door.answer(visitor, asked, {"code": outbox.code})
    assert isinstance(signed_in, SignedIn)
    home = replace(door.visitor(), device=signed_in.device)
    begun = door.runtime.signin.answering.begin(home, "letter", "alice", "")
    assert isinstance(begun, Further)
    home = replace(home, flow=begun.flow)
    asked = door.asked(home)
    guesses = [reason(door.answer(home, asked, {"code": "0"})) for _ in range(3)]
    assert guesses == ["wrong", "wrong", "budget"]


@pytest.mark.parametrize("fault", ["none", "raises"])
def test_sending_at_a_typed_name_shows_neither_its_time_nor_its_failure(
    open_door: Open, fault: str
) -> None:
    release, done = threading.Event(), threading.Event()

    def send() -> None:
        assert release.wait(60)
        done.set()
        if fault == "raises":
            raise OSError

    factor = Scripted(
        "phone",
        HAVE,
        first=First.AFTER_NAME,
        second=False,
        begin=lambda _step: form("code", send=send),
        answer=yes,
    )
    door = open_door(factor, step_timeout="60s")
    door.give(door.user("Alice"), factor)
    visitor, asked = _begin(door, "alice", "phone")  # Sending has not ended yet.
    other, nobodys = _begin(door, "nobody", "phone")
    assert not done.is_set()
    release.set()
    assert done.wait(60)
    until_done("phone")
    assert isinstance(door.answer(visitor, asked, {"code": "1"}), SignedIn)
    assert reason(door.answer(other, nobodys, {"code": "1"})) == "wrong"
    reasons = [why for _, why in door.refusals()]
    assert reasons == (["plugin-error"] if fault == "raises" else []) + ["plugin-answer"]


def test_only_first_factors_can_be_begun_with(open_door: Open, word: Word) -> None:
    counter = Counter()
    door = open_door(word, counter)
    door.alice(word, counter)
    begin = door.runtime.signin.answering.begin
    for name in ("counter", "gone", ""):
        assert reason(begin(door.visitor(), name, "alice", "")) == "expired"
    assert reason(begin(door.visitor(), "word", " ", "")) == "empty"


def test_a_factor_that_refuses_to_begin_is_heard(open_door: Open) -> None:
    factor = Scripted("shut", first=First.AFTER_NAME, begin=lambda _s: NO, answer=yes)
    door = open_door(factor)
    begun = door.runtime.signin.answering.begin(door.visitor(), "shut", "alice", "")
    assert isinstance(begun, Denied)
    assert (begun.reason, begun.text) == (NO.reason, NO.text)


def test_what_finds_its_user_is_found_among_all_and_then_goes_on_as_one(
    open_door: Open, counter: Counter
) -> None:
    factor = elsewhere(first=First.FINDS_USER, second=False)
    door = open_door(factor, counter)
    user = door.user("Alice")
    door.give(user, factor, lookup="sub-1")
    door.give(user, counter)
    visitor = door.visitor()
    begun = door.runtime.signin.answering.begin(visitor, "elsewhere", "ignored", "")
    assert isinstance(begun, Further)
    visitor = replace(visitor, flow=begun.flow)
    asked = door.asked(visitor)
    outcome = door.answer(visitor, asked, {"state": asked.handle, "sub": "sub-1"})
    assert outcome == Further(begun.flow)
    assert isinstance(door.further(visitor, counter, {"number": "1"}), SignedIn)


def test_mail_goes_to_nobody_where_nobody_is_known(open_door: Open, outbox: Outbox) -> None:
    """A factor that finds its user has no business mailing before it did."""
    factor = Scripted(
        "odd",
        first=First.FINDS_USER,
        begin=lambda _s: form("code", mail=letter("1")),
        answer=lambda _s, _a: NO,
    )
    door = open_door(factor)
    visitor = door.visitor()
    assert isinstance(door.runtime.signin.answering.begin(visitor, "odd", "", ""), Further)
    assert len(outbox) == 0
