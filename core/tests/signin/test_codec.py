"""Challenges come back from their seal as they went in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ostiary.contracts import (
    Ceremony,
    Challenge,
    Field,
    Form,
    Link,
    Mail,
    Picture,
    Redirect,
    Reveal,
    Text,
    Wait,
)
from ostiary.signin.codec import challenge_from_bytes, challenge_to_bytes, was_sent

from .conftest import form, words

RICH = Text("d", "one ${n}", (("x", words("inner")), ("n", 2)), "many ${n}", 2, "context")

CHALLENGES: list[Challenge] = [
    form("code"),
    Form(
        text=RICH,
        state={"a": [1, None, {"b": "c"}]},
        fields=(
            Field("one", words("One"), "password", "current-password", words("Hint"), 8),
            Field("two", words("Two")),
        ),
        reveals=(
            Reveal(words("Key"), "ABC"),
            Picture(b"<svg/>\xff", words("Picture")),
            Link(words("Open"), "otpauth://totp/x"),
        ),
    ),
    Ceremony(
        text=words("Touch"),
        script="tests:key.js",
        options={"challenge": "x", "n": [1]},
        texts=(("error", RICH), ("other", words("Other"))),
    ),
    replace(
        form("code"),
        helper=Ceremony(text=RICH, script="tests:help.js", texts=(("weak", words("Weak")),)),
        button=RICH,
    ),
    Redirect(text=words("Go"), url="https://example.org/", state={"nonce": "n"}),
    Wait(text=words("Wait"), show="42"),
    Wait(text=words("Wait")),
]


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_a_challenge_comes_back_as_it_was(challenge: Challenge) -> None:
    data = challenge_to_bytes(challenge)
    assert challenge_from_bytes(data) == challenge
    assert not was_sent(data)


def test_what_was_sent_is_noted_and_not_kept() -> None:
    mail = Mail(words("Subject"), (), code="123456")
    for sent in (replace(form("code"), mail=mail), replace(form("code"), send=print)):
        data = challenge_to_bytes(sent)
        assert was_sent(data)
        assert b"123456" not in data
        assert challenge_from_bytes(data) == form("code")
