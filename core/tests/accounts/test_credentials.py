"""Credentials: sealed rows, accepted answers, and the last way in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from ostiary.accounts import (
    FACTOR,
    VERIFIER,
    CredentialRows,
    LabelRefused,
    LastFirstProof,
    LookupTaken,
    StoredCredential,
    TooMany,
)
from ostiary.contracts import Enrolled, First, Kind, Properties, Strength, Text, Verified
from ostiary.store import Store, Unit
from ostiary.store.tables import credentials
from ostiary.text import translations

_, _n, _p, _np = translations("stranger")

KNOW = Strength(frozenset({Kind.KNOW}))
HAVE = Strength(frozenset({Kind.HAVE}))
BOTH = Strength(frozenset({Kind.KNOW, Kind.HAVE}), phishing_resistant=True)
PASSWORD = Properties(KNOW, First.AFTER_NAME, second=False, most=1)
CODES = Properties(HAVE, most=2)
KEYS = Properties(BOTH, First.FINDS_USER)
SHEET = Properties(HAVE, First.AFTER_NAME, second=False, recovery=True, most=1)
USER = "id-of-alice"

Add = Callable[..., StoredCredential]


@pytest.fixture
def add(store: Store, rows: CredentialRows, clock: Any) -> Add:
    """Enrol something for Alice in a unit of its own, a minute after what came before."""

    def enrol(
        name: str = "codes",
        properties: Properties = CODES,
        *,
        label: str = "Phone",
        user: str = USER,
        part: str = FACTOR,
        **enrolled: Any,
    ) -> StoredCredential:
        with store.write() as unit:
            return rows.insert(
                unit,
                part,
                name,
                _("Codes"),
                properties,
                user,
                Enrolled(label=_("App"), **enrolled),
                label,
                clock.forward(minutes=1),
            )

    return enrol


@pytest.fixture
def of_alice(store: Store, rows: CredentialRows) -> Callable[[], tuple[StoredCredential, ...]]:
    def read() -> tuple[StoredCredential, ...]:
        with store.read() as connection:
            return rows.of_user(connection, USER)

    return read


def test_what_was_enrolled_is_what_is_read(
    store: Store, rows: CredentialRows, clock: Any, add: Add, of_alice: Callable[[], Any]
) -> None:
    stored = add("keys", KEYS, public={"aaguid": [1]}, secret=b"s\0", lookup="abc", mark=7)
    assert stored.credential.public == {"aaguid": [1]}
    assert (stored.credential.secret, stored.credential.mark) == (b"s\0", 7)
    assert (stored.credential.label, stored.credential.user_id) == ("Phone", USER)
    assert (stored.part, stored.name, stored.title) == (FACTOR, "keys", Text("stranger", "Codes"))
    assert (stored.first, stored.second, stored.recovery) == (True, True, False)
    assert (stored.strength, stored.version) == (BOTH, 1)
    assert (stored.created_at, stored.used_at) == (clock.now, None)
    assert of_alice() == (stored,)
    with store.read() as connection:
        assert rows.find(connection, FACTOR, "keys", "abc") == stored
        assert rows.find(connection, FACTOR, "other", "abc") is None
        assert rows.find(connection, VERIFIER, "keys", "abc") is None
        assert rows.get(connection, stored.credential.id) == stored
        assert rows.get(connection, "gone") is None


def test_the_database_alone_gives_no_secret(store: Store, add: Add) -> None:
    add(secret=b"JBSWY3DPEHPK3PXP")
    with store.read() as connection:
        row = connection.execute(select(credentials)).one()
    assert all(b"JBSWY3DP" not in str(value).encode() for value in row)


def test_a_secret_moved_to_another_row_does_not_open(
    store: Store, rows: CredentialRows, add: Add
) -> None:
    """Who can write the database could else give the victim's account a seed they know."""
    victim, own = add(secret=b"victim"), add(secret=b"own", user="mallory")
    ids = credentials.c.id
    with store.write() as unit:
        chosen = select(credentials.c.secret).where(ids == own.credential.id)
        secret = unit.execute(chosen).scalar_one()
        unit.execute(update(credentials).where(ids == victim.credential.id).values(secret=secret))
        (broken,) = rows.of_user(unit, USER)
        assert (broken.broken, broken.credential.secret) == (True, b"")
        unit.execute(update(credentials).where(ids == victim.credential.id).values(secret=None))
        (broken,) = rows.of_user(unit, USER)
        assert (broken.broken, broken.credential.secret) == (True, b"")


