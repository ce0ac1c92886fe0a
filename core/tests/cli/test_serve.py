"""`ostiary serve` as an operator calls it: a process, a port, a signal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ostiary.cli import serve
from ostiary.cli.listening import listen
from ostiary.cli.state import State
from ostiary.contracts import SettingsError
from ostiary.settings import Settings
from ostiary.testing.services import free_port
from ostiary.testing.serving import running

from .conftest import CLI, WORD, Shelf, add_tables

SECONDS = 60.0


class Server:
    """A serving process, and what it said."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.out, self.err = folder / "serve.out", folder / "serve.err"
        command = [sys.executable, "-c", "from ostiary.cli import main; main()", "serve"]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                command,
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "OSTIARY_PORT": str(port)},
            )

    def until(self, true: Callable[[], object]) -> None:
        """Wait, within bounds, as long as the process lives."""
        deadline = time.monotonic() + SECONDS
        while not true():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, self.out.read_text() + self.err.read_text()
            time.sleep(0.05)

    def is_up(self) -> bool:
        return "Ctrl-C" in self.out.read_text() and self.health("127.0.0.1") == 200

    def health(self, host: str) -> int:
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[Server]:
    server = Server(port or free_port(), folder)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_from_nothing_to_pages_and_a_clean_end(
    data: Path, shelf: Shelf, tmp_path: Path, cli: CLI
) -> None:
    """Data folder, keys, settings, tables, words for the operator; later starts change none."""
    shelf.install("stranger", WORD)
    with serving(tmp_path) as server:
        server.until(server.is_up)
        said = server.out.read_text()
        assert f"http://localhost:{server.port}\n" in said
        assert str(data / "mail") in said
        assert f"OSTIARY_DATA={data} " in said
        assert "users create NAME --email NAME@example.org --admin" in said
        assert "--word-stdin" in said
        assert server.stop() == 0
    assert [mode(data), mode(data / "keys.json"), mode(data / "ostiary.db")] == [
        0o700,
        0o600,
        0o600,
    ]
    written = (data / "ostiary.toml").read_bytes()
    assert "stranger" in tomllib.loads(written.decode())["plugins"]
    keys = (data / "keys.json").read_bytes()

    shelf.install("newcomer", "")
    made = cli("users", "create", "Ada", "--email", "ada@example.org", "--admin")
    assert made.code == 0
    with serving(tmp_path) as server:
        server.until(server.is_up)
        assert "admin" not in server.out.read_text()
        assert "Made" not in server.out.read_text()
        assert server.stop(signal.SIGINT) == 0
    assert (data / "ostiary.toml").read_bytes() == written
    assert (data / "keys.json").read_bytes() == keys
    enabled = [each["name"] for each in json.loads(cli("plugins", "--json").out)["plugins"]]
    assert "newcomer" not in enabled


def test_letters_leave_while_it_serves(installed: CLI, tmp_path: Path, data: Path) -> None:
    """What a command queued goes out with the running server, on each database."""
    created = installed(
        "users", "create", "Ada", "--email", "ada@example.org", "--bell-stdin", stdin=b"1\n"
    )
    assert created.code == 0
    assert installed("users", "reset-factors", "Ada", "--reason", "lost").code == 0
    with serving(tmp_path) as server:
        server.until(lambda: list((data / "mail").glob("*.eml")))
        server.until(server.is_up)
        assert server.stop() == 0
        lines = server.err.read_text().splitlines()
        assert any(json.loads(line)["logger"] == "ostiary.mail.transport" for line in lines)


def test_both_addresses_of_localhost_answer(data: Path, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.until(server.is_up)
        assert server.health("127.0.0.1") == 200
        if has_ipv6():
            assert server.health("::1") == 200


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_in_use_is_one_line_and_makes_nothing(
    family: socket.AddressFamily, data: Path, cli: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when only the other address is taken: a browser might end up there."""
    if family is socket.AF_INET6 and not has_ipv6():
        pytest.skip("no IPv6 here")
    with socket.socket(family) as taken:
        taken.bind(("127.0.0.1" if family is socket.AF_INET else "::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("OSTIARY_PORT", str(port))
        done = cli("serve")
        with pytest.raises(SettingsError):
            listen(port)
    assert done.code == 1
    assert done.err == (
        f"ostiary: port {port} cannot be opened (Address already in use): stop what has it, or "
        "set OSTIARY_PORT to another one\n"
    )
    assert not data.exists()


def test_a_lost_key_ring_is_not_made_anew(installed: CLI, data: Path) -> None:
    """With a new one, what the old one sealed would be lost without a word."""
    (data / "keys.json").unlink()
    for command in ("serve", "migrate"):
        done = installed(command)
        assert done.code == 1
        assert "put it back from your backup" in done.err
        assert not (data / "keys.json").exists()


def test_an_installed_plugin_that_is_broken_stops_the_start_with_one_line(
    data: Path, shelf: Shelf, cli: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.install("broken", "raise RuntimeError('secret')\n")
    monkeypatch.setenv("OSTIARY_PORT", str(free_port()))
    done = cli("serve")
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert "broken-dist 1.5" in line
    assert "secret" not in line
    # The list is there to take the name off.
    assert "broken" in (data / "ostiary.toml").read_text()


def test_a_database_that_is_behind_is_migrated_on_sqlite_alone(
    installed: CLI, shelf: Shelf, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One machine may do so by itself; beside other hosts it is the operator's decision."""
    add_tables(shelf)
    monkeypatch.setenv("OSTIARY_PLUGINS", "stranger late")
    monkeypatch.setenv("OSTIARY_PORT", str(free_port()))
    state = State(os.environ)
    serve.prepare(state)
    state.close()
    done = installed("users", "list")
    if empty_url.startswith("sqlite"):
        assert done.code == 0
    else:
        assert done.code == 1
        assert "run `ostiary migrate`" in done.err


def test_waitress_leaves_what_proxies_say_to_us(data: Path) -> None:
    """And says nothing of itself."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.update(environ)
        start("200 OK", [("Content-Length", "0")])
        return []

    port = free_port()
    settings = Settings.from_mapping(
        {
            "ostiary.port": port,
            "ostiary.public_url": "https://id.example.org",
        }
    )
    listening = socket.create_server(("127.0.0.1", port))
    with running(serve.make_server(app, settings, [listening])):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/", headers={"X-Forwarded-For": "192.0.2.7"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
    assert (seen["HTTP_X_FORWARDED_FOR"], seen["REMOTE_ADDR"]) == ("192.0.2.7", "127.0.0.1")
    assert seen["wsgi.url_scheme"] == "https"
    assert answer.getheader("Server") is None


def test_how_it_is_called_is_said_as_it_can_be_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ".venv" / "bin" / "ostiary"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/ostiary"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert serve.called() == ".venv/bin/ostiary"
    monkeypatch.setenv("PATH", str(program.parent))
    assert serve.called() == "ostiary"
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.chdir(program.parent)
    assert serve.called() == "./ostiary"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert serve.called() == str(program)
