"""What these tests held the checks to, in the output."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many answers of each kind were judged as they must be."""
    judged: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "webauthn-judged":
                kind, times = str(value).rsplit(" ", 1)
                judged[kind] += int(times)
    if judged:
        terminalreporter.section("WebAuthn answers judged as the specification has it")
        for kind, count in sorted(judged.items()):
            terminalreporter.write_line(f"{count:6}  {kind}")
