"""`ostiary check`: every problem, each with the way to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from ostiary.runtime import Runtime
from ostiary.store.tables import credentials
from ostiary.testing.services import free_port

from .conftest import CLI, Shelf, add_tables


def problems(cli: CLI) -> list[str]:
    done = cli("check")
    assert done.err == ""
    lines = done.out.splitlines()
    assert done.code == (0 if lines == ["No problem found."] else 1)
    return lines


def test_a_house_as_it_should_be_has_none(installed: CLI) -> None:
    assert problems(installed) == ["No problem found."]


def test_every_wrong_setting_is_named_not_just_the_first(
    installed: CLI, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "ostiary.toml").write_text('port = "x"\nbogus = 1\n[session]\nidle = "never"\n')
    monkeypatch.setenv("OSTIARY_TITEL", "x")
    monkeypatch.setenv("OSTIARY_MAIL_USERNAME", "me")
    monkeypatch.setenv("OSTIARY_PUBLIC_URL", "http://id.example.org")
    said = problems(installed)
    assert len(said) == 6
    for part in ("port", "bogus", "session.idle", "OSTIARY_TITEL", "mail.password", "https://"):
        assert sum(part in line for line in said) == 1, part


def test_all_that_others_can_read_is_named(installed: CLI, data: Path, empty_url: str) -> None:
    settings = data / "ostiary.toml"
    settings.touch()
    for path, mode in ((data, 0o755), (settings, 0o644), (data / "keys.json", 0o640)):
        path.chmod(mode)
    assert len(problems(installed)) == 3
    said = "\n".join(problems(installed))
    for mend in (
        f"chmod 700 {data}",
        f"chmod 600 {settings}",
        f"chmod 600 {data / 'keys.json'}",
    ):
        assert mend in said
    if empty_url.startswith("sqlite"):
        database = Path(empty_url.removeprefix("sqlite:///"))
        database.chmod(0o664)
        assert f"chmod 600 {database}" in "\n".join(problems(installed))


def test_without_a_data_folder_it_says_so_once(cli: CLI, data: Path) -> None:
    said = problems(cli)
    assert len([line for line in said if "there is no data folder" in line]) == 1
    assert not data.exists()


def test_tables_that_are_behind_are_named(
    installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_tables(shelf)
    monkeypatch.setenv("OSTIARY_PLUGINS", "stranger late")
    (line,) = problems(installed)
    assert "run `ostiary migrate`" in line


def test_every_broken_plugin_is_named(
    installed: CLI, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.install("one", "raise RuntimeError('secret')\n")
    shelf.install("two", "OSTIARY_API = 99\n")
    monkeypatch.setenv("OSTIARY_PLUGINS", "stranger one two")
    said = problems(installed)
    assert len(said) == 2
    assert "one-dist" in said[0]
    assert "two-dist" in said[1]
    assert "secret" not in "".join(said)


def test_a_house_that_nobody_can_enter_is_no_house(
    installed: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTIARY_PLUGINS", "")
    (line,) = problems(installed)
    assert "nobody can sign in" in line


def test_a_minimum_for_a_permission_that_there_is_not_is_named(
    installed: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTIARY_ASSURANCE__ACCOUNT__CHANGE", "proofs=2")
    assert problems(installed) == ["No problem found."]
    monkeypatch.setenv("OSTIARY_ASSURANCE__ACCOUNT__CHANCE", "proofs=2")
    (said,) = problems(installed)
    assert said.startswith("ostiary.assurance.account.chance is for a permission that no view")
    assert "Did you mean account.change?" in said


def test_a_style_sheet_that_is_not_there_is_named(
    installed: CLI, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSTIARY_STYLESHEET", "own.css")
    assert problems(installed) == [
        f"stylesheet: {data / 'own.css'} cannot be read (No such file or directory)."
    ]
    (data / "own.css").write_text(":root { --o-radius: 0 }")
    assert problems(installed) == ["No problem found."]


def test_factors_of_people_whose_plugin_is_gone_are_named(installed: CLI, runtime: Runtime) -> None:
    """They are locked out, and would be the first to notice."""
    for name in ("Ada", "Bob"):
        address = f"{name}@example.org"
        installed("users", "create", name, "--email", address, "--bell-stdin", stdin=b"1\n")
    with runtime.store.write() as unit:
        unit.execute(update(credentials).values(name="gone"))
    (line,) = problems(installed)
    assert "the factor 'gone', which 2 of your people use" in line


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PUBLIC_URL": "https://id.example.org"}, "people get no mail"),
        ({"MAIL_HOST": "mx.example.org", "MAIL_TLS": "none"}, "mail.tls is none"),
        ({"REDIS": f"redis://127.0.0.1:{free_port()}/0"}, "redis does not answer"),
        (
            {
                "PUBLIC_URL": "http://id.example.org",
                "ALLOW_INSECURE_HTTP": "true",
                "MAIL_HOST": "localhost",
                "MAIL_TLS": "none",
            },
            "public_url is http://id.example.org",
        ),
    ],
)
def test_what_works_badly_is_named(
    installed: CLI, variables: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"OSTIARY_{name}", value)
    (line,) = problems(installed)
    assert said in line


def test_a_database_that_does_not_answer_is_named_without_its_password(
    installed: CLI, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"postgresql+psycopg://me:hunter2@127.0.0.1:{free_port()}/x"
    monkeypatch.setenv("OSTIARY_DATABASE", url)
    (line,) = problems(installed)
    assert "the database refused" in line
    assert "hunter2" not in line
    for command in (["users", "list"], ["migrate"], ["plugins"]):
        done = installed(*command)
        assert (done.code, len(done.err.splitlines())) == (1, 1)
        assert "the database refused" in done.err
        assert "hunter2" not in done.err
