"""All pages that are looked at: each module of scenes in this folder has put its own to them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.browser.scenes import ERRORS, SIGHTS

__all__ = ["ERRORS", "SIGHTS"]

for path in sorted(Path(__file__).parent.glob("scenes_of_*.py")):
    import_module(f"tests.browser.{path.stem}")
