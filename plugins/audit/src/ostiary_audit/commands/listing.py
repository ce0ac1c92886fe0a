"""``ostiary audit list`` and ``tail``."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import click

from ostiary.cli.output import print_json, print_table
from ostiary.contracts import Details, House
from ostiary_audit.commands.options import filter_options, shown, view_of
from ostiary_audit.events import READ
from ostiary_audit.reading import Entry, entries_of
from ostiary_audit.sink import trail_of
from ostiary_audit.telling import described, names_from, said
from ostiary_audit.trail import Trail

_EVERY = 0.5


def list_command(house: House) -> click.Command:
    """``ostiary audit list``."""

    @click.command("list")
    @filter_options
    @click.option("--limit", type=click.IntRange(1), default=10_000, show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="Print a list for programs.")
    def list_events(limit: int, as_json: bool, **given: Any) -> None:  # noqa: FBT001 - click gives flags by name.
        """List what happened, the newest last. That it was read is recorded."""
        trail = trail_of(house)
        trail.sequencer.catch_up()
        found = list(entries_of(trail.store, view_of(house, given), limit))[::-1]
        if as_json:
            name_of = names_from(house.users)
            print_json([described(each, name_of) for each in found])
        else:
            _table(house, trail, found)
        details: Details = {"count": len(found), "what": shown(given)}
        house.record(READ, subject=None, details=details)

    return list_events


def tail_command(house: House) -> click.Command:
    """``ostiary audit tail``."""

    @click.command("tail")
    @filter_options
    @click.option("--lines", type=click.IntRange(0), default=10, show_default=True)
    @click.option("--json", "as_json", is_flag=True, help="One object a line.")
    @click.option("--once", is_flag=True, help="Do not wait for more.")
    def tail(lines: int, as_json: bool, once: bool, **given: Any) -> None:  # noqa: FBT001 - as above
        """Show the newest events, and those that follow, until Ctrl-C."""
        trail, view = trail_of(house), view_of(house, given)
        trail.sequencer.catch_up()
        house.record(READ, subject=None, details={"count": lines, "what": f"tail {shown(given)}"})
        newest = list(entries_of(trail.store, view, max(lines, 1)))
        last = newest[0].seq if newest else 0
        for entry in reversed(newest[:lines]):
            _line(house, trail, entry, as_json=as_json)
        while not once:
            time.sleep(_EVERY)
            trail.sequencer.catch_up()
            more: list[Entry] = []
            for entry in entries_of(trail.store, replace(view, before=None)):
                if entry.seq <= last:
                    break
                more.append(entry)
            for entry in reversed(more):
                _line(house, trail, entry, as_json=as_json)
                last = entry.seq

    return tail


def _line(house: House, trail: Trail, entry: Entry, *, as_json: bool) -> None:
    name_of = names_from(house.users)
    if as_json:
        click.echo(json.dumps(described(entry, name_of), ensure_ascii=False))
        return
    text = " ".join(str(said(entry, trail.runtime.recorder, name_of)).split())
    when = entry.row.time.strftime("%Y-%m-%d %H:%M:%S")
    click.echo(f"{entry.seq}  {when}  {entry.row.outcome:7}  {text}")


def _table(house: House, trail: Trail, found: list[Entry]) -> None:
    name_of = names_from(house.users)
    rows = [
        (
            str(entry.seq),
            entry.row.time.strftime("%Y-%m-%d %H:%M:%S"),
            entry.row.outcome,
            " ".join(str(said(entry, trail.runtime.recorder, name_of)).split()),
        )
        for entry in found
    ]
    print_table(("SEQ", "TIME (UTC)", "OUTCOME", "WHAT"), rows)
