"""The servers for tests are real, private, and gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import redis
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from ostiary.testing import processes, programs, services, with_services

SERVERS = pytest.mark.parametrize("server", [services.postgresql_server, services.redis_server])
Server = Callable[[], AbstractContextManager[str]]


def port_of(url: str) -> int:
    port = make_url(url).port
    assert port is not None
    return port


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def ask(url: str, statement: str) -> object:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return connection.scalar(text(statement))


def redis_pid(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def postgresql_pid(url: str) -> int:
    """Return the process id of the postmaster, the parent of our session's process."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        content = connection.scalar(text("SELECT pg_read_file('postmaster.pid')"))
    return int(str(content).splitlines()[0])


def test_postgresql_answers_and_is_gone_afterwards() -> None:
    with services.postgresql_server() as url:
        assert url.startswith("postgresql+psycopg://")
        assert ask(url, "SELECT 1") == 1
        pid = postgresql_pid(url)
        assert is_running(pid)
    assert not is_running(pid)
    assert not listens(port_of(url))


def test_redis_answers_and_is_gone_afterwards() -> None:
    with services.redis_server() as url:
        with redis.Redis.from_url(url) as client:
            assert client.ping()
        pid = redis_pid(url)
        assert is_running(pid)
    assert not is_running(pid)
    assert not listens(port_of(url))


@SERVERS
def test_a_server_ends_with_a_test_that_fails(server: Server) -> None:
    port = 0

    def failing_test() -> None:
        nonlocal port
        with server() as url:
            port = port_of(url)
            assert listens(port)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing_test()
    assert not listens(port)


def test_two_servers_run_side_by_side() -> None:
    with services.redis_server() as one, services.redis_server() as other:
        assert redis_pid(one) != redis_pid(other)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
@pytest.mark.parametrize("name", ["postgresql_server", "redis_server"])
def test_a_server_ends_with_a_process_that_is_killed(name: str) -> None:
    """SIGKILL leaves no time for clean-up: the kernel has to do it."""
    program = (
        "import sys, time\n"
        "from ostiary.testing import services\n"
        f"with services.{name}() as url:\n"
        "    print(url, flush=True)\n"
        "    time.sleep(300)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = port_of(process.stdout.readline().decode().strip())
        assert listens(port)
        process.kill()
    assert eventually(lambda: not listens(port))


def test_a_process_that_forgets_its_server_ends_it_on_exit() -> None:
    program = (
        "from ostiary.testing import services\n"
        "kept = services.redis_server()\n"
        "print(kept.__enter__(), flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert not listens(port_of(done.stdout.decode().strip()))


def test_only_what_killed_processes_left_behind_is_swept_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left_behind = tmp_path / "ostiary-test-left-behind"
    young = tmp_path / "ostiary-test-young"
    for place in (left_behind, young):
        place.mkdir()
        (place / "log").touch()
    long_ago = time.time() - 3600
    os.utime(left_behind, (long_ago, long_ago))
    with processes.workplace(None) as in_use:
        os.utime(in_use, (long_ago, long_ago))
        with processes.workplace(None):
            assert in_use.exists()
            assert young.exists()
            assert not left_behind.exists()


def test_a_server_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho no room in the inn\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("OSTIARY_REDIS_SERVER", str(broken))
    with (
        pytest.raises(services.ServerFailedError, match="no room in the inn"),
        services.redis_server(),
    ):
        pytest.fail("it started")


def test_a_fresh_database_is_empty_and_dropped_with_open_connections() -> None:
    with services.shared_postgresql() as server:
        with services.fresh_database(server) as one, services.fresh_database(server) as other:
            assert one != other
            assert ask(one, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
            left_open = create_engine(one).connect()
            left_open.execute(text("CREATE TABLE t (i integer)"))
        with pytest.raises(OperationalError, match="does not exist"):
            ask(one, "SELECT 1")
        left_open.invalidate()


def test_a_shared_server_is_the_one_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OSTIARY_TEST_POSTGRESQL", "postgresql+psycopg://db.example/x")
    monkeypatch.setenv("OSTIARY_TEST_REDIS", "redis://cache.example/0")
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw3")
    with services.shared_postgresql() as postgresql, services.shared_redis() as cache:
        assert postgresql == "postgresql+psycopg://db.example/x"
        assert cache == "redis://cache.example/3"


def test_without_the_environment_a_shared_server_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OSTIARY_TEST_REDIS", raising=False)
    with services.shared_redis() as url:
        assert listens(port_of(url))
    assert not listens(port_of(url))


def test_the_browser_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = tmp_path / "browser"
    browser.touch(mode=0o755)
    monkeypatch.setenv("OSTIARY_CHROMIUM", str(browser))
    assert services.chromium_path() == browser


PROGRAMS = pytest.mark.parametrize(
    ("find", "variable", "package"),
    [
        (programs.chromium_path, "OSTIARY_CHROMIUM", "chromium-headless-shell"),
        (programs.redis_program, "OSTIARY_REDIS_SERVER", "redis-server"),
        (programs.postgresql_programs, "OSTIARY_POSTGRESQL_BIN", "postgresql"),
    ],
)


@PROGRAMS
def test_a_missing_program_is_an_error_that_says_how_to_get_it(
    find: Callable[[], Path], variable: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(
        programs.ProgramNotFoundError, match=f"apt-get install {package}.*{variable}"
    ):
        find()


@PROGRAMS
def test_a_program_named_wrongly_is_an_error_and_not_replaced_by_another(
    find: Callable[[], Path], variable: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, f"/nowhere/{package}")
    with pytest.raises(programs.ProgramNotFoundError, match=f"{variable} is '/nowhere/{package}'"):
        find()


@pytest.mark.browser
def test_the_browser_starts() -> None:
    done = subprocess.run(
        [services.chromium_path(), "--version"], capture_output=True, text=True, check=True
    )
    assert "Chrom" in done.stdout


def run_with_services(program: str) -> subprocess.Popen[str]:
    own = {name: value for name, value in os.environ.items() if "OSTIARY_TEST_" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", with_services.__name__, sys.executable, "-c", program],
        env=own,
        stdout=subprocess.PIPE,
        text=True,
    )


PRINT_URLS = (
    "import os, sys, time\n"
    "print(os.environ['OSTIARY_TEST_POSTGRESQL'], os.environ['OSTIARY_TEST_REDIS'], flush=True)\n"
)


def test_a_command_run_with_services_finds_both_and_decides_the_exit_code() -> None:
    with run_with_services(PRINT_URLS + "sys.exit(7)") as process:
        assert process.stdout is not None
        ports = [port_of(url) for url in process.stdout.read().split()]
    assert process.returncode == 7
    assert len(ports) == 2
    assert not any(map(listens, ports))


def test_temporary_files_of_a_command_end_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in memory where there is room, and where the operator says if they say so."""
    monkeypatch.delenv("TMPDIR", raising=False)
    program = "import tempfile; print(tempfile.mkdtemp())"
    with run_with_services(program) as process:
        folder = Path(process.communicate(timeout=60)[0].strip())
    if with_services.MEMORY in folder.parents:
        assert not folder.exists()
    else:
        folder.rmdir()


def test_ending_a_command_run_with_services_ends_the_services() -> None:
    with run_with_services(PRINT_URLS + "time.sleep(300)") as process:
        assert process.stdout is not None
        ports = [port_of(url) for url in process.stdout.readline().split()]
        assert all(map(listens, ports))
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert not any(map(listens, ports))
