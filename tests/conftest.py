"""Tests across packages. What strangers wrote is tested where it is installed."""

import json
import os
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ostiary.testing.programs import chromium_path
from tests.browser.everybody import LOOKED_AT

SCOPE = "OSTIARY_SCOPE"
"""The environment variable that names the file to write down what was looked at."""

collect_ignore = ["strangers"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The attacks that were tried, and the pages that were looked at."""
    _attacks(terminalreporter)
    _pages(terminalreporter)


def _attacks(terminalreporter: pytest.TerminalReporter) -> None:
    held: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        held.update(str(what) for name, what in report.user_properties if name == "attack")
    if held:
        terminalreporter.section("attacks that were held off")
        for attack, times in sorted(held.items()):
            terminalreporter.write_line(f"{times:5}  {attack}")


def _pages(terminalreporter: pytest.TerminalReporter) -> None:
    """How many pages, in how many states; where a file is named, for the statement too."""
    looked = [
        str(what).split()
        for report in terminalreporter.getreports("passed")
        for name, what in report.user_properties
        if name == LOOKED_AT
    ]
    if not looked:
        return
    pages = {name for name, *_how in looked}
    terminalreporter.section("pages held to WCAG 2.2 A and AA, and good practice")
    terminalreporter.write_line(f"{len(pages):5}  pages")
    terminalreporter.write_line(f"{len(looked):5}  pages in a language, colours and a width")
    file = os.environ.get(SCOPE)
    # A worker of pytest-xdist has seen a part of them only.
    whole = not hasattr(terminalreporter.config, "workerinput")
    if file and whole and not terminalreporter.getreports("failed"):
        Path(file).write_text(json.dumps(_scope(len(pages), len(looked)), indent=2) + "\n", "utf-8")


def _scope(pages: int, states: int) -> dict[str, object]:
    said = subprocess.run(
        [str(chromium_path()), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()
    number = next((word for word in said if word[:1].isdigit()), "")
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "pages": pages,
        "states": states,
        "axe": _axe(),
        "browser": f"Chromium {number.partition('.')[0]}",
    }


def _axe() -> str:
    """The version that the script says it is; the package around it has a number of its own."""
    from axe_playwright_python.base import AXE_SCRIPT

    return str(AXE_SCRIPT).partition("axe v")[2].split()[0]
