"""`migrate`, `keys`, `plugins`: what an operator does to tables, keys and the list of plugins."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from ostiary.cli.state import State
from ostiary.runtime import Runtime
from ostiary.store import KeyRing

from .conftest import CLI, Shelf, add_tables, events


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


class TestMigrating:
    def test_an_empty_database_gets_tables_keys_and_an_event(
        self, cli: CLI, data: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OSTIARY_DATABASE", empty_url)
        monkeypatch.setenv("OSTIARY_PLUGINS", "")
        done = cli("migrate")
        assert done.code == 0
        assert "core: nothing -> " in done.out
        assert [e["type"] for e in events(done)] == ["schema.migrated"]
        assert "ostiary_user" in tables(empty_url)
        assert KeyRing.load(data / "keys.json").ids
        again = cli("migrate")
        assert (again.code, events(again)) == (0, [])
        assert "Nothing to do" in again.out

    def test_a_plugin_that_comes_late_is_migrated_and_once_gone_can_be_purged(
        self, installed: CLI, shelf: Shelf, empty_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_tables(shelf)
        monkeypatch.setenv("OSTIARY_PLUGINS", "stranger late")
        assert installed("users", "list").code == 1
        assert "late: nothing -> l1" in installed("migrate").out
        assert "ostiary_late_thing" in tables(empty_url)

        listed = installed("migrate", "--purge", "late", "--yes")
        assert listed.code == 1
        assert "is enabled" in listed.err
        monkeypatch.setenv("OSTIARY_PLUGINS", "stranger")
        unsure = installed("migrate", "--purge", "late")
        assert unsure.code == 2
        assert "--yes" in unsure.err
        assert "ostiary_late_thing" in tables(empty_url)

        found = json.loads(installed("plugins", "--json").out)
        assert found["orphans"] == [
            {"name": "late", "current": "l1", "tables": ["ostiary_late_thing"]}
        ]
        assert "ostiary migrate --purge late" in installed("plugins").out
        done = installed("migrate", "--purge", "late", "--yes")
        assert done.code == 0
        assert [(e["type"], e["details"]) for e in events(done)] == [
            ("schema.purged", {"plugin": "late"})
        ]
        assert "ostiary_late_thing" not in tables(empty_url)
        assert json.loads(installed("plugins", "--json").out)["orphans"] == []

    def test_what_nobody_has_cannot_be_purged(self, installed: CLI) -> None:
        done = installed("migrate", "--purge", "ghost", "--yes")
        assert done.code == 1
        assert len(done.err.splitlines()) == 1


class TestRotatingKeys:
    def test_every_secret_is_sealed_anew_and_still_opens(
        self, installed: CLI, runtime: Runtime, data: Path
    ) -> None:
        installed("users", "create", "Ada", "--email", "a@b.example", "--word-stdin", stdin=b"x\n")
        before = KeyRing.load(data / "keys.json").ids
        done = installed("keys", "rotate")
        assert done.code == 0
        (event,) = events(done)
        assert (event["type"], event["details"]) == ("keys.rotated", {"count": 1})
        after = KeyRing.load(data / "keys.json").ids
        assert after[1:] == before
        assert after[0] not in before
        user = runtime.directory.named("ada")
        assert user is not None
        (stored,) = runtime.signin.parts.credentials(user.id)
        assert stored.credential.secret == b"x"

    def test_for_several_hosts_a_key_is_prepared_first(self, installed: CLI, data: Path) -> None:
        (old,) = KeyRing.load(data / "keys.json").ids
        done = installed("keys", "rotate", "--prepare")
        assert (done.code, [e["type"] for e in events(done)]) == (0, ["keys.prepared"])
        old, waiting = KeyRing.load(data / "keys.json").ids
        assert f"The key {waiting} stands by" in done.out
        again = installed("keys", "rotate", "--prepare")
        assert (again.code, len(again.err.splitlines())) == (1, 1)
        assert installed("keys", "rotate", "--prepare", "--drop-old").code == 2
        assert installed("keys", "rotate").code == 0
        assert KeyRing.load(data / "keys.json").ids == (waiting, old)

    def test_keys_just_replaced_are_kept_for_what_is_under_way(
        self, installed: CLI, data: Path
    ) -> None:
        done = installed("keys", "rotate", "--drop-old")
        assert "Old keys kept: 1, dropped: 0" in done.out
        assert len(KeyRing.load(data / "keys.json").ids) == 2


COMMANDS = """
import click
SEEN = []

@click.command()
@click.argument("user")
def ring(user):
    SEEN.append(HOUSE.users.named(user))
    HOUSE.record("bell.rung", subject=None)

@click.command()
def dry():
    click.echo(HOUSE.site.title)

@click.command()
def count():
    return 7

@click.command()
def fault():
    raise RuntimeError("a secret")

@hookimpl
def ostiary_register_event_types(house):
    return [c.EventType("bell.rung", _("${actor} rang."))]

