"""The factor through its pure steps: the sheet, a code, what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostiary.contracts import (
    JSON,
    Ceremony,
    Client,
    Credential,
    Enrolled,
    Form,
    Kind,
    Purpose,
    Refused,
    Reveal,
    Site,
    Step,
    User,
    Verified,
)
from ostiary_recovery import Recovery, RecoverySettings
from ostiary_recovery.codes import parse
from ostiary_recovery.digests import Cost, Digests

NOW = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
SITE = Site("Example Index", "https://example.org", "example.org")
ADA = User("u1", "ada")
# Cheap, so that the tests are quick; what is stored says what it cost.
CHEAP = Cost(1, 8, 1)
CODES = tuple(letter * 16 for letter in "abcdefgh")


def step(
    *credentials: Credential,
    purpose: Purpose = Purpose.SIGN_IN,
    state: JSON | None = None,
    user: User | None = ADA,
) -> Step:
    return Step(
        purpose=purpose,
        user=user,
        credentials=credentials,
        find=lambda _lookup: None,
        now=NOW,
        site=SITE,
        client=Client(),
        handle="h",
        return_url="https://example.org/back",
        state=state or {},
    )


def held(*codes: str) -> Credential:
    """A sheet on which these are left."""
    empty = Digests(b"s" * 16, (), CHEAP)
    digests = replace(empty, digests=tuple(map(empty.digest, codes)))
    return Credential("c1", "u1", "Recovery codes", secret=digests.dump())


def enrolment(*credentials: Credential, factor: Recovery | None = None) -> Form:
    form = (factor or Recovery()).begin_enrolment(step(*credentials, purpose=Purpose.ENROL))
    assert isinstance(form, Form)
    return form


def shown(form: Form) -> Reveal:
    (reveal,) = form.reveals
    assert isinstance(reveal, Reveal)
    return reveal


def refusal(result: object) -> tuple[str, str | None]:
    assert isinstance(result, Refused)
    return result.reason, result.field


# What the factor says of itself


def test_its_properties_say_what_policy_needs() -> None:
    properties = Recovery.properties
    assert properties.strength.kinds == {Kind.HAVE}
    assert not properties.strength.phishing_resistant
    assert properties.recovery
    assert properties.most == 1
    assert properties.single_use
    assert properties.first.value == "no"
    assert not properties.second
    assert not properties.reset_by_mail


def test_the_field_takes_what_people_have_on_paper() -> None:
    """Letters too, so no numeric keyboard; not what a phone was last sent (WCAG 1.3.5)."""
    form = Recovery().begin_challenge(step(held(*CODES)))
    assert isinstance(form, Form)
    assert [(f.name, f.type, f.autocomplete) for f in form.fields] == [("code", "text", "off")]
    assert not form.reveals


# The sheet


def test_the_sheet_has_the_codes_for_whom_where_and_when() -> None:
    reveal = shown(enrolment())
    assert str(reveal.label) == "Recovery codes of ada for Example Index, made on 2026-03-01"
    codes = reveal.value.splitlines()
    assert len(set(codes)) == 10
    assert all(len(code) == 19 and parse(code) for code in codes)


def test_the_operator_says_how_many() -> None:
    form = enrolment(factor=Recovery(RecoverySettings(count=5, low=1)))
    assert len(shown(form).value.splitlines()) == 5


def test_nothing_is_asked_but_that_they_are_kept() -> None:
    form = enrolment()
    assert form.fields == ()
    assert str(form.button) == "I have kept these codes"


def test_who_has_codes_is_told_until_when_they_work() -> None:
    """Else a sheet is thrown away too early, or one that never worked is kept."""
    first, again = enrolment(), enrolment(held(*CODES))
    assert "they work once you have pressed the button" in str(first.text)
    assert "old codes go on working until you press the button" in str(again.text)


def test_the_helper_knows_no_code() -> None:
    """It reads them from the page; and no word beside them holds one."""
    form = enrolment()
    helper = form.helper
    assert isinstance(helper, Ceremony)
    assert helper.options == {
        "file": "recovery-codes-example.org.txt",
        "origin": "https://example.org",
    }
    words = [str(text) for _name, text in helper.texts]
    words += [str(form.text), str(form.button), str(shown(form).label), repr(helper), repr(form)]
    for code in shown(form).value.splitlines():
        assert not any(code in said or str(parse(code)) in said for said in words)


def test_sheets_are_different_and_nobody_unknown_has_one() -> None:
    one, other = shown(enrolment()).value, shown(enrolment()).value
    assert not set(one.splitlines()) & set(other.splitlines())
    with pytest.raises(LookupError, match="without a user"):
        Recovery().begin_enrolment(step(purpose=Purpose.ENROL, user=None))


def test_each_code_of_a_sheet_opens_once_it_is_kept() -> None:
    form = enrolment()
    kept = Recovery().finish_enrolment(step(purpose=Purpose.ENROL, state=form.state), {})
    assert isinstance(kept, Enrolled)
    assert (str(kept.label), dict(kept.public), kept.lookup, kept.mark) == (
        *("Recovery codes", {}, None),
        None,
    )
    codes = shown(form).value.splitlines()
    for code in codes:
        assert code.encode() not in kept.secret
        assert str(parse(code)).encode() not in kept.secret
    credential = Credential("c1", "u1", "Recovery codes", secret=kept.secret)
    for code in (codes[0], codes[-1]):
        verified = Recovery().answer_challenge(step(credential), {"code": code})
        assert isinstance(verified, Verified)
        assert verified.secret is not None
        credential = replace(credential, secret=verified.secret)
    assert str(Recovery().describe(credential)[0]) == "8 codes are left."


@pytest.mark.parametrize("state", [{}, {"codes": None}, {"codes": []}, {"codes": "abc"}])
def test_a_state_without_codes_keeps_none(state: JSON) -> None:
    finished = Recovery().finish_enrolment(step(purpose=Purpose.ENROL, state=state), {})
    assert refusal(finished) == ("damaged", None)


# A code


def test_a_code_opens_once_and_takes_no_other_with_it() -> None:
    before = held(*CODES)
    verified = Recovery().answer_challenge(step(before), {"code": CODES[3]})
    assert isinstance(verified, Verified)
    assert (verified.credential, verified.mark, verified.public) == (before, None, None)
    assert verified.secret is not None
    after = replace(before, secret=verified.secret)
    assert refusal(Recovery().answer_challenge(step(after), {"code": CODES[3]})) == (
        "wrong-code",
        "code",
    )
    for code in (*CODES[:3], *CODES[4:]):
        assert isinstance(Recovery().answer_challenge(step(after), {"code": code}), Verified)


def test_another_spelling_of_a_used_code_is_the_same_code() -> None:
    for spelling in ("BBBB-BBBB-BBBB-BBBB", "ｂ" * 16, "b b b b " * 4):
        before = held(*CODES)
        verified = Recovery().answer_challenge(step(before), {"code": spelling})
        assert isinstance(verified, Verified)
        assert verified.secret is not None
        after = replace(before, secret=verified.secret)
        assert refusal(Recovery().answer_challenge(step(after), {"code": "b" * 16}))[0] == (
            "wrong-code"
        )


@pytest.mark.parametrize("typed", ["", "abc", "u" * 16, CODES[0] * 2, "а" * 16])
def test_what_cannot_be_a_code_costs_no_hash_and_says_what_a_code_is(
    typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words whether or not there are codes, so that they tell nothing."""
    monkeypatch.setattr(Digests, "digest", None)
    for credential in (held_without_hashing(), damaged()):
        refused = Recovery().answer_challenge(step(credential), {"code": typed})
        assert refusal(refused) == ("malformed-code", "code")


