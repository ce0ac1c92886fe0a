"""The fixtures of the testing kit, for every test of this repository."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ostiary.cli.logs import TRAIL, StandardError
from ostiary.testing.sampling import SEED

pytest_plugins = ["ostiary.testing.fixtures"]

ROOT = Path(__file__).parent
# Where the database decides, `make test` runs everything on both; elsewhere it takes every
# fourth test on PostgreSQL too, and `make test-deep` all of them.
BOTH = (
    "core/tests/store",
    "core/tests/accounts",
    "core/tests/signin/test_races.py",
    "core/tests/signin/test_survivors.py",
    "core/tests/signin/test_meanwhile.py",
)
SHARE = 1 / 4


def pytest_report_header() -> str:
    """By what the samples of this run are taken, to take them again."""
    return f"samples: OSTIARY_TEST_SEED={SEED}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave most of what only meets PostgreSQL by the way to the deep run."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is None or callspec.params.get("database") != "postgresql":
            continue
        if item.path.relative_to(ROOT).as_posix().startswith(BOTH):
            continue
        if random.Random(f"1 {item.nodeid}").random() > SHARE:  # noqa: S311 - no secret
            item.add_marker(pytest.mark.deep)


@pytest.fixture(autouse=True)
def logs_end_with_their_command() -> Iterator[None]:
    """A command that a test runs in this process sets up logs as for a process of its own."""
    loggers = [logging.getLogger(name) for name in (None, "ostiary", TRAIL)]
    levels = [logger.level for logger in loggers]
    yield
    root = loggers[0]
    for handler in [handler for handler in root.handlers if isinstance(handler, StandardError)]:
        root.removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
