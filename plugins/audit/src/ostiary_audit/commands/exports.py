"""``ostiary audit export``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from ostiary.contracts import Details, House, OstiaryError
from ostiary_audit.commands.options import filter_options, shown, view_of
from ostiary_audit.commands.output import said_progress
from ostiary_audit.events import EXPORTED
from ostiary_audit.exporting import as_csv, as_lines, whole_log, write_log
from ostiary_audit.reading import View, entries_of
from ostiary_audit.sink import trail_of
from ostiary_audit.telling import names_from
from ostiary_audit.trail import Trail


def export_command(house: House) -> click.Command:
    """``ostiary audit export``."""

    @click.command("export")
    @click.argument("target", required=False, type=click.Path(path_type=Path))
    @click.option(
        "--format",
        "form",
        type=click.Choice(["json", "csv", "tiles"]),
        help="Lines of JSON (the default), CSV, or a folder of C2SP tlog-tiles.",
    )
    @filter_options
    def export(target: Path | None, form: str | None, **given: Any) -> None:
        """Write the trail to TARGET, or to standard output.

        Without filters, lines of JSON and tiles hold everything that `audit verify` needs to check
        them elsewhere.
        """
        trail = trail_of(house)
        trail.sequencer.catch_up()
        view = view_of(house, given)
        form = form or _form_of(target)
        try:
            count = _exported(house, trail, view, form, target)
        except FileExistsError as error:
            raise OstiaryError(str(error)) from None
        except LookupError:
            raise OstiaryError("there is nothing to export yet") from None
        details: Details = {"count": count, "format": form, "filters": shown(given)}
        house.record(EXPORTED, subject=None, details=details)

    return export


def _form_of(target: Path | None) -> str:
    known = {"": "tiles", ".csv": "csv"}
    return "json" if target is None else known.get(target.suffix, "json")


def _exported(house: House, trail: Trail, view: View, form: str, target: Path | None) -> int:
    if form == "tiles":
        if target is None or view != View():
            raise click.UsageError("tiles are of the whole trail: name a folder, and no filter.")
        return write_log(trail, target, said_progress(quiet=False))
    name_of = names_from(house.users)
    lines: Iterable[str]
    if form == "csv":
        lines = as_csv(entries_of(trail.store, view), name_of)
    elif view == View():
        lines = whole_log(trail, name_of)
    else:
        lines = as_lines(entries_of(trail.store, view), name_of)
    count = _put(lines, target)
    return count - 1 if form == "csv" or view == View() else count


def _put(lines: Iterable[str], target: Path | None) -> int:
    """Write them; how many they were. A file is for its owner alone: it is about people."""
    count = 0
    if target is None:
        for count, line in enumerate(lines, 1):  # noqa: B007 - counted.
            sys.stdout.write(line)
        return count
    target.touch(mode=0o600, exist_ok=False)
    with target.open("w", encoding="utf-8", newline="") as file:
        for count, line in enumerate(lines, 1):  # noqa: B007 - as above
            file.write(line)
    return count
