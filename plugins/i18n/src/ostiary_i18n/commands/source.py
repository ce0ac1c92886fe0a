"""Commands on files: extract, update, compile, check, pseudo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ostiary.contracts import House, Text
from ostiary.testing.locales import PseudoLocalization
from ostiary_i18n.catalogs import messages_of, source_of
from ostiary_i18n.commands.options import as_json, chosen, each, locales, named, said
from ostiary_i18n.localization import Languages
from ostiary_i18n.starting import KEPT, languages_of
from ostiary_i18n.working.checking import Problem, laid_over, overridden, problems
from ostiary_i18n.working.extracting import is_stale, read_template, write_template
from ostiary_i18n.working.packages import Package
from ostiary_i18n.working.updating import compile_package, update, wanted, write

PSEUDO = ("en-XA", "ar-XB")


def _name(package: Package) -> str:
    return package.domain


def extract_command(house: House) -> click.Command:
    """``extract``."""

    @click.command()
    @named
    @click.option("--check", is_flag=True, help="Write nothing; exit with 1 if one is stale.")
    @as_json
    def extract(names: tuple[str, ...], check: bool, as_json: bool) -> None:  # noqa: FBT001
        """Collect the messages of packages into their templates (.pot)."""
        rows = []
        for package in each(chosen(house, names), _name):
            changed = is_stale(package) if check else write_template(package)
            rows.append({"package": package.domain, "changed": changed})
        word = "stale" if check else "written"
        lines = [f"{row['package']}: {word if row['changed'] else 'up to date'}" for row in rows]
        said(rows, lines, json=as_json)
        if check and any(row["changed"] for row in rows):
            raise click.exceptions.Exit(1)

    return extract


def update_command(house: House) -> click.Command:
    """``update``."""

    @click.command()
    @named
    @locales
    @click.option("--guess", is_flag=True, help="Keep reworded ones, marked as fuzzy. Slow.")
    @as_json
    def update_catalogs(
        names: tuple[str, ...],
        locales: tuple[str, ...],
        guess: bool,  # noqa: FBT001
        as_json: bool,  # noqa: FBT001
    ) -> None:
        """Bring catalogs up to their templates; --locale begins those that are not there."""
        rows = []
        for package in each(chosen(house, names), _name):
            template = read_template(package)
            for name in wanted(package, locales):
                changed = update(package, template, name, guess=guess)
                rows.append({"package": package.domain, "locale": name, "changed": changed})
        said(
            rows,
            [
                f"{row['package']}/{row['locale']}: {'written' if row['changed'] else 'up to date'}"
                for row in rows
            ],
            json=as_json,
        )

    update_catalogs.name = "update"
    return update_catalogs


def compile_command(house: House) -> click.Command:
    """``compile``."""

    @click.command("compile")
    @named
    @as_json
    def compile_catalogs(names: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
        """Compile what is sound of each catalog; exit with 1 if anything is left out."""
        rows = []
        for package in each(chosen(house, names), _name):
            compiled, dropped = compile_package(package)
            rows.append({"package": package.domain, "compiled": compiled, "left_out": dropped})
        lines = [
            f"{row['package']}: {row['compiled']} compiled, {row['left_out']} left out"
            for row in rows
        ]
        said(rows, lines, json=as_json)
        if any(row["left_out"] for row in rows):
            raise click.exceptions.Exit(1)

    return compile_catalogs


def check_command(house: House) -> click.Command:
    """``check``."""

    @click.command()
    @named
    @as_json
    def check(names: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
        """Say what is wrong with templates and catalogs; exit with 1 if anything is.

        The operator's own folder and what is kept of the live overlay are looked at too.
        """
        languages = languages_of(house)
        found = [
            problem
            for package in each(chosen(house, names), _name)
            for problem in _found(package, languages)
        ]
        said(map(asdict, found), map(str, found), json=as_json)
        if found:
            raise click.exceptions.Exit(1)

    return check


def _found(package: Package, languages: Languages) -> Iterator[Problem]:
    yield from problems(package)
    if not package.template.is_file():
        return
    yield from overridden(package, languages.overrides)
    kept = languages.folder / KEPT
    if kept.is_dir():
        from ostiary_i18n.overlay import Copies

        yield from laid_over(package, Copies(kept))


def pseudo_command(house: House) -> click.Command:
    """``pseudo``."""

    @click.command()
    @named
    @click.option("--to", type=click.Path(file_okay=False, path_type=Path), required=True)
    @as_json
    def pseudo(names: tuple[str, ...], to: Path, as_json: bool) -> None:  # noqa: FBT001
        """Write pseudo-translations into a folder, for programs other than this one.

        This house speaks en-XA and ar-XB itself where ostiary.plugin.i18n.pseudo is true.
        """
        rows = []
        for package in each(chosen(house, names), _name):
            for locale in PSEUDO:
                path = _disguised(package, locale, to)
                rows.append({"package": package.domain, "locale": locale, "path": str(path)})
        said(rows, [str(row["path"]) for row in rows], json=as_json)

    return pseudo


def _disguised(package: Package, locale: str, to: Path) -> Path:
    from babel.messages import Catalog as PoCatalog

    name = locale.replace("-", "_")
    speaker = PseudoLocalization()
    catalog = PoCatalog(locale=locale.partition("-")[0], fuzzy=False)
    for message in messages_of(read_template(package)):
        source = source_of(message)
        forms = [speaker.say(Text(package.domain, form), locale) for form in source.forms]
        if source.plural is None:
            catalog.add(source.id, forms[0], context=source.context)
        else:
            one, many = forms
            said = (one, *[many] * (catalog.num_plurals - 1))
            catalog.add((source.id, source.plural), said, context=source.context)
    path = to / name / "LC_MESSAGES" / f"{package.domain}.po"
    write(catalog, path)
    return path


__all__ = [
    "check_command",
    "compile_command",
    "extract_command",
    "pseudo_command",
    "update_command",
]
