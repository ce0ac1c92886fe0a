"""The factor through its pure steps: choosing, changing, asking, decoy, damage."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ostiary.contracts import (
    Client,
    Credential,
    Enrolled,
    First,
    Form,
    Kind,
    Purpose,
    Refused,
    Site,
    Step,
    User,
    Verified,
)
from ostiary_password import Password, PasswordSettings
from ostiary_password.hashing import Hasher, Match

GOOD = "correct horse battery staple"
SITE = Site("Example Index", "https://example.org", "example.org")
ADA = User("u1", "ada")
CHEAP = PasswordSettings(argon2_memory_kib=7168, argon2_time=5)
FACTOR = Password(CHEAP)


def step(
    *credentials: Credential, purpose: Purpose = Purpose.SIGN_IN, user: User | None = ADA
) -> Step:
    return Step(
        purpose=purpose,
        user=user,
        credentials=credentials,
        find=lambda _lookup: None,
        now=datetime(2026, 3, 1, tzinfo=UTC),
        site=SITE,
        client=Client(),
        handle="h",
        return_url="https://example.org/back",
        state={},
    )


def choose(password: str, user: User | None = ADA) -> object:
    answer = {"password": password}
    return FACTOR.finish_enrolment(step(purpose=Purpose.ENROL, user=user), answer)


def enrolled(password: str) -> Credential:
    result = choose(password)
    assert isinstance(result, Enrolled)
    return Credential("c1", "u1", "Password", secret=result.secret)


def stored(secret: bytes) -> Credential:
    return Credential("c1", "u1", "Password", secret=secret)


def answer(credential: Credential | None, typed: str, factor: Password = FACTOR) -> object:
    held = () if credential is None else (credential,)
    return factor.answer_challenge(step(*held), {"password": typed})


def refusal(result: object) -> tuple[str, str | None]:
    assert isinstance(result, Refused)
    return result.reason, result.field


class Counting(Hasher):
    """The real hasher, which also counts how often the costly part is run."""

    work: int = 0

    def match(self, stored: bytes, password: str) -> Match:
        self.work += 1
        return super().match(stored, password)


# What the factor says of itself


def test_its_properties_say_what_policy_needs() -> None:
    properties = Password.properties
    assert properties.strength.kinds == {Kind.KNOW}
    assert not properties.strength.phishing_resistant
    assert properties.first is First.AFTER_NAME
    assert not properties.second
    assert not properties.single_use
    assert properties.most == 1
    assert properties.ends_sessions
    assert properties.reset_by_mail


def test_a_script_can_give_the_password_on_standard_input() -> None:
    assert Password.create_option is not None
    assert Password.create_option.flag == "--password-stdin"
    assert Password.create_option.field == "password"


# Choosing and changing


@pytest.mark.parametrize(("held", "label"), [((), "Password"), ((stored(b"$"),), "New password")])
def test_choosing_asks_once_for_a_new_password(held: tuple[Credential, ...], label: str) -> None:
    """No second field to type it again: it can be shown, and the core asks for the old proof."""
    form = FACTOR.begin_enrolment(step(*held, purpose=Purpose.ENROL))
    assert isinstance(form, Form)
    (field,) = form.fields
    assert (field.name, field.type, field.autocomplete) == ("password", "password", "new-password")
    assert str(field.label) == label
    assert field.hint is not None
    assert "15 characters" in str(field.hint)
    assert not form.state


def test_no_field_is_so_short_that_a_browser_would_cut_the_password() -> None:
    for form in (FACTOR.begin_enrolment(step()), FACTOR.begin_challenge(step())):
        assert isinstance(form, Form)
        assert form.fields[0].max_length > 1024


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "   leading and trailing spaces   ",
        "no composition rules here",
        "żółta łódź podwodna płynie",
        "五つの猫が静かに歩いて行った夜",
        "🐴 🔋 📎 and other animals 🦦",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "x8!kQz02@lpW9e7",
        " ".join(f"word{n}" for n in range(100)),
    ],
)
def test_long_passwords_of_any_characters_are_taken_and_open(password: str) -> None:
    result = choose(password)
    assert isinstance(result, Enrolled)
    assert isinstance(answer(stored(result.secret), password), Verified)
    assert refusal(answer(stored(result.secret), password.strip() + "x"))[0] == "wrong-password"


def test_what_is_stored_is_a_hash_and_what_was_chosen_is_for_guards() -> None:
    result = choose(GOOD)
    assert isinstance(result, Enrolled)
    assert result.secret.startswith(b"$argon2id$")
    assert result.chosen == GOOD
    assert result.strength == Password.properties.strength
    assert (result.public, result.lookup, result.mark) == ({}, None, None)
    assert GOOD not in repr(result)
    assert "argon2" not in repr(result)


def test_spaces_are_part_of_the_password() -> None:
    credential = enrolled(" correct horse battery staple")
    assert refusal(answer(credential, GOOD))[0] == "wrong-password"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too-short"),
        ("x8!kQz02@lpW9e", "too-short"),
        ("x" * 1025, "too-long"),
        ("correct horse\0battery staple", "unusable-characters"),
        ("correct horse battery staple\r", "unusable-characters"),
        ("correct horse battery \ud83d", "unusable-characters"),
        ("Password12345678", "common"),
        ("ada-ada-ada-ada-ada", "common"),
        ("Example Index 2026", "common"),
        ("qwertyuiopasdfgh", "common"),
    ],
)
def test_a_refused_choice_names_its_reason_and_its_field(password: str, reason: str) -> None:
    assert refusal(choose(password)) == (reason, "password")


def test_an_answer_without_a_password_is_too_short() -> None:
    finished = FACTOR.finish_enrolment(step(purpose=Purpose.ENROL), {})
    assert refusal(finished) == ("too-short", "password")


def test_no_refusal_repeats_what_was_typed() -> None:
    for password in ("zq!short", "Password12345678", "x" * 1025):
        result = choose(password)
        assert isinstance(result, Refused)
        assert password not in str(result.text)


def test_length_counts_code_points_of_the_composed_form() -> None:
    """NIST SP 800-63B-4, section 3.1.1.2, item 4; accents typed apart do not lengthen it."""
    assert isinstance(choose("🐴🔋📎🦦🐙🌵🎈🚲🧊🪁🎻🧲🪴🥨🛶"), Enrolled)
    assert refusal(choose("e\u0301" * 14))[0] == "too-short"
    assert refusal(choose("x8kQz02" + "e\u0301" * 7))[0] == "too-short"


def test_before_there_is_a_user_the_sites_name_still_counts() -> None:
    assert refusal(choose("Example Index 2026", user=None))[0] == "common"
    assert isinstance(choose("ada-ada-ada-bda-ada", user=None), Enrolled)


def test_the_length_is_the_operators() -> None:
    factor = Password(PasswordSettings(min_length=8))
    enrol = step(purpose=Purpose.ENROL)
    assert isinstance(factor.finish_enrolment(enrol, {"password": "x8!kQz02"}), Enrolled)
    refused = factor.finish_enrolment(enrol, {"password": "x8!kQz0"})
    assert isinstance(refused, Refused)
    assert "8 characters" in str(refused.text)


# Asking


@pytest.mark.parametrize("user", [None, ADA])
def test_the_same_field_is_asked_whether_or_not_anybody_is_known(user: User | None) -> None:
    """With no user it goes beside the name on the sign-in page."""
    form = FACTOR.begin_challenge(step(user=user))
    assert form == FACTOR.begin_challenge(step(enrolled(GOOD)))
    assert isinstance(form, Form)
    (field,) = form.fields
    assert (field.name, field.type) == ("password", "password")
    assert field.autocomplete == "current-password"
    assert field.hint is None


def test_the_right_password_opens_and_changes_nothing_stored() -> None:
    credential = enrolled(GOOD)
    verified = answer(credential, GOOD)
    assert isinstance(verified, Verified)
    assert verified.credential == credential
    assert verified.strength == Password.properties.strength
    assert (verified.secret, verified.public, verified.mark) == (None, None, None)


def test_a_password_opens_in_whichever_form_the_keyboard_sends_it() -> None:
    """NFC at both ends: one keyboard composes its accents, another sends them apart."""
    password = "Zażółć gęślą jaźń, Ångström"
    for chosen in ("NFC", "NFD"):
        credential = enrolled(unicodedata.normalize(chosen, password))
        for typed in ("NFC", "NFD"):
            again = unicodedata.normalize(typed, password)
            assert isinstance(answer(credential, again), Verified)


def test_look_alikes_are_other_passwords() -> None:
    """NFC and not NFKC: a ligature or a wide letter is not the plain one."""
    credential = enrolled("five fine fish in a fjord")
    assert refusal(answer(credential, "ﬁve ﬁne ﬁsh in a fjord"))[0] == "wrong-password"


def test_a_password_may_be_used_again_and_again() -> None:
    credential = enrolled(GOOD)
    for _ in range(3):
        assert isinstance(answer(credential, GOOD), Verified)


def test_a_weaker_hash_is_replaced_when_its_owner_signs_in() -> None:
    weak = Credential("c1", "u1", "Password", secret=Hasher(CHEAP).hash(GOOD))
    strong = Password(PasswordSettings(argon2_memory_kib=8192, argon2_time=5))
    verified = answer(weak, GOOD, strong)
    assert isinstance(verified, Verified)
    assert verified.secret is not None
    assert b"m=8192" in verified.secret
    assert isinstance(answer(stored(verified.secret), GOOD, strong), Verified)
    assert refusal(answer(weak, "wrong", strong)) == ("wrong-password", "password")


def test_every_no_has_the_same_words() -> None:
    """Wrong, unknown, damaged, impossible: only the reason, which is for records, differs."""
    noes = [
        answer(enrolled(GOOD), "wrong"),
        answer(None, GOOD),
        answer(FACTOR.decoy(), GOOD),
        answer(stored(b"rubbish"), GOOD),
        answer(enrolled(GOOD), "x" * 1025),
        answer(enrolled(GOOD), "\ud800"),
        FACTOR.answer_challenge(step(enrolled(GOOD)), {}),
    ]
    shown = set()
    for no in noes:
        assert isinstance(no, Refused)
        shown.add((str(no.text), no.field))
    assert shown == {("The name or password is not right.", "password")}
    assert refusal(noes[0])[0] == "wrong-password"
    assert refusal(noes[3])[0] == "damaged"


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(), max_size=40))
@example("\ud800")
@example("")
def test_nothing_typed_raises_or_opens_a_strangers_account(typed: str) -> None:
    assert refusal(answer(FACTOR.decoy(), typed))[0] == "wrong-password"


# Equal cost


def test_the_decoy_costs_what_a_real_hash_costs_and_is_always_the_same() -> None:
    """ASVS 5.0, 6.3.8: the parameters are those of a new hash."""
    decoy = FACTOR.decoy()
    assert decoy is FACTOR.decoy()
    assert decoy.secret.split(b"$")[:4] == enrolled(GOOD).secret.split(b"$")[:4]
    dear = Password(replace(CHEAP, argon2_time=CHEAP.argon2_time + 1)).decoy()
    assert b",t=6," in dear.secret.split(b"$")[3]


@pytest.mark.parametrize(
    ("held", "typed", "work"),
    [
        ("real", GOOD, 1),
        ("real", "wrong", 1),
        ("real", "", 1),
        ("none", "wrong", 1),
        ("decoy", "wrong", 1),
        ("real", "x" * 1025, 0),
        ("none", "x" * 1025, 0),
        ("decoy", "x" * 1025, 0),
        ("real", "\ud800" * 20, 0),
        ("none", "\ud800" * 20, 0),
    ],
)
def test_known_and_unknown_cost_the_same_number_of_hashes(held: str, typed: str, work: int) -> None:
    """Counted, not timed: one hash for a readable answer, none for an impossible one."""
    factor = Password(CHEAP)
    credentials = {"real": enrolled(GOOD), "none": None, "decoy": factor.decoy()}
    factor._hasher = counting = Counting(CHEAP)
    answer(credentials[held], typed, factor)
    assert counting.work == work


def test_a_damaged_record_costs_a_hash_too() -> None:
    factor = Password(CHEAP)
    factor._hasher = counting = Counting(CHEAP)
    answer(stored(b"rubbish"), GOOD, factor)
    assert counting.work == 2  # The record's, which ends before the work, and the decoy's.