def test_a_user_has_at_most_as_many_as_the_factor_allows(
    add: Add, of_alice: Callable[[], Any]
) -> None:
    add(), add()
    with pytest.raises(TooMany):
        add()
    add("others")
    add(user="bob")
    add(part=VERIFIER)
    assert len(of_alice()) == 3


def test_where_one_is_allowed_a_new_one_replaces_the_old(
    add: Add, of_alice: Callable[[], Any]
) -> None:
    """It keeps the label and may keep the lookup key."""
    add("password", PASSWORD, lookup="same", label="Password")
    new = add("password", PASSWORD, lookup="same", label="Password", secret=b"new")
    assert of_alice() == (new,)
    assert new.credential.label == "Password"


def test_a_lookup_key_is_unique_within_the_factor(add: Add, of_alice: Callable[[], Any]) -> None:
    add(lookup="key", user="bob")
    add("other", lookup="key", user="bob")
    with pytest.raises(LookupTaken):
        add(lookup="key")
    old = add("password", PASSWORD)
    add("password", PASSWORD, lookup="taken", user="bob")
    with pytest.raises(LookupTaken):
        add("password", PASSWORD, lookup="taken")
    assert of_alice() == (old,), "a refused enrolment must not take the old password away"


@pytest.mark.parametrize("properties", [PASSWORD, replace(CODES, most=2)])
def test_two_enrolments_at_once_do_not_exceed_the_most(
    rows: CredentialRows,
    clock: Any,
    add: Add,
    of_alice: Callable[[], Any],
    together: Callable[..., list[Any]],
    properties: Properties,
) -> None:
    if properties.most == 2:
        add()

    def enrolment(unit: Unit) -> StoredCredential:
        enrolled = Enrolled(label=_("App"))
        return rows.insert(
            unit, FACTOR, "codes", _("Codes"), properties, USER, enrolled, "Phone", clock.now
        )

    first, second = together(enrolment, enrolment)
    assert isinstance(first, StoredCredential)
    assert isinstance(second, StoredCredential if properties.most == 1 else TooMany)
    assert len(of_alice()) == properties.most


def test_an_answer_is_accepted_once(
    store: Store, rows: CredentialRows, clock: Any, add: Add, of_alice: Callable[[], Any]
) -> None:
    """The same code, judged against the row as it was before, is refused (ASVS 6.5.1)."""
    stored = add(mark=5)
    verified = Verified(credential=stored.credential, mark=6)
    with store.write() as unit:
        assert rows.accept(unit, stored, verified, clock.forward(seconds=1))
        assert not rows.accept(unit, stored, verified, clock.now)
    (now,) = of_alice()
    assert (now.credential.mark, now.version, now.used_at) == (6, 2, clock.now)


@pytest.mark.parametrize("mark", [4, 5])
def test_a_mark_only_grows(
    store: Store,
    rows: CredentialRows,
    clock: Any,
    add: Add,
    of_alice: Callable[[], Any],
    mark: int,
) -> None:
    """A plugin that forgets to compare is caught by the row."""
    stored = add(mark=5)
    with store.write() as unit:
        verified = Verified(credential=stored.credential, mark=mark)
        assert not rows.accept(unit, stored, verified, clock.now)
    assert of_alice() == (stored,)


def test_a_first_mark_may_be_anything(
    store: Store, rows: CredentialRows, clock: Any, add: Add
) -> None:
    stored = add()
    with store.write() as unit:
        assert rows.accept(unit, stored, Verified(credential=stored.credential, mark=0), clock.now)


