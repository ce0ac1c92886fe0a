"""A listed plugin that cannot be loaded stops the start, in one line that names whose it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SECRET = "hunter2-of-ada"
BROKEN = {
    "missing dependency": "import a_library_that_is_not_there",
    "raises": f"raise KeyError({SECRET!r})",
    "exits": f"raise SystemExit({SECRET!r})",
    "no API": "from ostiary.hookspecs import hookimpl",
    "another API": "OSTIARY_API = 99",
    "misspelt hook": """
from ostiary.hookspecs import hookimpl
OSTIARY_API = 1
@hookimpl
def ostiary_register_factor(house): return []
""",
    "hook raises": f"""
from ostiary.hookspecs import hookimpl
OSTIARY_API = 1
@hookimpl
def ostiary_register_factors(house): raise RuntimeError({SECRET!r})
""",
    "hook says None": """
from ostiary.hookspecs import hookimpl
OSTIARY_API = 1
@hookimpl
def ostiary_register_factors(house): return None
""",
}


def install(folder: Path, source: str) -> None:
    """Lay out a distribution as an installer leaves it, in a folder of its own."""
    (folder / "stray_module.py").write_text(source, "utf-8")
    info = folder / "stray_things-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stray-things\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[ostiary.plugins]\nstray = stray_module\n")
    (info / "RECORD").write_text("stray_module.py,,\n")


def ostiary(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, with the folder on its path."""
    own = {
        "PYTHONPATH": str(place / "site"),
        "OSTIARY_DATA": str(place / "data"),
        "OSTIARY_PLUGINS": "stray",
    }
    return subprocess.run(
        [sys.executable, "-c", "from ostiary.cli import main; main()", *arguments],
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_plugin_that_cannot_be_loaded_stops_the_start(
    tmp_path: Path, command: str, source: str
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "data").mkdir(mode=0o700)
    install(site, source)
    ended = ostiary(tmp_path, command)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, said
    blaming = [line for line in said.splitlines() if "stray-things 2.1" in line]
    assert len(blaming) == 1, said
    assert "Traceback" not in said
    assert SECRET not in said
