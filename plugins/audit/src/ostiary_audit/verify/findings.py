"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 1000
"""How many findings are told one by one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; ``seq`` is where, if it is one event."""

    what: str
    seq: int | None = None

    def __str__(self) -> str:
        return self.what if self.seq is None else f"event {self.seq}: {self.what}"


@dataclass
class Report:
    """What was looked at, and all that was found.

    ``notes`` are no faults, and worth knowing.
    """

    size: int = 0
    origin: str = ""
    pending: int = 0
    pruned: int = 0
    faults: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    def add(self, what: str, seq: int | None = None) -> None:
        """Note a finding."""
        self.faults += 1
        if len(self.findings) < MOST:
            self.findings.append(Finding(what, seq))
