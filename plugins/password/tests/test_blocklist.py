"""The list: what is found in disguise, and what is left alone."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary_password.blocklist import Blocklist, fold

SHIPPED = Blocklist.shipped()
CONTEXT = ["Example Index", "packages.example.org", "ada.lovelace"]


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "PASSWORD",
        "Password123!",
        "passwordpassword",
        "password password password",
        "P@ssw0rd2024!!!!",
        "p455w0rd",
        "pa$$w0rd!",
        "!!!password!!!",
        "01/02/1990 password",
        "ＰＡＳＳＷＯＲＤ１２３４５６７",  # fullwidth
        "Pässwörd 123456",
        "letmein letmein",
        "l3tm31n",
        "1loveyou 1234567",
        "iloveyou1234567",
        "Trustno1",
        "summer2024summer",
        "Contraseña2025",
        "пароль123456789",
        "パスワード2024",
        "我爱你1314520",
    ],
)
def test_a_common_word_is_found_in_any_disguise(password: str) -> None:
    assert SHIPPED.holds(password, [])


@pytest.mark.parametrize(
    "password",
    [
        "123456789012345",
        "987654321098765",
        "1111111111111111",
        "112233445566778899",
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "qwertyuiop12345",
        "QWERTYUIOPasdfgh",
        "poiuytrewq",
        "qwertzuiop",
        "azertyuiop",
        "1qaz2wsx3edc4rfv",
        "!QAZ@WSX#EDC$RFV",
        "zaq12wsxcde34rfv",
        "qazwsxedcrfvtgb",
        "1q2w3e4r5t6y7u8i",
        "q1w2e3r4t5y6u7i8",
        "a1b2c3d4e5f6g7h8",
        "147258369147258369",
        "qwe asd zxc qwe asd",
        "!@#$%^&*()!@#$%^",
        "йцукенгшщзхъ",
        "йцукенфывапр123",
    ],
)
def test_a_walk_along_the_keyboard_is_found(password: str) -> None:
    assert SHIPPED.holds(password, [])


@pytest.mark.parametrize("password", ["xkxkxkxkxkxkxkxk", "x7!kx7!kx7!kx7!k", "zzzzzzzzzzzzzzz"])
def test_a_short_repetition_is_found(password: str) -> None:
    assert SHIPPED.holds(password, [])


@pytest.mark.parametrize(
    "password",
    [
        "adalovelace1815",
        "Ada.Lovelace.1815",
        "lovelace lovelace",
        "4d4l0v3l4c3",
        "ada ada ada ada ada",
        "lovelace-password",
        "ExampleIndex2025!",
        "index example index",
        "example password 1",
        "packages.example.org",
    ],
)
def test_the_names_of_person_and_site_are_found_alone_or_with_one_common_word(
    password: str,
) -> None:
    """NIST SP 800-63B-4, section 3.1.1.2: the service, the username, and derivatives."""
    assert SHIPPED.holds(password, CONTEXT)
    assert not SHIPPED.holds("ada likes her index alphabetical", CONTEXT)


def test_a_name_is_common_only_for_whom_it_names() -> None:
    assert SHIPPED.holds("xanthippe-xanthippe", ["Xanthippe"])
    assert not SHIPPED.holds("xanthippe-xanthippe", ["Socrates"])


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correcthorsebatterystaple",
        "purple monkey dishwasher",
        "sunshine football dragon",
        "the quick brown fox jumps",
        "a very long passphrase",
        "my cat eats green books",
        "Tr0ub4dor & three chairs",
        "x8!kQz02@lpW9e7",
        "love 9$2!8#7@1(4)3&6",
        "8264917350284619",
        "五つの猫が静かに歩いて行った夜",
        "зелёный чайник поёт ночью",
    ],
)
def test_what_merely_contains_common_words_is_left_alone(password: str) -> None:
    """NIST SP 800-63B-4, section 3.1.1.2: "not substrings or words that might be contained"."""
    assert not SHIPPED.holds(password, CONTEXT)


def test_names_too_short_to_mean_anything_take_nothing_away() -> None:
    assert not SHIPPED.holds("al quiet bo harbour", ["al", "bo", "1234", ""])


def test_the_list_has_thousands_of_bare_words_each_of_which_can_match() -> None:
    """An entry with a digit or a mark, or a second time, would be dead weight."""
    lines = files("ostiary_password").joinpath("common.txt").read_text("utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    assert len(words) == len(SHIPPED) > 3000
    for word in words:
        assert fold(word).isalpha(), word
        assert SHIPPED.holds(f"{word.title()}7", []), word


def test_comments_are_no_entries() -> None:
    assert not SHIPPED.holds("category", [])


def test_folding_takes_case_accents_and_widths_away() -> None:
    assert fold("ＣｏｎｔＲＡＳＥñá") == "contrasena"
    assert fold("Straße") == fold("STRASSE")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_asked_is_answered(password: str) -> None:
    assert SHIPPED.holds(password, [password]) in {True, False}


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=20), st.integers(0, 9999))
def test_a_name_with_a_number_is_always_found(name: str, number: int) -> None:
    assert SHIPPED.holds(f"{name.upper()}{number}", [name])
