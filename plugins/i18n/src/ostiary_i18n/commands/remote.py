"""Commands between files and a platform: push, pull."""

from __future__ import annotations

from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import click
from babel.messages import Catalog as PoCatalog
from babel.messages.pofile import PoFileError, read_po

from ostiary.contracts import House, OstiaryError
from ostiary_i18n.catalogs import translated
from ostiary_i18n.checks import faults
from ostiary_i18n.commands.options import as_json, chosen, each, locales, named, said
from ostiary_i18n.platforms import Platform, PlatformError
from ostiary_i18n.starting import languages_of
from ostiary_i18n.tags import locale_of, read
from ostiary_i18n.working.extracting import read_template, rendered
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import wanted, write

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
    @as_json
    def push(
        names: tuple[str, ...],
        folder: Path | None,
        tx_config: bool,  # noqa: FBT001
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Send the packages' messages to translators."""
        packages = chosen(house, names)
        if tx_config:
            _write_config(house, packages)
            return
        platform, rows = _platform(house, folder), []
        for package in each(packages, lambda package: package.domain):
            template = read_template(package)
            rows.append(asdict(platform.push(package, template, rendered(template))))
        lines = [
            f"{row['package']}: {row['created']} new, {row['updated']} changed, "
            f"{row['deleted']} gone"
            for row in rows
        ]
        said(rows, lines, json=as_json)

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
        """Fetch translations. What is bad is left out; then the command exits with 1."""
        platform = _platform(house, folder)
        jobs = [
            (package, name) for package in chosen(house, names) for name in wanted(package, locales)
        ]
        rows = []
        for package, name in each(jobs, lambda job: f"{job[0].domain}/{job[1]}"):
            content = platform.pull(package, name)
            counts = {"translated": 0, "left_out": 0}
            if content is not None:
                counts = _taken(package, name, content)
            rows.append(
                {"package": package.domain, "locale": name, "there": content is not None, **counts}
            )
        lines = [
            f"{row['package']}/{row['locale']}: "
            + (
                f"{row['translated']} translated, {row['left_out']} left out"
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


def _taken(package: Package, name: str, content: bytes) -> dict[str, int]:
    """Write what came into the catalog, without what is bad; how much that was."""
    tag = read(name)
    locale = None if tag is None else locale_of(tag)
    if locale is None:
        raise OstiaryError(f"CLDR knows no language {name!r}; give one such as de or pt_BR")
    try:
        came: PoCatalog = read_po(BytesIO(content), locale=locale, abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise PlatformError(
            f"what came for {package.domain}/{name} is no PO file ({type(error).__name__})"
        ) from None
    good = bad = 0
    for source, forms in list(translated(came)):
        if faults(source, forms, came.num_plurals):
            came.delete(source.id, source.context)
            bad += 1
        else:
            good += 1
    came.update(read_template(package), no_fuzzy_matching=True, update_creation_date=False)
    path = package.catalog(name)
    write(came, path, path.read_bytes() if path.is_file() else None)
    return {"translated": good, "left_out": bad}


def _write_config(house: House, packages: tuple[Package, ...]) -> None:
    from ostiary_i18n.platforms.files import tx_config

    settings = languages_of(house).settings
    if settings.organization is None:
        raise OstiaryError("say whose project it is: set ostiary.plugin.i18n.organization")
    path = Path(".tx/config")
    path.parent.mkdir(exist_ok=True)
    path.write_text(tx_config(settings.organization, settings.project, packages), "utf-8")
    click.echo(str(path))
