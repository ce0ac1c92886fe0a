"""The house's settings: one typed, documented table, read from three kinds of place."""

from ostiary.settings.kinds import Budget, Network, PublicURL
from ostiary.settings.model import Settings, faults
from ostiary.settings.sources import FILE
from ostiary.settings.table import (
    DEFINITIONS,
    BudgetSettings,
    Definition,
    MailSettings,
    SessionSettings,
)
from ostiary.settings.writing import page, write_initial

__all__ = [
    "DEFINITIONS",
    "FILE",
    "Budget",
    "BudgetSettings",
    "Definition",
    "MailSettings",
    "Network",
    "PublicURL",
    "SessionSettings",
    "Settings",
    "faults",
    "page",
    "write_initial",
]
