"""Login names and addresses: one name, one account, whatever it is typed like."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostiary.accounts import (
    AddressRefused,
    LoginName,
    MailAddress,
    NameRefused,
    address,
    login_name,
)
from ostiary.accounts.names import fold


@pytest.mark.parametrize(
    ("typed", "shown", "folded"),
    [
        ("alice", "alice", "alice"),
        ("  Alice \n", "Alice", "alice"),
        ("\uff21\uff4c\uff49\uff43\uff45", "Alice", "alice"),
        ("Stra\xdfe", "Straße", "strasse"),
        ("A\u0301ngel", "\xc1ngel", "\xe1ngel"),
        ("\u0130stanbul", "İstanbul", "i\u0307stanbul"),
        ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("Ольга", "Ольга", "ольга"),
        ("李雷", "李雷", "李雷"),
        ("דוד", "דוד", "דוד"),
        ("o'brien-smith_2.x+y", "o'brien-smith_2.x+y", "o'brien-smith_2.x+y"),
        ("x" * 64, "x" * 64, "x" * 64),
    ],
)
def test_a_name_is_shown_as_typed_and_compared_folded(typed: str, shown: str, folded: str) -> None:
    assert login_name(typed) == LoginName(shown, folded)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a user name"),
        (" \t ", "Enter a user name"),
        ("x" * 65, "at most 64"),
        ("x" * 1_000_000, "at most 64"),
        ("\xdf" * 40, "at most 64"),
        ("a@b", "no @"),
        ("a\uff20b", "no @"),
        ("a\ufe6bb", "no @"),
        ("a b", "letters and digits"),
        ("a\xa0b", "letters and digits"),
        ("a\nb", "letters and digits"),
        ("a\x00b", "letters and digits"),
        ("a\u202eb", "letters and digits"),
        ("a\u2066b", "letters and digits"),
        ("a\u200bb", "letters and digits"),
        ("a\u200db", "letters and digits"),
        ("a\xadb", "letters and digits"),
        ("a\u034fb", "letters and digits"),
        ("a\u3164b", "letters and digits"),
        ("a\ufe0fb", "letters and digits"),
        ("a\ue000b", "letters and digits"),
        ("a\ud800b", "letters and digits"),
        ("a\u0378b", "letters and digits"),
        ("a/b", "letters and digits"),
        ("<b>", "letters and digits"),
        ("=cmd", "letters and digits"),
        ("\ufdfa", "letters and digits"),
        ("a\U0001f600", "letters and digits"),
        (".a", "neither begins nor ends"),
        ("a-", "neither begins nor ends"),
        ("\u0301a", "not with an accent"),
        ("p\u0430ypal", "different alphabets"),
        ("\u03b1lice", "different alphabets"),
        ("\u05d3\u05d5\u05d3a", "right to left"),
    ],
)
def test_a_name_that_could_mislead_is_refused(typed: str, said: str) -> None:
    with pytest.raises(NameRefused) as caught:
        login_name(typed)
    assert said in str(caught.value.text)


@given(st.text(max_size=70))
def test_folding_a_name_again_changes_nothing(typed: str) -> None:
    """Otherwise the same name could be taken twice."""
    try:
        name = login_name(typed)
    except NameRefused:
        return
    assert login_name(name.folded).folded == name.folded
    assert login_name(name.shown) == name
    assert "@" not in name.shown + name.folded


def test_every_single_character_folds_for_good() -> None:
    """What hypothesis may not find among a million code points."""
    for character in map(chr, range(sys.maxunicode + 1)):
        folded = fold(character)
        if folded != character:
            assert fold(folded) == folded, hex(ord(character))


@pytest.mark.parametrize(
    ("typed", "shown", "folded"),
    [
        (" A.B+x@Example.ORG ", "A.B+x@example.org", "a.b+x@example.org"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ("\xfc@b\xfccher.example", "ü@xn--bcher-kva.example", "ü@xn--bcher-kva.example"),
        ("u\u0308@example.org", "u\u0308@example.org", "\xfc@example.org"),
        ("me@\uff45xample.org", "me@example.org", "me@example.org"),
    ],
)
def test_an_address_is_mailed_as_typed_and_compared_folded(
    typed: str, shown: str, folded: str
) -> None:
    assert address(typed) == MailAddress(shown, folded)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "example.org",
        "@example.org",
        "a@",
        "a@@example.org",
        "a\uff20example.org",
        "a\uff20evil.example@example.org",
        "a b@example.org",
        "a\r\nBcc: b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org, b@example.org",
        "<a@example.org>",
        '"a b"@example.org',
        "a..b@example.org",
        ".a@example.org",
        "a@example..org",
        "a@example.org.",
        "a@-example.org",
        "a@192.0.2.1",
        "a@[192.0.2.1]",
        "a\u202e@example.org",
        "a\u034f@example.org",
        "a\ud800@example.org",
        "a@\ud800.org",
        "\ufdfa@example.org",
        f"{'x' * 65}@example.org",
        f"a@{'x' * 64}.org",
        f"{'x' * 60}@{'.'.join(['x' * 60] * 4)}",
        "x" * 100_000 + "@example.org",
    ],
)
def test_what_mail_cannot_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(AddressRefused, match="Enter an email address"):
        address(typed)


@given(st.text(max_size=30), st.sampled_from(["example.org", "b\xfccher.example"]))
def test_folding_an_address_again_changes_nothing(local: str, domain: str) -> None:
    try:
        found = address(f"{local}@{domain}")
    except AddressRefused:
        return
    assert address(found.folded).folded == found.folded
    assert address(found.shown) == found
    assert not set(found.shown) & set('\r\n\0 ,<>"')
