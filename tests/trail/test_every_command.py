"""Every command leaves an event; whoever adds one without is told here."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy import func, select

from ostiary.cli.root import COMMANDS, root
from ostiary.cli.running import run
from ostiary.cli.state import State
from ostiary.contracts import Enrolled
from ostiary.store import KeyRing, Store, purge
from ostiary_audit.tables import record
from ostiary_tokens.tables import tokens

from .walking import PASSWORD

NO_EVENT = {
    "check": "says what is wrong, and changes nothing",
    "plugins": "lists what is installed, and asks no database",
    "serve": "serves the pages, whose acts are recorded",
    "users list": "shows the table of users, which is no event's",
    "users regains": "lists the requests; what is decided is recorded",
    "tokens list": "shows the table of tokens, which is no event's",
    "tokens attenuate": "works on a token alone, anywhere",
    "tokens explain": "works on a token alone, and changes nothing",
    "i18n extract": "writes files of a package",
    "i18n update": "writes files of a package",
    "i18n compile": "writes files of a package",
    "i18n check": "says what is wrong with files, and changes nothing",
    "i18n status": "says what is offered, and changes nothing",
    "i18n pseudo": "writes files elsewhere",
    "i18n push": "sends a package's messages, which are public",
    "i18n pull": "writes files of a package",
    "i18n native-push": "sends a package's messages, which are public",
    "i18n native-fetch": "keeps what translators say, which is checked when it is shown",
    "i18n explain": "says where a message is from, and changes nothing",
    "index sweep": "removes files that no release has, of uploads that were recorded as failed",
}
"""Commands that leave no event, and why; whoever adds one says so here, or records it."""

WORD = f"{PASSWORD}\n"
STEPS = (
    ("users create", ("ada", "--email", "ada@example.org", "--password-stdin"), WORD),
    ("users create", ("bob", "--email", "bob@example.org", "--password-stdin"), WORD),
    ("users admin", ("ada",), ""),
    ("users admin", ("bob",), ""),
    ("users admin", ("bob", "--revoke"), ""),
    ("tokens create", ("--user", "ada", "--name", "ci"), ""),
    ("tokens revoke", ("TOKEN",), ""),
    ("index create", ("acme-tools", "--owner", "ada"), ""),
    ("users delete", ("bob", "--reason", "asked for"), ""),
    ("users keep", ("bob", "--reason", "asked for"), ""),
    ("users reset-factors", ("bob", "--reason", "asked for"), ""),
    ("users disable", ("bob",), ""),
    ("keys rotate", (), ""),
    ("audit list", ("--json",), ""),
    ("audit tail", ("--once",), ""),
    ("audit export", ("TARGET",), ""),
    ("audit verify", (), ""),
    ("audit prove", ("1",), ""),
    ("audit forward", ("siem", "--file", "TARGET2"), ""),
    ("audit prune", ("--erase", "ada"), ""),
)


class Operator:
    """Calls commands as from a shell; says how many events each left."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store, self._monkeypatch = store, monkeypatch
        assert run(("migrate",)) == 0
        self.first = self._events()

    def __call__(self, *words: str, stdin: str = "") -> int:
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        before = self._events()
        assert run(words) == 0, words
        return self._events() - before

    def token(self) -> str:
        """The id of the one token that there is."""
        with self._store.read() as connection:
            return str(connection.execute(select(tokens.c.id)).scalar_one())

    def enrol(self, login: str) -> None:
        """Give somebody an authenticator app, so that there is one to take away."""
        state = State(dict(os.environ))
        runtime, totp = state.runtime, state.runtime.plugins.factors["totp"]
        user = runtime.directory.named(login)
        assert user is not None
        enrolled = Enrolled(label=totp.title, secret=b"secret")
        named = ("factor", "totp", totp.title, totp.properties, user.id, enrolled, "app")
        with runtime.store.write() as unit:
            runtime.rows.insert(unit, *named, runtime.now())
        state.close()

    def _events(self) -> int:
        with self._store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(record)).scalar_one())


@pytest.fixture
def operator(
    database: str, keys: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """Who works on an empty database, with everything that is installed."""
    data = tmp_path / "data"
    data.mkdir()
    values = {"DATA": data, "DATABASE": database, "KEYS": keys.path}
    for name, value in values.items():
        monkeypatch.setenv(f"OSTIARY_{name}", str(value))
    monkeypatch.setenv("OSTIARY_PLUGINS", "password totp tokens index audit i18n")
    monkeypatch.setenv("OSTIARY_SECOND_FACTOR__REQUIRED", "never")
    store = Store(database, keys)
    yield Operator(store, monkeypatch)
    for name in ("index", "tokens", "audit"):
        purge(store, name)
    store.dispose()


def leaves(command: click.Command, path: str, state: State) -> Iterator[str]:
    """The commands that do something, by the words that call them."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command, obj=state)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None:
            yield from leaves(found, f"{path} {name}".strip(), state)


def test_every_command_leaves_an_event(operator: Operator, tmp_path: Path) -> None:
    """The first one too, which made the tables."""
    state, known = State(dict(os.environ)), {"TARGET": "x.jsonl", "TARGET2": "y.jsonl"}
    words = {name: str(tmp_path / file) for name, file in known.items()}
    left = {"migrate": operator.first}
    for command, more, stdin in STEPS:
        if "TOKEN" in more:
            words["TOKEN"] = operator.token()
        if command == "users reset-factors":
            operator.enrol("bob")
        arguments = [words.get(each, each) for each in more]
        count = operator(*command.split(), *arguments, stdin=stdin)
        left[command] = max(count, left.get(command, 0))
    found = set(leaves(root, "", state))
    for name, command_ in state.commands(COMMANDS).items():
        found |= set(leaves(command_, name, state))
    silent = {name for name in found - NO_EVENT.keys() if not left.get(name)}
    assert silent == set(), f"left no event, or were never called: {sorted(silent)}"
    assert set(NO_EVENT) <= found
