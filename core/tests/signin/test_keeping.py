"""Forms that wait for their sender's proofs: for one holder, once, for a while, so many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from ostiary.signin.keeping import MAX_FORMS, Holder, Keeping, KeptForm, NotKept
from ostiary.store.tables import kept

from .conftest import Door, Open, at_once

FORM = KeptForm("/note?a=1", (("a", "1"), ("ä", "\r\n"), ("a", "2")), ("password",), ("file",))
ADA = Holder("ada", "session", "browser")
WHILE = timedelta(minutes=10)


@pytest.fixture
def door(open_door: Open) -> Door:
    return open_door()


@pytest.fixture
def keeping(door: Door) -> Keeping:
    return Keeping(door.runtime.keys, door.clock, WHILE)


def put(door: Door, keeping: Keeping, holder: Holder = ADA, form: KeptForm = FORM) -> str:
    with door.runtime.store.write() as unit:
        return keeping.put(unit, holder, form)


def take(door: Door, keeping: Keeping, token: str, holder: Holder = ADA) -> KeptForm | None:
    with door.runtime.store.write() as unit:
        return keeping.take(unit, holder, token)


def rows(door: Door) -> int:
    with door.runtime.store.read() as connection:
        return int(connection.execute(select(func.count()).select_from(kept)).scalar_one())


def test_a_form_is_given_back_as_it_was_once(door: Door, keeping: Keeping) -> None:
    token = put(door, keeping)
    assert take(door, keeping, token) == FORM
    assert take(door, keeping, token) is None


@pytest.mark.parametrize("part", ["user_id", "session", "browser"])
def test_a_form_is_given_to_its_holder_alone(door: Door, keeping: Keeping, part: str) -> None:
    """And whoever else asks for it does not take it away."""
    token = put(door, keeping)
    other = {part: "another"}
    assert take(door, keeping, token, replace(ADA, **other)) is None
    assert take(door, keeping, token) == FORM


def test_a_form_is_kept_for_a_while(door: Door, keeping: Keeping) -> None:
    token = put(door, keeping)
    door.clock.advance(WHILE)
    assert take(door, keeping, token) is None
    assert rows(door) == 0
    put(door, keeping)
    door.clock.advance(WHILE)
    put(door, keeping)
    assert rows(door) == 1


def test_a_form_that_was_moved_to_another_row_does_not_open(door: Door, keeping: Keeping) -> None:
    first, second = put(door, keeping), put(door, keeping, form=replace(FORM, to="/other"))
    with door.runtime.store.write() as unit:
        (one, _other) = unit.execute(select(kept.c.sealed)).scalars().all()
        unit.execute(update(kept).values(sealed=one))
    found = [take(door, keeping, token) for token in (first, second)]
    assert found.count(None) == 1
    assert rows(door) == 0


def test_only_so_much_is_kept(door: Door, keeping: Keeping) -> None:
    """Bytes, fields, and forms of one person; those of others count by themselves."""
    for fields in ((("a", "x" * 65_536),), (("a", ""),) * 257, (("a", ""),) * 255):
        with pytest.raises(NotKept):
            put(door, keeping, form=replace(FORM, fields=fields))
    put(door, keeping, form=replace(FORM, fields=(("a", ""),) * 254))
    for _ in range(MAX_FORMS - 1):
        put(door, keeping)
    with pytest.raises(NotKept):
        put(door, keeping)
    put(door, keeping, replace(ADA, user_id="bob"))
    assert rows(door) == MAX_FORMS + 1


def test_of_many_that_take_a_form_at_once_one_has_it(door: Door, keeping: Keeping) -> None:
    token = put(door, keeping)
    found = at_once([lambda: take(door, keeping, token)] * 6)
    assert found.count(FORM) == 1
    assert found.count(None) == 5
