"""Tests across packages. What strangers wrote is tested where it is installed."""

from collections import Counter

import pytest

collect_ignore = ["strangers"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The attacks that were tried, and how often each was held off."""
    held: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        held.update(str(what) for name, what in report.user_properties if name == "attack")
    if held:
        terminalreporter.section("attacks that were held off")
        for attack, times in sorted(held.items()):
            terminalreporter.write_line(f"{times:5}  {attack}")
