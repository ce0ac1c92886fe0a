"""Commands of the live overlay: native-push, native-fetch."""

from __future__ import annotations

import click

from ostiary.contracts import House
from ostiary_i18n.checks import harmless
from ostiary_i18n.commands.options import as_json, chosen, each, named, said
from ostiary_i18n.starting import languages_of, native_of, overlay_of
from ostiary_i18n.working.extracting import read_template


def native_push_command(house: House) -> click.Command:
    """``native-push``."""

    @click.command("native-push")
    @named
    @click.option("--purge", is_flag=True, help="Delete there what is not sent now.")
    @as_json
    def native_push(names: tuple[str, ...], purge: bool, as_json: bool) -> None:  # noqa: FBT001
        """Send the packages' messages to Transifex Native."""
        from ostiary_i18n.platforms.native import source_strings

        native = native_of(languages_of(house))
        strings = [
            string
            for package in each(chosen(house, names), lambda package: package.domain)
            for string in source_strings(package.domain, read_template(package))
        ]
        details = dict(native.push(strings, purge=purge))
        lines = [
            f"{len(strings)} sent",
            *(harmless(f"{name}: {count}") for name, count in details.items()),
        ]
        said([{"sent": len(strings), **details}], lines, json=as_json)

    return native_push


def native_fetch_command(house: House) -> click.Command:
    """``native-fetch``."""

    @click.command("native-fetch")
    @as_json
    def native_fetch(as_json: bool) -> None:  # noqa: FBT001
        """Fetch the live overlay of each offered language, and keep it for servers to come."""
        counts = overlay_of(languages_of(house)).fetch()
        rows = [{"locale": name, "translated": count} for name, count in counts.items()]
        lines = [f"{name}: {count} translated" for name, count in counts.items()]
        said(rows, lines or ["nothing is offered that the project has"], json=as_json)

    return native_fetch
