"""Servers as child processes, which never outlive the process that started them."""

import atexit
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

__all__ = [
    "HOST",
    "ServerFailedError",
    "free_port",
    "listening",
    "run_to_end",
    "unprivileged_user",
    "workplace",
]

HOST = "127.0.0.1"

_START_SECONDS = 60.0
_STOP_SECONDS = 15.0
_START_ATTEMPTS = 3
_SWEEP_AFTER_SECONDS = 60.0
_PREFIX = "ostiary-test-"


class ServerFailedError(RuntimeError):
    """A server did not start; the message ends with the last lines of its log."""


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def unprivileged_user() -> str | None:
    """Return who runs PostgreSQL, which refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _group_of(user: str | None) -> int | None:
    return None if user is None else pwd.getpwnam(user).pw_gid


@contextmanager
def workplace(user: str | None) -> Iterator[Path]:
    """Yield a temporary directory that belongs to `user`.

    Those of processes that were killed are swept away on the occasion: as long
    as a process lives it holds a lock on its directory.
    """
    _sweep()
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name,
        _locked(Path(name)),
    ):
        if user:
            shutil.chown(name, user=user)
        yield Path(name)


def _sweep() -> None:
    # A new directory is not locked at once, so young ones are left in peace.
    before = time.time() - _SWEEP_AFTER_SECONDS
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # An OSError means that it is in use, another user's, or gone already.
        with suppress(OSError):
            if place.stat().st_mtime < before:
                with _locked(place):
                    shutil.rmtree(place)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def run_to_end(command: list[str], *, place: Path, user: str | None) -> None:
    """Run a program that prepares a server, and wait for it."""
    log = place / "log"
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=place,
            user=user,
            group=_group_of(user),
            extra_groups=None if user is None else [],
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0:
        raise ServerFailedError(_failure(command, log))


@contextmanager
def listening(
    command: Callable[[int], list[str]],
    is_ready: Callable[[int, int], bool],
    *,
    place: Path,
    user: str | None,
    stop: signal.Signals,
) -> Iterator[int]:
    """Run a server and yield the port on which it listens.

    A free port may be taken before the server has it, so a server that ends
    at once is tried again on another.

    Args:
        command: makes the command line for a port.
        is_ready: tells from process id and port whether the server answers.
        place: its working directory.
        user: who runs it; None for whoever runs the tests.
        stop: the signal that asks it to end without waiting for its clients.
    """
    log = place / "log"
    for _ in range(_START_ATTEMPTS):
        port = free_port()
        with _process(command(port), log=log, place=place, user=user, stop=stop) as process:
            if _becomes_ready(process, port, is_ready):
                yield port
                return
    raise ServerFailedError(_failure(command(0), log))


@contextmanager
def _process(
    command: list[str], *, log: Path, place: Path, user: str | None, stop: signal.Signals
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that does not outlive the block, nor this process."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_dying_with_parent(stop), *command],
            cwd=place,
            user=user,
            group=_group_of(user),
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C in a terminal is for the tests, which then end the server.
            start_new_session=True,
        )

    def end() -> None:
        process.send_signal(stop)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    atexit.register(end)
    try:
        yield process
    finally:
        atexit.unregister(end)
        end()


@cache
def _dying_with_parent(stop: signal.Signals) -> tuple[str, ...]:
    """Return the prefix that has the kernel end a command with its parent.

    Empty where util-linux's setpriv is missing: there a killed test run
    leaves its servers behind.
    """
    prefix = ("setpriv", "--pdeathsig", stop.name.removeprefix("SIG"))
    if not shutil.which(prefix[0]):
        return ()
    works = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if works else ()


def _becomes_ready(
    process: subprocess.Popen[bytes], port: int, is_ready: Callable[[int, int], bool]
) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if is_ready(process.pid, port):
            return True
        time.sleep(0.02)
    return False


def _failure(command: list[str], log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-20:]
    return "\n".join([f"{command[0]} did not start; the end of its log:", *lines])
