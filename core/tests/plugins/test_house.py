"""The house that plugins are given: what it answers at hook time, and one act in one unit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ostiary.accounts import LookupTaken, login_name
from ostiary.accounts.names import address
from ostiary.audit import Who
from ostiary.contracts import (
    Actor,
    Client,
    Enrolled,
    EventType,
    House,
    Mail,
    Outcome,
    PluginError,
    Text,
)
from ostiary.hookspecs import API, hookimpl
from ostiary.runtime import Runtime
from ostiary.testing.houses import Events, Houses
from ostiary.testing.outbox import Outbox

MADE = EventType("badge.made", Text("tests", "${actor} made a badge."))


def badge(lookup: str) -> Enrolled:
    return Enrolled(label=Text("tests", "Badge"), lookup=lookup)


def plugin(**functions: Any) -> object:
    hooks = {f"ostiary_register_{name}": hookimpl(given) for name, given in functions.items()}
    return SimpleNamespace(OSTIARY_API=API, **hooks)


@pytest.fixture
def given() -> dict[str, Any]:
    return {}


@pytest.fixture
def runtime(make_runtime: Houses, given: dict[str, Any]) -> Runtime:
    """A house whose plugin took from it at hook time what it needs later."""

    def event_types(house: House) -> list[EventType]:
        given.update(house=house, users=house.users, badges=house.credentials("badge"))
        given.update(site=house.site, now=house.now(), settings=house.settings("factor.none"))
        return [MADE]

    return make_runtime("password", plugin(event_types=event_types))


def account(runtime: Runtime) -> str:
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        return runtime.accounts.create(unit, "id-ada", login_name("ada")).id


def test_what_was_taken_at_hook_time_answers_at_request_time(
    runtime: Runtime, given: dict[str, Any]
) -> None:
    ada = account(runtime)
    assert given["site"] == runtime.settings.site
    assert given["now"] == runtime.now()
    assert given["settings"] == {}
    assert given["users"].named("ada") == given["users"].get(ada) == runtime.directory.get(ada)
    assert given["users"].named("nobody") is None
    made = given["badges"].add(ada, badge("1"))
    assert given["badges"].find("1") == made
    assert given["badges"].of(ada) == (made,)
    assert given["badges"].remove(made.id)
    assert not given["badges"].remove(made.id)


def test_what_is_public_is_changed_only_as_it_was_read(
    runtime: Runtime, given: dict[str, Any]
) -> None:
    """Of two who read the same, the second is told; another verifier's is nobody's to change."""
    ada, badges = account(runtime), given["badges"]
    made = badges.add(ada, badge("1"))
    assert badges.change(made, {"door": 1})
    assert not badges.change(made, {"door": 2})
    (found,) = badges.of(ada)
    assert found.public == {"door": 1}
    assert not given["house"].credentials("other").change(found, {})
    assert badges.remove(made.id)
    assert not badges.change(found, {})


def test_a_person_is_told_once_the_act_is_durable(
    runtime: Runtime, given: dict[str, Any], outbox: Outbox
) -> None:
    ada, house = account(runtime), given["house"]
    mail = Mail(Text("tests", "A badge"), (Text("tests", "It was made."),))
    with house.write() as unit:
        house.tell(ada, mail, within=unit)
        house.tell("nobody", mail, within=unit)
    assert outbox.mails == ()
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        runtime.accounts.add_address(unit, ada, address("ada@example.org"), verified=True)
    with pytest.raises(LookupError), house.write() as unit:
        house.tell(ada, mail, within=unit)
        raise LookupError
    with house.write() as unit:
        house.tell(ada, mail, within=unit)
    assert [each.subject for each in outbox] == ["A badge"]
    assert "It was made." in outbox.last.text


@pytest.mark.parametrize(
    ("actor", "facts"),
    [
        (Actor("user", "id-ada", "session"), True),
        (Actor("user", "id-ada", "badge", credential="1"), True),
        (Actor("user", "id-bob", "session"), False),
        (Actor("anonymous"), False),
        (Actor("system"), False),
    ],
)
def test_whence_an_act_came_is_told_to_whoever_it_was_done_by(
    runtime: Runtime, outbox: Outbox, actor: Actor, facts: bool
) -> None:
    """What another person did is told too, and not where that person was."""
    ada = account(runtime)
    assert runtime.accounts is not None
    with runtime.store.write() as unit:
        runtime.accounts.add_address(unit, ada, address("ada@example.org"), verified=True)
    house = runtime.acting_for(Who(actor, Client("192.0.2.77", "curl")))
    mail = Mail(Text("tests", "A badge"), (Text("tests", "It was made."),))
    with house.write() as unit:
        house.tell(ada, mail, within=unit)
    text = outbox.last.text
    assert "It was made." in text
    assert ("192.0.2.77" in text) == ("If this was not you" in text) == facts


@pytest.mark.parametrize(
    "ask",
    [
        lambda house: house.users.get("x"),
        lambda house: house.users.named("x"),
        lambda house: house.credentials("badge").find("x"),
        lambda house: house.credentials("badge").add("x", badge("1")),
        lambda house: house.write(),
    ],
)
def test_at_hook_time_nothing_is_asked(make_runtime: Houses, ask: Any) -> None:
    """There is no directory and no database yet: it raises, and says when it may be asked."""
    with pytest.raises(PluginError, match="raised RuntimeError"):
        make_runtime("password", plugin(event_types=lambda house: [ask(house)]))


def test_a_credential_and_its_event_are_one_act(
    runtime: Runtime, given: dict[str, Any], events: Events
) -> None:
    ada, house, badges = account(runtime), given["house"], given["badges"]
    with house.write() as unit:
        made = badges.add(ada, badge("1"), within=unit)
        house.record("badge.made", subject=ada, within=unit)
    assert badges.find("1") == made
    with pytest.raises(LookupError), house.write() as unit:
        badges.add(ada, badge("2"), within=unit)
        assert badges.remove(made.id, within=unit)
        house.record("badge.made", subject=ada, within=unit)
        raise LookupError
    assert badges.of(ada) == (made,)
    assert [e.outcome for e in events.of("badge.made")] == [Outcome.DONE, Outcome.FAILED]


def test_a_unit_goes_on_after_a_lookup_key_that_was_taken(
    runtime: Runtime, given: dict[str, Any]
) -> None:
    ada, house, badges = account(runtime), given["house"], given["badges"]
    with house.write() as unit:
        badges.add(ada, badge("1"), within=unit)
        with pytest.raises(LookupTaken):
            badges.add(ada, badge("1"), within=unit)
    assert len(badges.of(ada)) == 1


def test_a_plugin_reads_without_waiting_for_a_writer(make_runtime: Houses) -> None:
    """And what it reads with changes nothing."""
    house = make_runtime(plugins="").house
    with house.write() as unit:
        unit.execute(text("CREATE TABLE thing (id INTEGER)"))
    try:
        with house.write() as unit, house.read() as connection:
            unit.execute(text("INSERT INTO thing VALUES (1)"))
            assert connection.execute(text("SELECT count(*) FROM thing")).scalar_one() == 0
        with pytest.raises(DBAPIError), house.read() as connection:
            connection.execute(text("INSERT INTO thing VALUES (2)"))
    finally:
        with house.write() as unit:
            unit.execute(text("DROP TABLE thing"))


def test_a_folder_of_a_plugin_is_in_the_data_folder_and_nowhere_else(
    make_runtime: Houses,
) -> None:
    runtime = make_runtime(plugins="")
    folder = runtime.house.folder("index")
    assert folder == runtime.settings.data / "index"
    assert not folder.exists()
    for name in ("", "..", "../x", "/x", "a/b", "A"):
        with pytest.raises(ValueError, match="is no name of a folder"):
            runtime.house.folder(name)
