"""What is taken of a form that was sent, before a try is counted, and when a try was the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ostiary.contracts import Actor, Ceremony, Client, Field, Form, Purpose, Redirect, Refused
from ostiary.signin import Asked, Denied, Visitor
from ostiary.signin.parts import ANSWER_LIMIT, answering, picked, said_no

from .conftest import NO, words

AWAY = Redirect(text=words("Go"), url="https://idp.example.org/")
TOUCH = Ceremony(text=words("Touch"), script="tests:key.js")
FORM = Form(
    text=words("Fill in"),
    fields=(Field("code", words("Code"), max_length=6), Field("more", NO.text)),
)
ASKED = Asked("h", Purpose.SIGN_IN, "f", "b", None, FORM, datetime(2026, 5, 4, tzinfo=UTC), 5)


def refusal(challenge: Any, **submitted: str) -> tuple[str, str | None]:
    denied = picked(challenge, submitted)
    assert isinstance(denied, Denied)
    return denied.reason, denied.field


def test_a_browser_may_bring_back_so_much_and_no_more() -> None:
    """The names count as well: a redirect comes back with whatever the other site says."""
    assert ANSWER_LIMIT == 65_536
    for sizes in ((1, 65_535), (65_535, 1), (40_000, 25_536), (65_536, 0)):
        answer = {"n" * sizes[0]: "v" * sizes[1]}
        assert picked(AWAY, answer) == answer
        assert refusal(AWAY, **answer, m="") == ("expired", None)
        assert refusal(AWAY, **answer, **{"": "v"}) == ("expired", None)
    many = {f"{number:04}": "v" * 28 for number in range(2048)}
    assert picked(AWAY, many) == many
    assert refusal(AWAY, **many, m="") == ("expired", None)


def test_a_ceremony_brings_back_one_answer_of_bounded_size() -> None:
    most = "v" * (65_536 - len("answer"))
    assert picked(TOUCH, {"answer": most, "other": "x"}) == {"answer": most}
    assert refusal(TOUCH, answer=most + "v") == ("expired", None)
    assert refusal(TOUCH, answer="") == refusal(TOUCH) == ("expired", None)


def test_a_form_takes_its_own_fields_each_as_long_as_it_may_be() -> None:
    assert picked(FORM, {"code": "1" * 6, "more": "m", "other": "x"}) == {
        "code": "1" * 6,
        "more": "m",
    }
    assert picked(FORM, {"code": "1", "more": "m"}) == {"code": "1", "more": "m"}
    assert refusal(FORM, code="1" * 7, more="m") == ("too-long", "code")
    assert refusal(FORM, code="1" * 70, more="m") == ("too-long", "code")
    assert refusal(FORM, code="1", more="") == refusal(FORM, code="1") == ("empty", "more")


@pytest.mark.parametrize("tries_left", [5, 2])
def test_after_a_wrong_answer_there_may_be_another(tries_left: int) -> None:
    refused = Refused("wrong-answer", NO.text, "code")
    denied = said_no(refused, replace(ASKED, tries_left=tries_left))
    assert denied == Denied("wrong-answer", NO.text, "code", over=False)


@pytest.mark.parametrize("tries_left", [1, 0])
def test_after_the_last_try_it_is_over_unless_the_page_brings_a_new_one(tries_left: int) -> None:
    """A sealed form has no tries of its own: budgets count those."""
    asked = replace(ASKED, tries_left=tries_left)
    assert said_no(NO, asked).over
    assert not said_no(NO, replace(asked, sealed=True)).over


def test_a_ceremony_is_asked_anew_on_its_own_page() -> None:
    assert not said_no(NO, replace(ASKED, challenge=TOUCH, tries_left=1)).over


def test_whoever_answers_is_the_session_except_at_a_sign_in() -> None:
    bare = Visitor(Client("192.0.2.1", "Test"), "browser", request="r")
    seen = replace(bare, session="hash", session_id="s")
    by_session = Actor("user", "u", "session", session="s")
    for purpose in (Purpose.STEP_UP, Purpose.ENROL):
        assert answering(seen, purpose, "u").actor == by_session
        assert answering(bare, purpose, "u").actor == Actor("anonymous")
        assert answering(seen, purpose, None).actor == Actor("anonymous")
    assert answering(seen, Purpose.SIGN_IN, "u").actor == Actor("anonymous")
