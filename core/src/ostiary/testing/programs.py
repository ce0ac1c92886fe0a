"""The programs that the tests start: where they are, or how to get them."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ProgramNotFoundError", "chromium_path", "postgresql_programs", "redis_program"]


class ProgramNotFoundError(RuntimeError):
    """A program that the tests need is not installed; the message says how to get it."""


def chromium_path() -> Path:
    """Return the browser for browser tests.

    `OSTIARY_CHROMIUM` names it; without it, a Chromium or Chrome on the PATH, first the one that
    has no windows: a page costs it a third of the processor time, and the engine is the same.

    Raises:
        ProgramNotFoundError: there is none.
    """
    return _find_program(
        (
            "chromium-headless-shell",
            "chromium",
            "chromium-browser",
            "google-chrome",
            "google-chrome-stable",
        ),
        package="chromium-headless-shell",
        variable="OSTIARY_CHROMIUM",
    )


def redis_program() -> Path:
    """Return redis-server, or valkey-server, which is a Redis of another name.

    Raises:
        ProgramNotFoundError: there is neither.
    """
    return _find_program(
        ("redis-server", "valkey-server"), package="redis-server", variable="OSTIARY_REDIS_SERVER"
    )


def postgresql_programs() -> Path:
    """Return the directory with initdb and postgres.

    Debian and others keep it off the PATH, one for each major version.
    `OSTIARY_POSTGRESQL_BIN` names another one.

    Raises:
        ProgramNotFoundError: there is none.
    """
    named = os.environ.get("OSTIARY_POSTGRESQL_BIN")
    for candidate in [Path(named)] if named else _postgresql_versions():
        if all(os.access(candidate / name, os.X_OK) for name in ("initdb", "postgres")):
            return candidate
    if named:
        raise ProgramNotFoundError(
            f"OSTIARY_POSTGRESQL_BIN is {named!r}, which does not hold initdb and postgres"
        )
    raise ProgramNotFoundError(
        "PostgreSQL's server is not installed: on Debian run `apt-get install postgresql`, "
        "elsewhere install it your way and put initdb and postgres on the PATH or name "
        "their directory in OSTIARY_POSTGRESQL_BIN"
    )


def _find_program(names: Sequence[str], *, package: str, variable: str) -> Path:
    """Return the first of `names` on the PATH, unless `variable` names another."""
    named = os.environ.get(variable)
    for name in [named] if named else names:
        found = shutil.which(name)
        if found:
            return Path(found)
    if named:
        raise ProgramNotFoundError(f"{variable} is {named!r}, which is not a program")
    raise ProgramNotFoundError(
        f"none of {', '.join(names)} is installed: on Debian run `apt-get install {package}`, "
        f"elsewhere install it your way and put it on the PATH or name it in {variable}"
    )


def _postgresql_versions() -> list[Path]:
    """Return where PostgreSQL may be, the newest first."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    on_path = shutil.which("initdb")
    return [
        *sorted(places, key=_major_version, reverse=True),
        *([Path(on_path).resolve().parent] if on_path else []),
    ]


def _major_version(programs: Path) -> int:
    digits = "".join(filter(str.isdigit, programs.parent.name.split(".")[0]))
    return int(digits or 0)
