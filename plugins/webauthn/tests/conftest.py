"""What these tests held the checks to, in the output."""

from __future__ import annotations

from collections import Counter

import pytest
from webauthn.helpers.tpm.structs import TPM_MANUFACTURERS, TPMManufacturerInfo


@pytest.fixture
def made_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The TPM of the W3C's vectors is of no maker, and the library knows the real ones only."""
    nobody = TPMManufacturerInfo(name="W3C", id="W3C")
    monkeypatch.setitem(TPM_MANUFACTURERS, "id:00000000", nobody)


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