@pytest.mark.parametrize(
    "changes", [{"mark": 6}, {"secret": b"fewer codes"}, {"public": {"used": 1}}]
)
def test_of_two_answers_at_once_that_use_something_up_one_is_accepted(
    rows: CredentialRows,
    clock: Any,
    add: Add,
    of_alice: Callable[[], Any],
    together: Callable[..., list[Any]],
    changes: dict[str, Any],
) -> None:
    """Two recovery codes at once, too: the second is judged again, against what is left."""
    stored = add(mark=5, secret=b"codes")
    first = Verified(credential=stored.credential, **changes)
    second = replace(first, secret=b"other codes") if "secret" in changes else first
    results = together(
        lambda unit: rows.accept(unit, stored, first, clock.now),
        lambda unit: rows.accept(unit, stored, second, clock.now),
    )
    assert results == [True, False]
    (now,) = of_alice()
    assert now.version == 2
    assert now.credential.secret == changes.get("secret", b"codes")


def test_answers_that_change_nothing_do_not_race(
    rows: CredentialRows,
    clock: Any,
    add: Add,
    of_alice: Callable[[], Any],
    together: Callable[..., list[Any]],
) -> None:
    """Two sign-ins at once with one password; saying the same again is no change."""
    stored = add(secret=b"hash", public={"a": 1})
    verified = Verified(credential=stored.credential, secret=b"hash", public={"a": 1})
    results = together(
        lambda unit: rows.accept(unit, stored, verified, clock.now),
        lambda unit: rows.accept(unit, stored, verified, clock.now),
    )
    assert results == [True, True]
    assert of_alice() == (replace(stored, used_at=clock.now),)


def test_an_answer_by_a_removed_credential_is_not_accepted(
    rows: CredentialRows, clock: Any, add: Add, together: Callable[..., list[Any]]
) -> None:
    stored = add(mark=1)
    verified = Verified(credential=stored.credential, mark=2)
    removed, accepted = together(
        lambda unit: rows.remove(unit, stored.credential.id, USER),
        lambda unit: rows.accept(unit, stored, verified, clock.now),
    )
    assert removed is not None
    assert accepted is False


def test_an_answer_by_a_credential_that_was_not_handed_out_is_a_fault(
    store: Store, rows: CredentialRows, clock: Any, add: Add
) -> None:
    stored, other = add(), add(user="bob")
    with store.write() as unit, pytest.raises(ValueError, match="not handed out"):
        rows.accept(unit, stored, Verified(credential=other.credential), clock.now)


def test_labels_are_told_apart_by_a_number(
    store: Store, rows: CredentialRows, add: Add, of_alice: Callable[[], Any]
) -> None:
    add(label=" Phone "), add(label="phone"), add("other", label="\uff30hone")
    add(user="bob", label="Phone")
    assert [c.credential.label for c in of_alice()] == [
        "Phone",
        "phone (2)",
        "\uff30hone (3)",
    ]
    first = of_alice()[0].credential.id
    with store.write() as unit:
        assert rows.rename(unit, first, USER, "PHONE") == "PHONE"
        assert rows.rename(unit, first, USER, "x" * 100) == "x" * 100
        assert rows.rename(unit, of_alice()[1].credential.id, USER, "X" * 100) == (
            "X" * 96 + " (2)"
        )


def test_only_the_owner_renames(store: Store, rows: CredentialRows, add: Add) -> None:
    stored = add()
    with store.write() as unit:
        assert rows.rename(unit, stored.credential.id, "bob", "Mine") is None
        assert rows.rename(unit, "gone", USER, "Mine") is None
        renamed = rows.get(unit, stored.credential.id)
    assert renamed == stored


@pytest.mark.parametrize(
    "label", ["", "  ", "x" * 101, "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "a\ud800b"]
)
def test_a_label_that_could_mislead_is_refused(
    store: Store, rows: CredentialRows, add: Add, label: str
) -> None:
    stored = add()
    with store.write() as unit, pytest.raises(LabelRefused) as caught:
        rows.rename(unit, stored.credential.id, USER, label)
    assert caught.value.text.domain == "ostiary"
    with pytest.raises(LabelRefused):
        add(label=label)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("\u202eCodes\u202c", "Codes"), ("\u200fCodes\u2067", "Codes"), ("x" * 150, "x" * 100)],
)
def test_a_suggested_label_is_made_to_fit(
    store: Store, rows: CredentialRows, clock: Any, said: str, kept: str
) -> None:
    """Nobody typed it: a translation's marks of direction, or its length, refuse nobody."""
    with store.write() as unit:
        stored = rows.insert(
            unit,
            FACTOR,
            "codes",
            _("Codes"),
            CODES,
            USER,
            Enrolled(label=Text("stranger", said)),
            said,
            clock.now,
        )
    assert stored.credential.label == kept


