"""What a factor may answer: sound values of the contracts' own types, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ostiary.contracts import (
    Ceremony,
    Credential,
    Enrolled,
    Field,
    Form,
    Kind,
    Link,
    Mail,
    Pending,
    Picture,
    Properties,
    Redirect,
    Refused,
    Reveal,
    Strength,
    Text,
    Verified,
    Wait,
)
from ostiary.signin.checks import (
    LOOKUP_LIMIT,
    MARK_LIMIT,
    RESERVED,
    STATE_LIMIT,
    Unsound,
    check_answer,
    claimed,
)
from ostiary.store.tables import credentials

from .conftest import BOTH, HAVE, KNOW, RESISTANT, form, words

ONE = Properties(HAVE)
TWO = Properties(BOTH)
CREDENTIAL = Credential("id", "user", "Label")
FORM = form("code")
FIELD = FORM.fields[0]
CEREMONY = Ceremony(text=words("Touch"), script="tests:key.js")
REDIRECT = Redirect(text=words("Go"), url="https://example.org/authorize?x=1")
WAIT = Wait(text=words("Wait"), show="42")
ENROLLED = Enrolled(label=words("Label"))
VERIFIED = Verified(credential=CREDENTIAL)
NO = Refused("no", words("No."))
MAIL = Mail(words("Subject"), (words("Line"),))


def replace(value: Any, /, **changes: Any) -> Any:
    """Another value: what is put in has whatever type it likes."""
    return dataclasses.replace(value, **changes)


def _any(*values: Any) -> tuple[Any, ...]:
    return values


def check(value: Any, properties: Properties = ONE) -> None:
    check_answer(value, (type(value),), properties)


SOUND = [
    FORM,
    replace(FORM, fields=()),
    replace(FORM, state={"a": [1, {"b": None}]}, mail=MAIL, send=print),
    replace(FORM, mail=replace(MAIL, link="https://example.org/x")),
    replace(FORM, reveals=(Reveal(words("Key"), "ABC"), Picture(b"<svg/>", words("QR")))),
    replace(FORM, reveals=(Link(words("Open"), "otpauth://totp/x?secret=y"),)),
    replace(FORM, fields=(replace(FIELD, name="a" * 32, type="password"),)),
    replace(FORM, fields=(replace(FIELD, max_length=1), replace(FIELD, name="b", type="code"))),
    replace(FORM, helper=CEREMONY),
    CEREMONY,
    replace(CEREMONY, script="a_1:static/v1.2/key-1.min.js", texts=(("x", words("X")),)),
    REDIRECT,
    replace(REDIRECT, url="http://localhost:8080/"),
    WAIT,
    replace(WAIT, show=None),
    ENROLLED,
    replace(ENROLLED, mark=0, lookup="x" * LOOKUP_LIMIT, chosen="c", public={"a": 1}),
    replace(ENROLLED, mark=MARK_LIMIT),
    VERIFIED,
    replace(VERIFIED, strength=RESISTANT, public={}, secret=b"", mark=1, notice=words("N")),
    Refused("no", words("No.")),
    Refused("a" + "-" * 63, words("No."), "field", alarm=True),
    Pending(),
    None,
]


@pytest.mark.parametrize("value", SOUND)
def test_sound_answers_pass(value: Any) -> None:
    check(value)


class FakeStr(str):
    __slots__ = ()


LOOP: dict[str, Any] = {}
LOOP["again"] = LOOP
DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]

UNSOUND: list[Any] = [
    *(replace(FORM, fields=(replace(FIELD, name=name),)) for name in sorted(RESERVED)),
    *(
        replace(FORM, fields=(replace(FIELD, name=name),))
        for name in ("", "A", "1a", "a-b", "a b", "a" * 33, "é", 1, None)
    ),
    replace(FORM, fields=(FIELD, FIELD)),
    replace(FORM, fields=[FIELD]),
    replace(FORM, fields=(FORM,)),
    replace(FORM, fields=None),
    *(replace(FORM, fields=(replace(FIELD, type=t),)) for t in _any("hidden", "file", None, [])),
    *(replace(FORM, fields=(replace(FIELD, max_length=n),)) for n in (0, -1, "9", True, None)),
    replace(FORM, fields=(replace(FIELD, label="Label"),)),
    replace(FORM, fields=(replace(FIELD, hint="Hint"),)),
    replace(FORM, fields=(replace(FIELD, autocomplete=None),)),
    replace(FORM, text="text"),
    replace(FORM, text=None),
    replace(FORM, text=replace(words("x"), values=(("a", None),))),
    *(
        replace(FORM, state=state)
        for state in _any(
            None,
            [],
            "{}",
            {"a": b"bytes"},
            {"a": float("nan")},
            {"a": float("inf")},
            {"a": (1, 2)},
            {1: "one"},
            {"a": object()},
            {"a": "x" * STATE_LIMIT},
            LOOP,
            {"a": DEEP},
        )
    ),
    replace(FORM, mail="mail"),
    replace(FORM, mail=replace(MAIL, subject="subject")),
    replace(FORM, mail=replace(MAIL, lines=[words("x")])),
    replace(FORM, mail=replace(MAIL, link="javascript:alert(1)")),
    replace(FORM, mail=replace(MAIL, link="/relative")),
    replace(FORM, send="print"),
    *(
        replace(FORM, reveals=(replace(Link(words("Open"), "x:"), url=url),))
        for url in (
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "blob:x",
            "file:///etc/passwd",
            "filesystem:x",
            "/relative",
            "//host/",
            "http://[",
            None,
            b"https://example.org",
        )
    ),
    replace(FORM, reveals=(replace(Reveal(words("x"), "y"), value=None),)),
    replace(FORM, reveals=(replace(Picture(b"", words("x")), svg="<svg/>"),)),
    replace(FORM, reveals=("x",)),
    replace(FORM, helper=FORM),
    replace(FORM, helper=replace(CEREMONY, script="https://example.org/key.js")),
    replace(FORM, helper=replace(CEREMONY, options={"a": {1}})),
    *(
        replace(CEREMONY, script=script)
        for script in (
            "key.js",
            "tests:key.css",
            "tests:../key.js",
            "tests:a/../key.js",
            "tests:/key.js",
            "tests:a//key.js",
            "https://example.org/key.js",
            "tests:key.js\n",
            None,
        )
    ),
    replace(CEREMONY, options={"a": {1}}),
    replace(CEREMONY, texts=(("x", "X"),)),
    replace(CEREMONY, texts=(("x",),)),
    *(
        replace(REDIRECT, url=url)
        for url in ("", "/", "https:", "https://", "ftp://x/", "javascript:x", "http://[", None)
    ),
    replace(WAIT, show=42),
    *(replace(ENROLLED, mark=mark) for mark in (-1, MARK_LIMIT + 1, True, 1.0, "1")),
    replace(ENROLLED, label="Label"),
    replace(ENROLLED, public=None),
    replace(ENROLLED, public={"a": {1}}),
    replace(ENROLLED, secret="text"),
    replace(ENROLLED, secret=None),
    replace(ENROLLED, lookup=1),
    replace(ENROLLED, lookup="x" * (LOOKUP_LIMIT + 1)),
    replace(ENROLLED, lookup="a\0b"),
    replace(ENROLLED, lookup=FakeStr("x")),
    replace(ENROLLED, chosen=b"x"),
    replace(ENROLLED, strength="strong"),
    replace(ENROLLED, strength=KNOW),
    replace(ENROLLED, strength=Strength(frozenset())),
    replace(ENROLLED, strength=replace(HAVE, kinds={Kind.HAVE})),
    replace(VERIFIED, credential="id"),
    replace(VERIFIED, credential=None),
    replace(VERIFIED, mark=-1),
    replace(VERIFIED, public={"a": {1}}),
    replace(VERIFIED, public=[]),
    replace(VERIFIED, secret="x"),
    replace(VERIFIED, notice="x"),
    replace(VERIFIED, strength=KNOW),
    *(replace(NO, reason=reason) for reason in ("", "A", "a b", "a" * 65, "1", "é", None, 1)),
    replace(NO, text="text"),
    replace(NO, field=1),
    replace(NO, alarm=1),
]


@pytest.mark.parametrize("value", UNSOUND)
def test_anything_else_is_unsound(value: Any) -> None:
    """Whatever reading it raises inside, one exception comes out, and it shows no value."""
    with pytest.raises(Unsound) as caught:
        check(value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [True, 1, None, "yes", VERIFIED, Text("a", "b")], ids=repr)
def test_what_was_not_asked_for_is_no_answer(value: Any) -> None:
    with pytest.raises(Unsound, match="not one of Refused, Pending"):
        check_answer(value, (Refused, Pending), ONE)


def test_a_subclass_is_no_answer() -> None:
    class Yes(Verified):
        pass

    with pytest.raises(Unsound):
        check_answer(Yes(credential=CREDENTIAL), (Verified,), ONE)


def test_where_two_kinds_are_possible_the_answer_says_which() -> None:
    for value in (VERIFIED, ENROLLED):
        with pytest.raises(Unsound, match="two kinds"):
            check(value, TWO)
        check(replace(value, strength=HAVE), TWO)


def test_a_claim_is_cut_to_what_the_factor_can_prove() -> None:
    assert claimed(ONE, BOTH) == HAVE
    assert claimed(Properties(RESISTANT), BOTH) == RESISTANT
    assert claimed(TWO, HAVE) == HAVE
    assert claimed(TWO, None) == BOTH


def test_a_state_may_be_as_large_as_the_limit() -> None:
    check(replace(FORM, state={"a": "x" * (STATE_LIMIT - len('{"a": ""}'))}))
    with pytest.raises(Unsound):
        check(replace(FORM, state={"a": "x" * (STATE_LIMIT - len('{"a": ""}') + 1)}))


def test_a_fault_shows_no_value() -> None:
    for value in (replace(ENROLLED, secret="hunter2"), replace(REDIRECT, url="http://[hunter2")):
        with pytest.raises(Unsound) as caught:
            check(value)
        assert "hunter2" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_fields_of_a_form_are_fields() -> None:
    class Odd(Field):
        pass

    with pytest.raises(Unsound):
        check(replace(FORM, fields=(Odd("code", words("Code")),)))
    assert isinstance(FORM, Form)


def test_the_limits_are_those_of_the_tables() -> None:
    assert credentials.c.lookup.type.length == LOOKUP_LIMIT  # type: ignore[attr-defined]
    assert MARK_LIMIT == 9_223_372_036_854_775_807  # BIGINT
    assert STATE_LIMIT == 65_536