@hookimpl
def ostiary_register_commands(house):
    global HOUSE
    HOUSE = house
    return [ring, dry, count, fault]
"""


class TestPlugins:
    def test_it_says_what_each_is_and_brings(self, installed: CLI) -> None:
        (found,) = json.loads(installed("plugins", "--json").out)["plugins"]
        assert (found["name"], found["distribution"], found["version"], found["api"]) == (
            "stranger",
            "stranger-dist",
            "1.5",
            1,
        )
        assert found["contributes"] == {"factors": ["word", "bell"], "sign_in_guards": ["common"]}
        assert (found["inert"], found["schema"]) == ([], None)
        out = installed("plugins").out
        assert "factors: word, bell" in out
        assert "stranger-dist" in out

    def test_it_works_while_the_database_is_behind(
        self, installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_tables(shelf)
        monkeypatch.setenv("OSTIARY_PLUGINS", "late")
        (found,) = json.loads(installed("plugins", "--json").out)["plugins"]
        assert found["schema"] == {
            "current": None,
            "head": "l1",
            "tables": ["ostiary_late_thing"],
        }
        assert "nothing, needs l1" in installed("plugins").out

    def test_it_works_before_the_first_start_and_makes_nothing(
        self, cli: CLI, data: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OSTIARY_PLUGINS", "")
        found = json.loads(cli("plugins", "--json").out)
        assert (found["plugins"], found["core"]["schema"]["current"]) == ([], None)
        assert not data.exists()

    def test_an_implementation_that_nobody_asks_for_is_said_to_be_inert(
        self, installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shelf.install(
            "inert", "@hookimpl\ndef ostiary_absent_register_things(house):\n    return []\n"
        )
        monkeypatch.setenv("OSTIARY_PLUGINS", "inert")
        (found,) = json.loads(installed("plugins", "--json").out)["plugins"]
        assert found["inert"] == ["ostiary_absent_register_things"]
        assert "not in use: ostiary_absent_register_things" in installed("plugins").out


class TestCommandsOfPlugins:
    @pytest.fixture
    def ringing(self, installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> CLI:
        shelf.install("ringing", COMMANDS)
        monkeypatch.setenv("OSTIARY_PLUGINS", "stranger ringing")
        return installed

    def test_they_run_with_a_house_that_acts_for_the_operator(self, ringing: CLI) -> None:
        done = ringing("ring", "nobody")
        assert (done.code, done.out) == (0, "")
        (event,) = events(done)
        assert event["type"] == "bell.rung"
        assert (event["actor"]["kind"], event["actor"]["means"]) == ("admin", "command")

    def test_they_are_listed_with_their_plugin(self, ringing: CLI) -> None:
        found = json.loads(ringing("plugins", "--json").out)["plugins"]
        assert found[1]["contributes"]["commands"] == ["ring", "dry", "count", "fault"]

    def test_one_that_needs_no_database_runs_without(
        self, ringing: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OSTIARY_DATA", str(tmp_path / "none"))
        assert ringing("dry").out == "Ostiary\n"
        done = ringing("ring", "x")
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert "there is no data folder" in done.err

    def test_what_one_returns_is_no_exit_code(self, ringing: CLI) -> None:
        assert ringing("count").code == 0

    def test_what_one_raises_is_named_without_its_message(self, ringing: CLI) -> None:
        done = ringing("fault")
        assert done.code == 1
        assert "RuntimeError in fault" in done.err
        assert "secret" not in done.err
        assert len(done.err.splitlines()) == 1

    @pytest.mark.parametrize("name", ["users", "serve"])
    def test_none_takes_a_name_of_the_core(
        self, name: str, ringing: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It would be called in the place of what the operator means."""
        shelf.install(
            "greedy",
            "import click\n@hookimpl\ndef ostiary_register_commands(house):\n"
            f"    return [click.Command({name!r})]\n",
        )
        monkeypatch.setenv("OSTIARY_PLUGINS", "greedy")
        for command in ("anything", "plugins"):
            done = ringing(command)
            assert done.code == 1
            assert done.err == (
                "ostiary: plugin 'greedy' (greedy-dist 1.5): the command "
                f"'{name}' is the core's; rename it\n"
            )
        assert ringing("users", "list").code == 0

    def test_no_factor_takes_an_option_of_the_core(
        self, ringing: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from .conftest import WORD

        shelf.install("rude", WORD.replace("--bell-stdin", "--admin"))
        monkeypatch.setenv("OSTIARY_PLUGINS", "rude")
        done = ringing("users", "create", "x", "--email", "x@example.org", "--admin")
        assert done.code == 1
        assert "rude-dist 1.5" in done.err
        assert "--admin, which `users create` has already" in done.err


def test_what_was_opened_is_closed(installed: CLI) -> None:
    """A command leaves no connection behind, whatever it did."""
    state = State(os.environ)
    runtime = state.runtime
    state.close()
    assert runtime.store.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