def test_a_label_may_be_in_any_script_and_have_pictures(add: Add) -> None:
    family = "\U0001f469\u200d\U0001f4bb"
    assert add(label=f"نمی\u200cدانم {family}").credential.label == f"نمی\u200cدانم {family}"


def test_removal_needs_neither_plugin_nor_key_but_the_owner(
    store: Store, rows: CredentialRows, add: Add, of_alice: Callable[[], Any]
) -> None:
    stored = add(secret=b"seed")
    with store.write() as unit:
        assert rows.remove(unit, stored.credential.id, "bob") is None
        unit.execute(update(credentials).values(secret=b"no longer opens"))
        removed = rows.remove(unit, stored.credential.id, USER)
        assert rows.remove(unit, stored.credential.id, USER) is None
    assert removed == replace(stored, credential=replace(stored.credential, secret=b""))
    assert of_alice() == ()


def test_the_last_way_in_stays(
    store: Store, rows: CredentialRows, add: Add, of_alice: Callable[[], Any]
) -> None:
    """Neither second factors nor recovery codes are a way in, nor is an API token."""
    password = add("password", PASSWORD)
    add(), add("password", PASSWORD, user="bob"), add("tokens", KEYS, part=VERIFIER)
    sheet = add("sheet", SHEET)
    with store.write() as unit, pytest.raises(LastFirstProof):
        rows.remove(unit, password.credential.id, USER)
    passkey = add("keys", KEYS)
    with store.write() as unit:
        assert rows.remove(unit, sheet.credential.id, USER)
        assert rows.remove(unit, password.credential.id, USER)
        with pytest.raises(LastFirstProof):
            rows.remove(unit, passkey.credential.id, USER)
    assert passkey in of_alice()


def test_what_is_no_way_in_does_not_stand_for_one(
    store: Store, rows: CredentialRows, add: Add, of_alice: Callable[[], Any]
) -> None:
    """A key that holds no passkey: its factor can come first, and this one cannot."""
    password = add("password", PASSWORD)
    key = add("keys", KEYS, first=False)
    assert (key.first, add("codes", CODES, first=True).first) == (False, False)
    with store.write() as unit, pytest.raises(LastFirstProof):
        rows.remove(unit, password.credential.id, USER)
    with store.write() as unit:
        assert rows.remove(unit, key.credential.id, USER)
    assert password in of_alice()


def test_of_two_removals_at_once_one_way_in_is_left(
    rows: CredentialRows, add: Add, of_alice: Callable[[], Any], together: Callable[..., list[Any]]
) -> None:
    one, two = add("password", PASSWORD), add("keys", KEYS)
    results = together(
        lambda unit: rows.remove(unit, one.credential.id, USER),
        lambda unit: rows.remove(unit, two.credential.id, USER),
    )
    assert [type(result) for result in results] == [StoredCredential, LastFirstProof]
    assert of_alice() == (two,)


def test_rows_are_read_in_the_order_they_came(
    add: Add, of_alice: Callable[[], Any], clock: Any
) -> None:
    old = add()
    clock.forward(days=-1)
    older = add("other")
    assert of_alice() == (older, old)
    assert old.created_at - older.created_at == timedelta(days=1) - timedelta(minutes=1)


@pytest.mark.parametrize("broken", [{"kinds": "know"}, {"kinds": ["magic"]}, {"title": "Codes"}])
def test_a_row_that_no_version_wrote_is_not_guessed_at(
    store: Store, rows: CredentialRows, add: Add, broken: dict[str, Any]
) -> None:
    add()
    with store.write() as unit:
        unit.execute(update(credentials).values(**broken))
    with store.read() as connection, pytest.raises(ValueError, match=r"strength|magic|text"):
        rows.of_user(connection, USER)
