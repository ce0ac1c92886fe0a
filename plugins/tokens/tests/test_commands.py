"""``ostiary tokens`` as it is typed, with a database and without."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from ostiary.cli import run
from ostiary.store import KeyRing
from ostiary_tokens.narrowing import caveats_of


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


CLI: TypeAlias = Callable[..., Result]


@pytest.fixture
def offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[CLI]:
    """Commands where there is no data folder."""
    for variable in os.environ:
        if variable.startswith("OSTIARY_") and not variable.startswith("OSTIARY_TEST_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("OSTIARY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("OSTIARY_PLUGINS", "password tokens")
    root = logging.getLogger()
    handlers, levels = list(root.handlers), {n: logging.getLogger(n).level for n in ("", "ostiary")}

    def call(*arguments: str, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = run(arguments)
        said = capsys.readouterr()
        return Result(code, said.out, said.err)

    yield call
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def cli(
    offline: CLI, database: str, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CLI]:
    """The same where there is a house, with Ada in it."""
    data = Path(os.environ["OSTIARY_DATA"])
    data.mkdir()
    monkeypatch.setenv("OSTIARY_DATABASE", database)
    monkeypatch.setenv("OSTIARY_KEYS", str(keys.path))
    assert offline("migrate").code == 0
    made = offline(
        *("users", "create", "ada", "--email", "ada@example.org", "--password-stdin"),
        stdin="correct horse battery staple\n",
    )
    assert made.code == 0, made.err
    yield offline
    # A server is shared, and the next test may have no such plugin.
    monkeypatch.setenv("OSTIARY_PLUGINS", "password")
    assert offline("migrate", "--purge", "tokens", "--yes").code == 0


def token_of(result: Result) -> str:
    assert result.code == 0, result.err
    (line,) = result.out.splitlines()
    return line


def create(cli: CLI, *limits: str, name: str = "ci") -> str:
    return token_of(cli("tokens", "create", "--user", "ada", "--name", name, *limits))


def arrays(token: str) -> list[object]:
    return [json.loads(caveat) for caveat in caveats_of(token)]


def test_a_token_is_made_listed_and_revoked(cli: CLI) -> None:
    token = create(cli, "--project", "acme", "--project", "tools")
    assert arrays(token) == [["on", ["project", "=", "acme"], ["project", "=", "tools"]]]
    (listed,) = json.loads(cli("tokens", "list", "--user", "ada", "--json").out)
    assert listed["name"] == "ci"
    assert listed["limits"] == ["Only for: project acme, project tools"]
    assert listed["expires"] is listed["last_used"] is None
    assert token not in json.dumps(listed)
    known = json.loads(cli("tokens", "explain", "--json", stdin=token).out)
    assert known["known"] == "authentic"
    revoked = cli("tokens", "revoke", listed["id"])
    assert (revoked.code, revoked.out) == (0, "The token ci is revoked.\n")
    again = cli("tokens", "revoke", listed["id"])
    assert (again.code, "there is no token" in again.err) == (1, True)
    assert json.loads(cli("tokens", "list", "--user", "ada", "--json").out) == []
    known = json.loads(cli("tokens", "explain", "--json", stdin=token).out)
    assert known["known"] == "unknown"


def test_names_are_listed_in_a_table_with_their_limits(cli: CLI) -> None:
    create(cli, name="all")
    create(cli, "--single-use", name="once")
    lines = cli("tokens", "list", "--user", "ada@example.org").out.splitlines()
    assert lines[0].split() == ["ID", "NAME", "LIMITS", "LAST", "USED"]
    said = {tuple(line.split(maxsplit=1)[1].split()) for line in lines[1:]}
    assert said == {("all", "none", "-"), ("once", "For", "a", "single", "use", "-")}


@pytest.mark.parametrize(
    ("limits", "array"),
    [
        (["--on", "team:a:b"], ["on", ["team", "=", "a:b"]]),
        (["--like", "project:acme-*"], ["on", ["project", "~", "acme-*"]]),
        (["--may-create", "project:new"], ["on", ["project", "+", "new"]]),
        (["--version", "1.0"], ["on", ["version", "=", "1.0"]]),
        (["--may", "upload", "--may", "yank"], ["may", "upload", "yank"]),
        (["--expires", "2027-01-31T12:00"], ["exp", 1801396800]),
        (["--not-before", "2027-01-31T12:00+01:00"], ["nbf", 1801393200]),
        (["--from", "192.0.2.7"], ["from", "192.0.2.7/32"]),
        (["--from", "::1", "--from", "2001:DB8::/32"], ["from", "::1/128", "2001:db8::/32"]),
        (["--uses", "3"], ["uses", 3]),
        (["--single-use"], ["uses", 1]),
        (["--caveat", '["weekday",3]'], ["weekday", 3]),
    ],
)  # fmt: skip
def test_each_option_is_a_limit_of_its_own(
    offline: CLI, minted: str, limits: list[str], array: list[object]
) -> None:
    narrowed = token_of(offline("tokens", "attenuate", *limits, stdin=minted))
    assert arrays(narrowed) == [array]


@pytest.fixture
def minted() -> str:
    """A token of some house elsewhere."""
    from ostiary_tokens.signing import mint
    from ostiary_tokens.spelling import Spelling

    text: str = mint([])[0].serialize(Spelling(["acme-"]))
    return text


def test_a_token_is_narrowed_where_there_is_no_house(offline: CLI, minted: str) -> None:
    before = int(datetime.now(UTC).timestamp())
    narrowed = token_of(
        offline(
            *("tokens", "attenuate", "--project", "P", "--expires", "1h"),
            *("--delegate", "ci.example"),
            stdin=f"  {minted}\n",
        )
    )
    after = int(datetime.now(UTC).timestamp())
    delegate, on, expires = arrays(narrowed)
    assert (delegate, on) == (["delegate", "ci.example"], ["on", ["project", "=", "P"]])
    assert isinstance(expires, list)
    assert before <= expires[1] - timedelta(hours=1).total_seconds() <= after
    assert narrowed.startswith("acme-")
    assert not Path(os.environ["OSTIARY_DATA"]).exists()
    said = offline("tokens", "explain", stdin=narrowed)
    assert said.code == 0
    assert "its signature was not checked" in said.out
    assert "- Handed on to ci.example" in said.out


def test_what_was_narrowed_offline_is_authentic_in_its_house(cli: CLI) -> None:
    narrowed = token_of(cli("tokens", "attenuate", "--delegate", "ci.example", stdin=create(cli)))
    known = json.loads(cli("tokens", "explain", "--json", stdin=narrowed).out)
    assert (known["known"], known["delegates"]) == ("authentic", ["ci.example"])


def test_a_dry_run_says_what_would_be_refused_and_why(cli: CLI) -> None:
    token = create(cli, "--project", "acme", "--may", "upload", "--expires", "1d", "--uses", "1")
    for asked, code, said in [
        (["--may", "upload", "--on", "project:acme"], 0, "It may upload."),
        (["--may", "upload", "--on", "file:x", "--on", "project:acme"], 0, "It may upload."),
        (["--may", "yank", "--on", "project:acme"], 1, "Refused: This token does not allow"),
        (["--may", "upload", "--on", "project:b"], 1, "Refused: This token is only for"),
        (["--may", "upload"], 1, "Refused: This token is only for"),
        (["--may", "upload", "--on", "project:acme", "--at", "2d"], 1, "Refused: This token expir"),
    ]:
        told = cli("tokens", "explain", *asked, stdin=token)
        assert (told.code, said in told.out) == (code, True), told
    told = cli("tokens", "explain", "--may", "yank", "--json", stdin=token)
    assert told.code == 1
    assert json.loads(told.out)["reason"] == "token-action"


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "said"),
    [
        (["attenuate"], "", 2, "say by what to narrow it"),
        (["attenuate", "--uses", "1"], "", 2, "give the token on standard input"),
        (["attenuate", "--uses", "1"], "a b", 2, "on one line"),
        (["attenuate", "--uses", "1"], "password", 1, "no token that can be narrowed"),
        (["attenuate", "--uses", "1"], "ost-\u00e9", 1, "no token that can be narrowed"),
        (["attenuate", "--uses", "0"], "ost-x", 2, "from 1 to 1000000"),
        (["attenuate", "--delegate", "a b"], "ost-x", 2, "A delegate's name is"),
        (["attenuate", "--on", "acme"], "ost-x", 2, "KIND:NAME"),
        (["attenuate", "--expires", "soon"], "ost-x", 2, "such as 12h or 90d"),
        (["attenuate", "--from", "home"], "ost-x", 2, "addresses or networks"),
        (["attenuate", "--caveat", "[1.5]"], "ost-x", 2, "JSON array"),
        (["attenuate", "--project", ""], "ost-x", 2, "must not be empty"),
        (["attenuate", "--project", "\udc80"], "ost-x", 2, "cannot be written down"),
        (["explain"], "password", 1, "this is no token"),
        (["explain", "--may", "x", "--on", "y"], "", 2, "give the token"),
    ],
)
def test_wrong_use_is_one_line_that_says_how_to_mend_it(
    offline: CLI, arguments: list[str], stdin: str, code: int, said: str
) -> None:
    told = offline("tokens", *arguments, stdin=stdin)
    assert (told.code, told.out) == (code, "")
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_a_token_for_nobody_or_without_a_meaning_is_not_made(cli: CLI) -> None:
    for arguments, said in [
        (["--user", "bob", "--name", "x"], "there is no account 'bob'"),
        (["--user", "ada", "--name", " "], "Enter a name."),
        (["--user", "ada", "--name", "x", "--caveat", '["weekday",3]'], "does not know: weekday"),
        (["--user", "ada", "--name", "x", *["--may", "a" * 250] * 14], "more limits than"),
    ]:
        told = cli("tokens", "create", *arguments)
        assert (told.code, told.out) == (1, "")
        assert said in told.err
    assert json.loads(cli("tokens", "list", "--user", "ada", "--json").out) == []


def test_a_maximum_lifetime_is_given_to_a_token_that_says_none(
    cli: CLI,
) -> None:
    settings = Path(os.environ["OSTIARY_DATA"]) / "ostiary.toml"
    settings.write_text('[verifier.tokens]\nmax_lifetime = "30d"\n')
    (caveat,) = arrays(create(cli))
    assert isinstance(caveat, list)
    assert caveat[0] == "exp"
    until = datetime.fromtimestamp(caveat[1], UTC) - datetime.now(UTC)
    assert timedelta(days=29) < until <= timedelta(days=30)
    told = cli("tokens", "create", "--user", "ada", "--name", "x", "--expires", "31d")
    assert (told.code, "A token lives until" in told.err) == (1, True)
    # It is not to be had once the plugin is off the list.
    settings.unlink()
