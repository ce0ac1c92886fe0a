"""``ostiary audit prune`` and ``forward``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ostiary.cli.output import print_json, print_table
from ostiary.contracts import House, OstiaryError
from ostiary_audit.events import SENT
from ostiary_audit.exporting import as_csv, as_lines
from ostiary_audit.forwarding import Deliver, begin, forward, standings, webhook
from ostiary_audit.pruning import prune
from ostiary_audit.reading import Entry
from ostiary_audit.settings import AuditSettings
from ostiary_audit.sink import trail_of
from ostiary_audit.telling import names_from
from ostiary_audit.trail import Trail

_WHAT = {"event": "events", "place": "addresses", "person": "names"}


def prune_command(house: House) -> click.Command:
    """``ostiary audit prune``."""

    @click.command("prune")
    @click.option("--keep", metavar="RULES", help="Such as sign-in.*=90d; instead of the settings.")
    @click.option("--addresses", metavar="TIME", help="How long addresses are kept, such as 90d.")
    @click.option("--erase", multiple=True, metavar="USER", help="Erase names and addresses of it.")
    @click.option("--dry-run", is_flag=True, help="Only count.")
    @click.option("--json", "as_json", is_flag=True, help="Print the counts for programs.")
    def prune_trail(
        keep: str | None,
        addresses: str | None,
        erase: Sequence[str],
        dry_run: bool,  # noqa: FBT001 - click gives flags by name.
        as_json: bool,  # noqa: FBT001 - as above
    ) -> None:
        """Delete what is kept no longer. What is signed stays whole, and it is all on record."""
        trail = trail_of(house)
        trail.sequencer.catch_up()
        given = {"keep": keep, "addresses": addresses}
        chosen = {name: value for name, value in given.items() if value is not None}
        settings = AuditSettings.from_mapping(chosen) if chosen else None
        users = [_id_of(house, each) for each in erase]
        counts = prune(house, trail, erase=users, settings=settings, dry=dry_run)
        if as_json:
            print_json(counts)
            return
        said = ", ".join(f"{count} {_WHAT[what]}" for what, count in counts.items())
        click.echo(f"{'To be deleted' if dry_run else 'Deleted'}: {said or 'nothing'}")

    return prune_trail


def forward_command(house: House) -> click.Command:
    """``ostiary audit forward``."""

    @click.command("forward")
    @click.argument("name", required=False)
    @click.option(
        "--file",
        "target",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Append to this file, instead of sending to the webhook NAME.",
    )
    @click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json")
    @click.option("--from", "after", type=click.IntRange(0), help="Go on after this seq.")
    @click.option("--json", "as_json", is_flag=True, help="Print how they fare for programs.")
    def forward_trail(
        name: str | None,
        target: Path | None,
        form: str,
        after: int | None,
        as_json: bool,  # noqa: FBT001 - as above
    ) -> None:
        """Send NAME what it has not had yet; without NAME, say how all receivers fare."""
        trail = trail_of(house)
        trail.sequencer.catch_up()
        if name is None:
            _tell(trail, as_json=as_json)
            return
        deliver = _file(house, target, form) if target else _webhook(trail, name)
        if after is not None or name not in {each.name for each in standings(trail)}:
            begin(trail, name, after or 0)
        count = forward(trail, name, deliver, whenever=True)
        house.record(SENT, subject=None, details={"count": count, "receiver": name})
        fault = next(each.fault for each in standings(trail) if each.name == name)
        if fault is not None:
            raise OstiaryError(
                f"{name} took {count} events, then failed: {fault}; it keeps its place"
            )
        click.echo(f"{name} has got {count} events.")

    return forward_trail


def _id_of(house: House, name: str) -> str:
    found = house.users.named(name)
    return name if found is None else found.id


def _webhook(trail: Trail, name: str) -> Deliver:
    for each in trail.settings.webhooks:
        if each.name == name:
            return webhook(trail, each)
    known = ", ".join(each.name for each in trail.settings.webhooks) or "none"
    raise OstiaryError(
        f"there is no webhook {name!r}; the settings sink.audit.webhook.* name {known}: set one, "
        "or give a file by --file"
    )


def _file(house: House, target: Path, form: str) -> Deliver:
    """What appends to a file. After a fault some lines may be there twice; their ids tell it."""
    name_of = names_from(house.users)
    target.touch(mode=0o600, exist_ok=True)

    def deliver(entries: Sequence[Entry]) -> None:
        lines = list((as_csv if form == "csv" else as_lines)(entries, name_of))
        with target.open("a", encoding="utf-8", newline="") as file:
            if form == "csv" and file.tell():
                del lines[0]
            file.writelines(lines)

    return deliver


def _tell(trail: Trail, *, as_json: bool) -> None:
    found = standings(trail)
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "seq": each.seq,
                    "lag": each.lag,
                    "failures": each.failures,
                    "next_try": each.due_at.isoformat(),
                    "fault": each.fault,
                }
                for each in found
            ]
        )
        return
    rows = [(e.name, str(e.seq), str(e.lag), str(e.failures), e.fault or "-") for e in found]
    print_table(("NAME", "SEQ", "BEHIND", "FAILURES", "FAULT"), rows)
