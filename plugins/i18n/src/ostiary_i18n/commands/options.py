"""What the commands share: which packages, how far along, and how it is said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

import click

from ostiary.cli.output import print_json
from ostiary.contracts import House, MessageCatalog
from ostiary_i18n.localization import CATALOGS
from ostiary_i18n.working.packages import Package, packages

_T = TypeVar("_T")

named = click.argument("names", nargs=-1, metavar="[PACKAGE]...")
as_json = click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
locales = click.option(
    "--locale", "locales", multiple=True, metavar="L", help="Only this one; may be given again."
)


def chosen(house: House, names: Sequence[str]) -> tuple[Package, ...]:
    """The packages that are worked on.

    Raises:
        OstiaryError: one of them is not there.
    """
    return packages(cast("list[MessageCatalog]", house.parts(CATALOGS)), names)


def each(items: Sequence[_T], called: Callable[[_T], str]) -> Iterator[_T]:
    """The items one after another; on a terminal, how far along they are."""
    shown = sys.stderr.isatty()
    for number, item in enumerate(items, 1):
        if shown:
            click.echo(f"\r\033[K[{number}/{len(items)}] {called(item)}", nl=False, err=True)
        yield item
    if shown:
        click.echo("\r\033[K", nl=False, err=True)


def said(rows: Iterable[dict[str, Any]], lines: Iterable[str], *, json: bool) -> None:
    """The outcome: rows for programs, lines for people."""
    if json:
        print_json(list(rows))
        return
    for line in lines:
        click.echo(line)
