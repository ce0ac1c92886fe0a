"""Each plugin with the core and no other: none rests on another that happens to be installed.

Each has an environment of its own, made of what is installed here without the other plugins.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.packages import PLUGINS, ROOT

FACTORS = sorted(path.parts[-3] for path in ROOT.glob("plugins/*/tests/test_contract.py"))


def alone(plugin: str, folder: Path) -> Path:
    """An environment with the core and this plugin; its Python."""
    venv.create(folder, symlinks=True)
    (there,) = (folder / "lib").glob("python*/site-packages")
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        # A distribution of ours is its metadata, and a line that says where its code is.
        name = entry.name.partition("-")[0].removesuffix(".pth")
        if name.startswith("ostiary_") and name != f"ostiary_{plugin}":
            continue
        if entry.name not in {path.name for path in there.iterdir()}:
            (there / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def run(python: Path, *arguments: str, data: Path) -> str:
    known = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(
        [str(python), *arguments],
        cwd=ROOT,
        env={**known, "OSTIARY_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.deep
@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_house_stands_with_it_alone(plugin: str, tmp_path: Path) -> None:
    """It is the only one found, and its tables are made: `check` then knows of no fault, but says
    that nobody can sign in where there is no factor to begin with.
    """
    python, data = alone(plugin, tmp_path / "environment"), tmp_path / "data"
    program = str(Path(sys.executable).with_name("ostiary"))
    found = json.loads(run(python, program, "plugins", "--json", data=data))
    assert [each["name"] for each in found["plugins"]] == [plugin]
    run(python, program, "migrate", data=data)
    (each,) = json.loads(run(python, program, "plugins", "--json", data=data))["plugins"]
    schema = each["schema"]
    assert schema is None or schema["current"] == schema["head"]


@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_keeps_its_contract_alone(factor: str, tmp_path: Path) -> None:
    python = alone(factor, tmp_path / "environment")
    said = run(
        python,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not browser"),
        f"plugins/{factor}/tests/test_contract.py",
        data=tmp_path / "data",
    )
    assert " passed" in said
    assert "failed" not in said
