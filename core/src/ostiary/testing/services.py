"""Real servers for tests: a private PostgreSQL, a private Redis, a Chromium.

Each server listens on a free port of 127.0.0.1, keeps its data in a temporary
directory and ends with the process that started it, crashes included:

* when the context manager is left, the ordinary way;
* at interpreter exit, when nobody left it;
* on Linux also when the process is killed, through the parent-death signal.
  The kernel sends that one when the *thread* that started the server ends, so
  start servers from the main thread.

Many test processes can share one pair of servers: whoever starts them exports
`OSTIARY_TEST_POSTGRESQL` and `OSTIARY_TEST_REDIS` (`scripts/with-services`
does), and `shared_postgresql()` and `shared_redis()` use those.
"""

import os
import signal
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ostiary.testing.processes import (
    HOST,
    ServerFailedError,
    free_port,
    listening,
    run_to_end,
    unprivileged_user,
    workplace,
)
from ostiary.testing.programs import (
    ProgramNotFoundError,
    chromium_path,
    postgresql_programs,
    redis_program,
)

__all__ = [
    "POSTGRESQL_VARIABLE",
    "REDIS_VARIABLE",
    "ProgramNotFoundError",
    "ServerFailedError",
    "chromium_path",
    "free_port",
    "fresh_database",
    "postgresql_server",
    "redis_server",
    "shared_postgresql",
    "shared_redis",
]

POSTGRESQL_VARIABLE = "OSTIARY_TEST_POSTGRESQL"
REDIS_VARIABLE = "OSTIARY_TEST_REDIS"

# Every xdist worker has a numbered Redis database of its own.
_REDIS_DATABASES = 256


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a PostgreSQL server of one's own.

    It trusts every local connection and does not wait for the disk.

    Yields:
        The SQLAlchemy URL of its maintenance database; for a database to test
        in, pass it to `fresh_database`.

    Raises:
        ProgramNotFoundError: PostgreSQL's server programs are not installed.
        ServerFailedError: it did not start.
    """
    programs = postgresql_programs()
    user = unprivileged_user()
    with workplace(user) as place:
        data = place / "data"
        run_to_end(
            [
                str(programs / "initdb"),
                f"--pgdata={data}",
                "--username=ostiary",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
            place=place,
            user=user,
        )

        def command(port: int) -> list[str]:
            settings = {
                "listen_addresses": HOST,
                "port": str(port),
                "unix_socket_directories": "",
                "max_connections": "200",
                "fsync": "off",
                "full_page_writes": "off",
                "synchronous_commit": "off",
            }
            options = [f"--{name}={value}" for name, value in settings.items()]
            return [str(programs / "postgres"), "-D", str(data), *options]

        def is_ready(pid: int, _port: int) -> bool:
            # The server rewrites this file as it starts: first its process id,
            # eighth its state (PostgreSQL, src/include/utils/pidfile.h).
            try:
                lines = (data / "postmaster.pid").read_text().splitlines()
            except FileNotFoundError:
                return False
            return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]

        with listening(command, is_ready, place=place, user=user, stop=signal.SIGINT) as port:
            yield f"postgresql+psycopg://ostiary@{HOST}:{port}/postgres"


@contextmanager
def redis_server() -> Iterator[str]:
    """Run a Redis server of one's own, which keeps nothing on disk.

    Yields:
        Its URL, `redis://127.0.0.1:PORT/0`.

    Raises:
        ProgramNotFoundError: neither Redis nor Valkey is installed.
        ServerFailedError: it did not start.
    """
    program = redis_program()
    with workplace(None) as place:

        def command(port: int) -> list[str]:
            settings = {
                "bind": HOST,
                "port": str(port),
                "dir": str(place),
                "databases": str(_REDIS_DATABASES),
                "save": "",
                "appendonly": "no",
                "daemonize": "no",
            }
            options = [part for name, value in settings.items() for part in (f"--{name}", value)]
            return [str(program), *options]

        with listening(
            command, _redis_is_ready, place=place, user=None, stop=signal.SIGTERM
        ) as port:
            yield f"redis://{HOST}:{port}/0"


@contextmanager
def shared_postgresql() -> Iterator[str]:
    """Yield the server that `OSTIARY_TEST_POSTGRESQL` names, or start one."""
    with ExitStack() as stack:
        yield os.environ.get(POSTGRESQL_VARIABLE) or stack.enter_context(postgresql_server())


@contextmanager
def shared_redis() -> Iterator[str]:
    """Yield the server that `OSTIARY_TEST_REDIS` names, or start one.

    On a shared server every worker of pytest-xdist gets another numbered
    database, so that one may flush its own without disturbing the rest.
    """
    with ExitStack() as stack:
        url = os.environ.get(REDIS_VARIABLE) or stack.enter_context(redis_server())
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield f"{url.rpartition('/')[0]}/{int(worker) % _REDIS_DATABASES}"


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create an empty PostgreSQL database, and drop it afterwards.

    Args:
        server_url: SQLAlchemy URL of a database that exists, with a user who
            may create others.

    Yields:
        The URL of the new one. Connections still open at the end are cut.
    """
    from sqlalchemy import NullPool, create_engine, make_url, text

    name = f"ostiary_test_{uuid.uuid4().hex}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        # template0 has no sessions, so simultaneous creations never wait for each other's.
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def _redis_is_ready(pid: int, port: int) -> bool:
    """Ask for the process id: another server may have been quicker to take the port."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"INFO server\r\nQUIT\r\n")
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    except OSError:
        return False
    return f"process_id:{pid}\r\n".encode() in answer
