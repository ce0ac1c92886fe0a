"""All pages that are looked at: the modules here have put theirs to the others."""

from __future__ import annotations

from tests.browser import (
    scenes_of_accounts,
    scenes_of_admins,
    scenes_of_errors,
    scenes_of_languages,
    scenes_of_losses,
    scenes_of_sessions,
    scenes_of_signing_in,
    scenes_of_tokens,
    scenes_of_trail,
)
from tests.browser.scenes import ERRORS, SIGHTS

__all__ = ["ERRORS", "MODULES", "SIGHTS"]

MODULES = (
    scenes_of_accounts,
    scenes_of_admins,
    scenes_of_errors,
    scenes_of_languages,
    scenes_of_losses,
    scenes_of_sessions,
    scenes_of_signing_in,
    scenes_of_tokens,
    scenes_of_trail,
)