def held_without_hashing() -> Credential:
    return Credential("c1", "u1", "", secret=Digests(b"s" * 16, (b"d" * 32,), CHEAP).dump())


def damaged() -> Credential:
    return Credential("c1", "u1", "", secret=b"\xff")


def test_a_damaged_record_is_refused_and_said() -> None:
    assert refusal(Recovery().answer_challenge(step(damaged()), {"code": CODES[0]})) == (
        "damaged",
        "code",
    )
    (line,) = Recovery().describe(damaged())
    assert "damaged" in str(line)


def test_who_has_used_all_codes_is_not_asked_for_one() -> None:
    assert refusal(Recovery().begin_challenge(step(held()))) == ("none-left", None)
    assert isinstance(Recovery().begin_challenge(step(held(CODES[0]))), Form)
    # What is wrong with the record is said to the answer.
    assert isinstance(Recovery().begin_challenge(step(damaged())), Form)
    assert refusal(Recovery().answer_challenge(step(held()), {"code": CODES[0]}))[0] == "wrong-code"


@settings(max_examples=50)
@given(st.text(st.characters(), max_size=80) | st.from_regex(r"\A[0-9A-Za-z -]{16,22}\Z"))
def test_whatever_is_typed_is_answered_and_opens_only_with_a_code(typed: str) -> None:
    result = Recovery().answer_challenge(step(held(*CODES)), {"code": typed})
    assert isinstance(result, Verified) is (parse(typed) in CODES)


# How many are left


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (8, "8 codes are left."),
        (4, "4 codes are left."),
        (3, "Only 3 codes are left. Make new ones soon."),
        (1, "Only 1 code is left. Make new ones soon."),
        (0, "No code is left. Make new ones, or you cannot get back in with one again."),
    ],
)
def test_how_many_are_left_is_said_on_the_page_and_after_a_use(left: int, said: str) -> None:
    """With words of warning from three on."""
    (line,) = Recovery().describe(held(*CODES[:left]))
    assert str(line) == said
    verified = Recovery().answer_challenge(step(held(*CODES[:left], "z" * 16)), {"code": "z" * 16})
    assert isinstance(verified, Verified)
    assert str(verified.notice) == f"You used a recovery code. {said}"


def test_the_operator_says_what_is_low() -> None:
    factor = Recovery(RecoverySettings(count=10, low=5))
    assert str(factor.describe(held(*CODES[:5]))[0]).startswith("Only 5 codes")
