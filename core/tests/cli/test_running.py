"""One command line: what it prints where, and with which code it ends."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable

import pytest

from ostiary.cli.logs import JSONLines
from ostiary.cli.root import COMMANDS

from .conftest import CLI

Program = Callable[..., "subprocess.CompletedProcess[str]"]


def test_help_imports_nothing_heavy(data: object) -> None:
    code = (
        "import sys; from ostiary.cli import run; assert run(['--help']) == 0;"
        "print(*{m.split('.')[0] for m in sys.modules} & {'sqlalchemy', 'pyramid', 'alembic'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    *shown, imported = done.stdout.split("\n")[:-1]
    assert imported == ""
    assert all(any(line.split()[:1] == [name] for line in shown) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, cli: CLI) -> None:
    done = cli(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: ostiary {name} ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["users", "disable"], "ostiary users disable: Missing argument 'NAME'."),
        (["serve", "--bogus"], "ostiary serve: No such option '--bogus'."),
        (["migrate", "extra"], "ostiary migrate: Got unexpected extra argument (extra)"),
        (["bogus"], "ostiary: No such command 'bogus'."),
    ],
)
def test_wrong_use_is_one_line_and_code_2(arguments: list[str], line: str, cli: CLI) -> None:
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    (said,) = done.err.splitlines()
    assert said.startswith(line)
    assert "--help`" in said


@pytest.mark.parametrize("arguments", [[], ["users"], ["keys"]])
def test_a_group_by_itself_explains_itself_as_wrong_use(arguments: list[str], cli: CLI) -> None:
    done = cli(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Usage: ostiary" in done.err


def test_a_wrong_setting_is_one_line_and_code_1(cli: CLI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSTIARY_PORT", "many")
    for command in (["serve"], ["users", "list"], ["plugins"]):
        done = cli(*command)
        assert (done.code, done.out) == (1, "")
        assert done.err == (
            "ostiary: OSTIARY_PORT in the environment: found 'many', allowed is a whole number "
            "from 1 to 65535.\n"
        )


def test_the_entry_point_hands_the_code_on(program: Program) -> None:
    done = program("users", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ostiary: there is no data folder ")
    assert len(done.stderr.splitlines()) == 1
    assert program("--version").returncode == 0


class TestLogLines:
    @pytest.fixture
    def said(self) -> Callable[..., dict[str, object]]:
        def format_one(name: str, message: str, *arguments: object, **known: object) -> object:
            record = logging.LogRecord(
                name,
                logging.ERROR,
                "x.py",
                1,
                message,
                arguments,
                known.get("error"),  # type: ignore[arg-type]
            )
            line = JSONLines(lambda: "42").format(record)
            assert len(line.splitlines()) == 1
            return json.loads(line)

        return format_one  # type: ignore[return-value] # any JSON

    def test_a_line_holds_one_record_whatever_is_in_it(
        self, said: Callable[..., dict[str, object]]
    ) -> None:
        found = said("ostiary.x", "a\n%s\x1b[2J", "b\r\nc\u2028")
        assert found["message"] == "a\nb\r\nc\u2028\x1b[2J"
        assert (found["level"], found["logger"], found["request"]) == ("error", "ostiary.x", "42")

    def test_an_exception_is_named_and_its_message_is_not(
        self, said: Callable[..., dict[str, object]]
    ) -> None:
        with pytest.raises(ValueError, match="secret") as caught:
            int("a secret")
        error = (caught.type, caught.value, caught.tb)
        found = said("waitress", "oops", error=error)
        assert found["exception"] == "ValueError"
        assert "secret" not in json.dumps(found)
        assert "test_running.py" in json.dumps(found["at"])

    def test_an_event_of_the_trail_stays_an_object(
        self, said: Callable[..., dict[str, object]]
    ) -> None:
        assert said("ostiary.trail", "%s", '{"type": "x"}')["event"] == {"type": "x"}
