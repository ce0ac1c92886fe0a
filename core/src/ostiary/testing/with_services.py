"""Run a command with a PostgreSQL and a Redis of its own.

`python -m ostiary.testing.with_services COMMAND ARGUMENT...` starts both, puts
their URLs into `OSTIARY_TEST_POSTGRESQL` and `OSTIARY_TEST_REDIS`, runs the
command, stops the servers and exits as the command did. All workers of one
test run share the pair. A server whose variable is set already is not started.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ostiary.testing.services import (
    POSTGRESQL_VARIABLE,
    REDIS_VARIABLE,
    ProgramNotFoundError,
    ServerFailedError,
    shared_postgresql,
    shared_redis,
)

__all__ = ["main"]

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
ROOM = 2 * 1024**3


def main(arguments: Sequence[str]) -> int:
    """Run the command and return the exit code for the shell."""
    if not arguments:
        sys.stderr.write("usage: python -m ostiary.testing.with_services COMMAND [ARGUMENT...]\n")
        return 2
    try:
        with _temporary_files(), shared_postgresql() as postgresql, shared_redis() as redis:
            urls = {POSTGRESQL_VARIABLE: postgresql, REDIS_VARIABLE: redis}
            return _run(arguments, {**os.environ, **urls})
    except (ProgramNotFoundError, ServerFailedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


@contextmanager
def _temporary_files() -> Iterator[None]:
    """Put temporary files into memory, until the command has ended."""
    if "TMPDIR" in os.environ or not _has_room():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="ostiary-", dir=MEMORY) as folder:
        # The servers run as somebody else where this is root.
        Path(folder).chmod(0o711)
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = None


def _has_room() -> bool:
    if not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    # Tests run programs from there.
    runs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return runs and shutil.disk_usage(MEMORY).free >= ROOM


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command`, hand signals on to it, and return its exit code."""
    with subprocess.Popen(command, env=environment) as process:

        def hand_on(number: int, _frame: FrameType | None) -> None:
            process.send_signal(number)

        signal.signal(signal.SIGTERM, hand_on)
        signal.signal(signal.SIGHUP, hand_on)
        # The terminal sends Ctrl-C to the command as well; it must not get it twice.
        signal.signal(signal.SIGINT, lambda *_: None)
        code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
