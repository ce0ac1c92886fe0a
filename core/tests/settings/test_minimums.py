"""What operators ask for by permission, as they write it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from ostiary.contracts import Assurance, SettingsError
from ostiary.settings import Settings, faults

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("proofs=2", (Assurance(proofs=2),)),
        ("proofs=1", (Assurance(),)),
        ("within=900", (Assurance(within=QUARTER),)),
        ("phishing_resistant", (Assurance(phishing_resistant=True),)),
        (" within = 15m ,phishing_resistant,proofs=2 ", (Assurance(2, QUARTER, True),)),
        ("proofs=2;within=15m", (Assurance(proofs=2), Assurance(within=QUARTER))),
    ],
)
def test_a_minimum_is_written_by_its_properties(text: str, meant: tuple[Assurance, ...]) -> None:
    settings = Settings.from_mapping({"ostiary.assurance.project.delete": text})
    assert settings.minimums == {"project.delete": meant}


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "x", "totp", "proofs", "proofs=", "proofs=0", "proofs=3", "proofs=two", "="),
        *("within", "within=0", "within=soon", "phishing_resistant=1", "proofs=1,proofs=2"),
        *(";", "proofs=2;", "proofs=2,", "proofs=2 within=15m", "Proofs=2", 2, True, None),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value: object) -> None:
    said = f"ostiary.assurance.a: found {value!r}, allowed is one or more of"
    with pytest.raises(SettingsError, match=f"^{re.escape(said)}"):
        Settings.from_mapping({"ostiary.assurance.a": value})


@pytest.mark.parametrize("name", ["assurance", "assurance."])
def test_a_minimum_names_its_permission(name: str) -> None:
    with pytest.raises(SettingsError, match="is not a setting of Ostiary"):
        Settings.from_mapping({f"ostiary.{name}": "proofs=2"})


def test_names_with_dots_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text(
        '[assurance]\nupload = "proofs=2"\n"a.b" = "proofs=2"\nc.d = "proofs=2"\n'
    )
    settings = Settings.load(tmp_path, {"OSTIARY_ASSURANCE__A__B": "within=15m"})
    assert sorted(settings.minimums) == ["a.b", "c.d", "upload"]
    assert settings.minimums["a.b"] == (Assurance(within=QUARTER),)


def test_the_check_names_a_wrong_one_beside_other_faults(tmp_path: Path) -> None:
    (tmp_path / "ostiary.toml").write_text('port = 0\n[assurance]\na = "proofs=9"\n')
    assert len(faults(tmp_path, {})) == 2
