"""Constant statements past SQLAlchemy, in a unit of work: what they do, and what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from ostiary.store import Store
from ostiary.store.tables import devices, sessions

from .rows import NOW, SESSION

INSERT = insert(sessions)
OF_USER = select(sessions).where(sessions.c.user_id == bindparam("user_")).order_by(sessions.c.id)
UPDATE = update(sessions).where(sessions.c.id == bindparam("id_"))
DELETE = delete(sessions).where(sessions.c.seen_at <= bindparam("until_"))


def test_a_row_comes_back_as_it_went(store: Store) -> None:
    """JSON, times and what is missing; to SQLAlchemy it is the same row."""
    with store.write() as unit:
        assert unit.run(INSERT, **SESSION) == 1
        found = unit.first(OF_USER, user_="ada")
    assert found._asdict() == SESSION
    with store.read() as connection:
        row = connection.execute(select(sessions)).one()
    assert dict(row._mapping) == SESSION


def test_an_update_sets_what_it_is_given_and_says_how_many_rows(store: Store) -> None:
    """The same constant sets one column, or another."""
    with store.write() as unit:
        unit.run(INSERT, **SESSION)
        later = NOW + timedelta(minutes=1)
        assert unit.run(UPDATE, id_="i", seen_at=later) == 1
        assert unit.run(UPDATE, id_="i", agent="x", proofs=[]) == 1
        assert unit.run(UPDATE, id_="nobody's", agent="y") == 0
        (row,) = unit.all(OF_USER, user_="ada")
    assert row._asdict() == {**SESSION, "seen_at": later, "agent": "x", "proofs": []}


def test_rows_are_found_changed_and_gone_within_the_unit(store: Store) -> None:
    with store.write() as unit:
        assert unit.first(OF_USER, user_="ada") is None
        for number in "21":
            unit.run(INSERT, **{**SESSION, "id": number, "id_hash": number})
        assert [row.id for row in unit.all(OF_USER, user_="ada")] == ["1", "2"]
        assert unit.run(DELETE, until_=NOW) == 2
        assert unit.all(OF_USER, user_="ada") == []


def test_it_is_part_of_the_transaction(store: Store) -> None:
    """Among statements by way of SQLAlchemy; a savepoint and the end of the unit undo it."""
    with store.write() as unit:
        unit.execute(insert(sessions).values(**SESSION))
        with pytest.raises(ZeroDivisionError), unit.savepoint():
            assert unit.run(UPDATE, id_="i", agent="undone") == 1
            raise ZeroDivisionError
        assert unit.first(OF_USER, user_="ada").agent == SESSION["agent"]
    with pytest.raises(ZeroDivisionError), store.write() as unit:
        assert unit.run(DELETE, until_=NOW) == 1
        raise ZeroDivisionError
    assert len(store.readers.all(OF_USER, user_="ada")) == 1


def test_nothing_runs_once_the_unit_is_over(store: Store) -> None:
    """Also where it has run something before, and kept a cursor for it."""
    with store.write() as unit:
        unit.run(DELETE, until_=NOW)
    with pytest.raises(RuntimeError, match="over"):
        unit.run(DELETE, until_=NOW)
    with pytest.raises(RuntimeError, match="over"):
        unit.all(OF_USER, user_="ada")


def test_what_the_database_refuses_is_an_error_as_of_sqlalchemy(store: Store) -> None:
    """Of the same class, without the parameters; the unit is undone."""
    with pytest.raises(IntegrityError) as caught, store.write() as unit:
        unit.run(INSERT, **{**SESSION, "id": "other"})
        unit.run(INSERT, **SESSION)
    assert caught.value.params is None
    assert SESSION["agent"] not in str(caught.value)
    assert store.readers.all(OF_USER, user_="ada") == []


@pytest.mark.parametrize(
    "values", [{}, {"user_": "ada", "other": 1}, {"user": "ada"}], ids=["none", "more", "another"]
)
def test_a_value_that_is_missing_or_has_no_place_is_no_null(
    store: Store, values: dict[str, Any]
) -> None:
    """Else a misspelled name would ask for rows that have nothing in the column."""
    with pytest.raises(TypeError, match="user_"):
        store.readers.all(OF_USER, **values)
    with store.write() as unit, pytest.raises(TypeError, match="user_"):
        unit.all(OF_USER, **values)


def test_a_column_that_python_makes_up_must_be_given(store: Store) -> None:
    """SQLAlchemy would call its function at each execution; a default that is a value is kept."""
    values = {"token_hash": "t", "user_id": "ada", "used_at": NOW, "created_at": NOW}
    with store.write() as unit:
        with pytest.raises(TypeError, match="ostiary_device"):
            unit.run(insert(devices), **values)
        assert unit.run(insert(devices), **values, id="d") == 1
        assert unit.first(select(devices)).agent == devices.c.agent.default.arg == ""  # type: ignore[union-attr] # it has one
