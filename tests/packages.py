"""The packages of this repository, and the languages that all of them come in."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
PACKAGES = ("ostiary", *(f"ostiary_{name}" for name in PLUGINS))
"""By the names that they are imported by, which are the domains of their messages."""

LANGUAGES = ("ar", "de", "es", "fr", "ja", "pt_BR", "ru", "uk", "zh_Hans", "zh_Hant")
"""Besides English, as the folders of catalogs are named."""

OFFERED = tuple(sorted(("en", *(name.replace("_", "-") for name in LANGUAGES))))
"""What a house with all of them offers, as pages name it (BCP 47)."""
