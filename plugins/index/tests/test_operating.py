"""What operators see: settings, tables, commands."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result
from sqlalchemy import inspect

from ostiary.contracts import OstiaryError, PluginError, SettingsError
from ostiary_index.commands import index_group
from ostiary_index.settings import IndexSettings
from ostiary_index.tables import TABLES, metadata
from plugins.index.tests.conftest import MakePlace, Place


def run(place: Place, *arguments: str) -> Result:
    return CliRunner().invoke(index_group(place.runtime.house), arguments)


def test_the_tables_are_what_the_revisions_made(place: Place) -> None:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in TABLES

    with place.runtime.store.read() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        assert compare_metadata(context, metadata) == []
        indexes = inspect(connection).get_indexes("ostiary_index_file")
    assert "ix_ostiary_index_file_release" in {index["name"] for index in indexes}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"privat": "true"}, "ostiary.plugin.index.privat is not a setting"),
        ({"private": "yes"}, "give true or false"),
        ({"closed": ""}, "give true or false"),
        ({"max_size": "0"}, "a number of MiB from 1 to 4096"),
        ({"max_size": "5000"}, "a number of MiB"),
        ({"max_size": "1" * 5000}, "a number of MiB"),
        ({"max_size": "much"}, "a number of MiB"),
        ({"max_size": "٣"}, "a number of MiB"),
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        IndexSettings.from_mapping(settings)


def test_the_defaults() -> None:
    assert IndexSettings.from_mapping({}) == IndexSettings(private=False, closed=False, max_size=15)


def test_a_wrong_setting_stops_the_house(make_place: MakePlace) -> None:
    with pytest.raises(PluginError, match=r"ostiary\.plugin\.index\.private"):
        make_place(plugin__index__private="maybe")


def test_the_operator_makes_a_project_for_somebody(place: Place) -> None:
    place.user()
    result = run(place, "create", "Acme.Tools", "--owner", "ada")
    assert result.stdout == "Made Acme.Tools, which belongs to ada.\n"
    assert place.project().owners == ("id-ada",)
    (event,) = place.events.of("project.created")
    assert event.subject == "id-ada"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("acme-tools", "--owner", "ada"), "there is a project 'acme-tools' already"),
        (("new", "--owner", "nobody"), "there is no account 'nobody'"),
        (("-", "--owner", "ada"), "is no name of a project"),
        (("a" * 101, "--owner", "ada"), "100 characters at most"),
    ],
)
def test_what_cannot_be_made_is_said(place: Place, arguments: tuple[str, ...], said: str) -> None:
    place.made()
    result = run(place, "create", *arguments)
    assert result.exit_code != 0
    told = str(result.exception) if isinstance(result.exception, OstiaryError) else result.output
    assert said in " ".join(told.split())


def test_the_sweep_leaves_what_is_published(place: Place) -> None:
    place.upload()
    folder: Path = place.runtime.house.folder("index")
    stray = folder / "files" / "aa" / f"{'a' * 64}-stray-1.0.tar.gz"
    stray.parent.mkdir(exist_ok=True)
    stray.touch()
    for path in folder.rglob("*.tar.gz"):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert run(place, "sweep").stdout == "Removed 1 files.\n"
    assert place.on_disk() == place.filenames()
