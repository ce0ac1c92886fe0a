"""Commands between files and a platform: push, pull."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from ostiary.contracts import House, OstiaryError
from ostiary_i18n.commands.options import as_json, chosen, each, locales, named, said
from ostiary_i18n.platforms import Platform, Pushed
from ostiary_i18n.starting import languages_of
from ostiary_i18n.working.extracting import read_template, rendered
from ostiary_i18n.working.merging import Merged, merge
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import wanted

_folder = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A checkout for Weblate or Pontoon, instead of Transifex.",
)


def push_command(house: House) -> click.Command:
    """``push``."""

    @click.command()
    @named
    @_folder
    @click.option("--tx-config", is_flag=True, help="Only write .tx/config for the program tx.")
    @click.option(
        "--translations",
        is_flag=True,
        help="Send the catalogs too. What translators did there since is replaced: pull first.",
    )
    @locales
    @as_json
    def push(
        names: tuple[str, ...],
        folder: Path | None,
        tx_config: bool,  # noqa: FBT001
        translations: bool,  # noqa: FBT001
        locales: tuple[str, ...],
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Send the packages' messages to translators."""
        packages = chosen(house, names)
        if tx_config:
            path = _write_config(house, packages)
            said([{"path": str(path), "resources": len(packages)}], [str(path)], json=as_json)
            return
        if locales and not translations:
            raise OstiaryError("--locale says which catalogs to send: give --translations too")
        platform, rows = _platform(house, folder), []
        for package in each(packages, lambda package: package.domain):
            template = read_template(package)
            rows.append(platform.push(package, template, rendered(template)))
            if translations:
                rows += _pushed(platform, package, locales)
        said(map(asdict, rows), map(str, rows), json=as_json)

    return push


def pull_command(house: House) -> click.Command:
    """``pull``."""

    @click.command()
    @named
    @_folder
    @locales
    @as_json
    def pull(
        names: tuple[str, ...],
        folder: Path | None,
        locales: tuple[str, ...],
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Fetch translations, and lay them over the catalogs: what does not come stays.

        What is bad is left out; then the command exits with 1.
        """
        platform = _platform(house, folder)
        jobs = [
            (package, name) for package in chosen(house, names) for name in wanted(package, locales)
        ]
        rows = []
        for package, name in each(jobs, lambda job: f"{job[0].domain}/{job[1]}"):
            content = platform.pull(package, name)
            merged = Merged() if content is None else merge(package, name, content)
            there = {"package": package.domain, "locale": name, "there": content is not None}
            rows.append({**there, **asdict(merged)})
        lines = [
            f"{row['package']}/{row['locale']}: "
            + (
                f"{row['changed']} changed, {row['kept']} kept, {row['left_out']} left out"
                if row["there"]
                else "not there"
            )
            for row in rows
        ]
        said(rows, lines, json=as_json)
        if any(row["left_out"] for row in rows):
            raise click.exceptions.Exit(1)

    return pull


def _platform(house: House, folder: Path | None) -> Platform:
    if folder is not None:
        from ostiary_i18n.platforms.folders import Folder

        return Folder(folder)
    from ostiary_i18n.platforms.files import TransifexFiles

    settings = languages_of(house).settings
    if settings.transifex_token is None or settings.organization is None:
        raise OstiaryError(
            "Transifex needs ostiary.plugin.i18n.transifex_token and organization; "
            "or give --folder for plain PO files"
        )
    return TransifexFiles(
        settings.transifex_token, settings.transifex_host, settings.organization, settings.project
    )


def _pushed(platform: Platform, package: Package, locales: Sequence[str]) -> list[Pushed]:
    found = []
    for name in wanted(package, locales):
        path = package.catalog(name)
        if path.is_file():
            found.append(platform.push_translations(package, name, path.read_bytes()))
        elif locales:
            raise OstiaryError(f"{path} is missing: run `ostiary i18n update --locale {name}`")
    return found


def _write_config(house: House, packages: tuple[Package, ...]) -> Path:
    from ostiary_i18n.platforms.files import tx_config

    settings = languages_of(house).settings
    if settings.organization is None:
        raise OstiaryError("say whose project it is: set ostiary.plugin.i18n.organization")
    path = Path(".tx/config")
    path.parent.mkdir(exist_ok=True)
    config = tx_config(settings.organization, settings.project, packages, Path.cwd())
    path.write_text(config, "utf-8")
    return path
