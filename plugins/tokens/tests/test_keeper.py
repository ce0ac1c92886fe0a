"""Making and revoking: one act each, with its event and its mail."""

from __future__ import annotations

from datetime import UTC

import pytest
from sqlalchemy import insert, inspect, select

from ostiary.contracts import Outcome
from ostiary.runtime import Runtime
from ostiary.store.tables import credentials, metadata
from ostiary.testing.houses import Events
from ostiary.testing.outbox import Outbox
from ostiary_tokens.caveats import written
from ostiary_tokens.tables import TABLES, spent, tokens
from plugins.tokens.tests.conftest import Desk, with_address


def test_a_token_that_was_made_is_in_history_and_mail_and_never_itself(
    desk: Desk, events: Events, outbox: Outbox
) -> None:
    ada = with_address(desk)
    token = desk.token(written("on", ["project", "=", "acme"]), written("uses", 1))
    (made,) = events.of("token.created")
    (listed,) = desk.keeper.of(ada)
    assert (made.subject, made.outcome) == (ada, Outcome.DONE)
    assert made.details == {
        "token": listed.id,
        "name": "ci",
        "limits": "Only for: Project acme; For a single use",
    }
    assert made.personal == {"name"}
    mail = outbox.last
    assert mail.subject == "A new API token: ci"
    assert "Only for: Project acme" in mail.text
    assert token not in mail.text + repr(made)
    assert listed.record.created.tzinfo is UTC


def test_revoking_ends_the_token_its_copies_and_what_was_counted_of_it(
    desk: Desk, events: Events, outbox: Outbox
) -> None:
    ada = with_address(desk)
    desk.token(written("uses", 1))
    (listed,) = desk.keeper.of(ada)
    with desk.runtime.store.write() as unit:
        unit.execute(insert(spent).values(id="x" * 64, token=listed.id, used=1))
    assert desk.keeper.revoke(listed.credential)
    assert not desk.keeper.revoke(listed.credential)
    assert [each.details["token"] for each in events.of("token.revoked")] == [listed.id]
    assert outbox.last.subject == "API token revoked: ci"
    with desk.runtime.store.read() as connection:
        for table in (tokens, spent, credentials):
            assert connection.execute(select(table)).all() == []
    assert desk.keeper.get(listed.id) is None


def test_two_tokens_of_one_name_are_told_apart(desk: Desk) -> None:
    desk.token()
    desk.token()
    assert {each.name for each in desk.keeper.of(desk.user().id)} == {"ci", "ci (2)"}


def test_nobody_sees_anothers_tokens(desk: Desk) -> None:
    desk.token()
    assert desk.keeper.of(desk.user("bob").id) == ()


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_what_the_revisions_made(desk: Desk, name: str) -> None:
    """Columns, nullability, keys and indexes."""
    table = metadata.tables[name]
    with desk.runtime.store.read() as connection:
        there = inspect(connection)
        columns = {each["name"]: each for each in there.get_columns(name)}
        assert {n: c["nullable"] for n, c in columns.items()} == {
            c.name: c.nullable for c in table.columns
        }
        for column in table.columns:
            made = str(columns[column.name]["type"].compile(connection.dialect))
            assert made == str(column.type.compile(connection.dialect))
        (key,) = there.get_foreign_keys(name)
        assert key["options"] == {"ondelete": "CASCADE"}
        assert key["name"] == next(iter(table.foreign_key_constraints)).name
        assert {each["name"] for each in there.get_indexes(name)} == {
            each.name for each in table.indexes
        }


def test_a_user_who_is_deleted_takes_their_tokens_along(desk: Desk, runtime: Runtime) -> None:
    desk.token()
    assert desk.runtime.accounts is not None
    with desk.runtime.store.write() as unit:
        for each in desk.runtime.rows.of_user(unit, desk.user().id, "verifier"):
            desk.runtime.rows.remove(unit, each.credential.id, desk.user().id)
    assert desk.keeper.of(desk.user().id) == ()
