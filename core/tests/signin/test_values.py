"""What values of the way in say when they were told no more than they must be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ostiary.contracts import Client, Kind, Proof, Purpose, Strength
from ostiary.signin import Asked, Choice, Further, Member, Question, Visitor
from ostiary.signin.values import Flow

from .conftest import form, words

NOW = datetime(2026, 5, 4, tzinfo=UTC)
HAVE = Strength(frozenset({Kind.HAVE}))
PROVED = Proof("word", "c", HAVE, NOW)
MAILED = Proof("mail", None, HAVE, NOW)


def test_nothing_is_claimed_that_was_not_said() -> None:
    """A browser asks for nothing, a challenge is a row from which nothing was sent yet, a
    question is for who was proved, a way in is not one of recovery, and nothing is renewed.
    """
    asked = Asked("h", Purpose.SIGN_IN, "word", "b", None, form("word"), NOW, 5)
    question = Question(asked, words("Word"), (), Purpose.SIGN_IN)
    assert not Visitor(Client(), "browser").remember
    assert (asked.sealed, asked.sent) == (False, False)
    assert (question.proved, question.remember) == (True, None)
    assert not Choice("word", words("Word")).recovery
    assert not Further("flow").renew


@pytest.mark.parametrize(
    ("purpose", "proofs", "found"),
    [
        (Purpose.SIGN_IN, (PROVED, MAILED), MAILED),
        (Purpose.SIGN_IN, (MAILED,), MAILED),
        (Purpose.SIGN_IN, (PROVED,), None),
        (Purpose.SIGN_IN, (), None),
        (Purpose.STEP_UP, (MAILED, PROVED), None),
    ],
)
def test_a_mailed_link_resets_in_the_sign_in_that_it_began(
    purpose: Purpose, proofs: tuple[Proof, ...], found: Proof | None
) -> None:
    """At a step-up it is what an earlier reset left in the session, and resets nothing."""
    assert Flow("t", purpose, "u", None, proofs, (), "/", NOW).resets is found


def test_a_session_is_called_by_what_its_browser_carries() -> None:
    visitor = Visitor(Client(), "browser", session="hash", session_id="s")
    assert Member("u", "hash", (), visitor).session_id == "s"
    assert Member("u", "hash", (), Visitor(Client(), "browser")).session_id is None
