"""``ostiary audit verify`` and ``prove``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from ostiary.cli.output import print_json
from ostiary.contracts import Details, House, OstiaryError
from ostiary_audit.commands.output import said_progress
from ostiary_audit.events import ACCEPTED, PROVED, VERIFIED
from ostiary_audit.mailing import note_in
from ostiary_audit.notes import Malformed, Verifier
from ostiary_audit.proving import checkpoint_in, consistency_proof, inclusion_proof
from ostiary_audit.reading import View, entries_of, entry_at
from ostiary_audit.sink import trail_of
from ostiary_audit.trail import Trail
from ostiary_audit.verify import Report, verify_database, verify_export

log = logging.getLogger(__name__)

_CHECKPOINT = click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that was kept elsewhere, or a mail with one: the trail must go on from it.",
)


def verify_command(house: House) -> click.Command:
    """``ostiary audit verify``."""

    @click.command("verify")
    @click.argument("export", required=False, type=click.Path(exists=True, path_type=Path))
    @_CHECKPOINT
    @click.option("--key", "keys", multiple=True, metavar="VKEY", help="Who may have signed it.")
    @click.option("--accept", is_flag=True, help="Go on from here, after an old copy was put back.")
    @click.option("--json", "as_json", is_flag=True, help="Print what was found for programs.")
    @click.pass_context
    def verify(
        ctx: click.Context,
        export: Path | None,
        checkpoints: Sequence[Path],
        keys: Sequence[str],
        accept: bool,  # noqa: FBT001 - click gives flags by name.
        as_json: bool,  # noqa: FBT001 - as above
    ) -> None:
        """Check that nothing was changed, removed, inserted, moved or cut off.

        Exits with 1 if anything was. EXPORT is what `audit export` wrote; with none, the database
        is checked.
        """
        outside = [
            (f"the checkpoint in {path}", note_in(path.read_text("utf-8"))) for path in checkpoints
        ]
        if export is not None:
            progress = said_progress(quiet=as_json)
            report = verify_export(export, _keys_of(house, keys), outside, progress)
        else:
            report = _verified(house, outside, accept=accept, quiet=as_json)
        _tell(report, as_json=as_json)
        ctx.exit(0 if report.sound else 1)

    return verify


def prove_command(house: House) -> click.Command:
    """``ostiary audit prove``."""

    @click.command("prove")
    @click.argument("event", required=False, metavar="SEQ|ID")
    @click.option(
        "--since",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Prove that the trail goes on from the checkpoint in this file.",
    )
    @click.option("--entry", is_flag=True, help="Print what was signed of the event.")
    def prove(event: str | None, since: Path | None, entry: bool) -> None:  # noqa: FBT001 - as above
        """Print a proof that others can check (C2SP tlog-proof, tlog-witness)."""
        if (event is None) == (since is None):
            raise click.UsageError("name an event, or a checkpoint by --since.")
        trail = trail_of(house)
        trail.sequencer.catch_up()
        try:
            if since is not None:
                text = consistency_proof(trail, checkpoint_in(note_in(since.read_text("utf-8"))))
            else:
                text = _of_event(trail, str(event), entry=entry)
        except (LookupError, Malformed) as error:
            raise OstiaryError(str(error.args[0] if error.args else error)) from None
        house.record(PROVED, subject=None, details={"what": event or f"since {since}"})
        click.echo(text, nl=False)

    return prove


def _of_event(trail: Trail, event: str, *, entry: bool) -> str:
    seq = int(event) if event.isdecimal() else _seq_of(trail, event)
    if not entry:
        return inclusion_proof(trail, seq)
    found = next(iter(entries_of(trail.store, View(before=seq + 1), 1)), None)
    if found is None or found.seq != seq or found.row.payload is None:
        raise LookupError(f"there is no record of the event {event}")
    return bytes(found.row.payload).decode()


def _seq_of(trail: Trail, event_id: str) -> int:
    found = entry_at(trail.store, event_id)
    if found is None:
        raise LookupError(f"there is no event {event_id!r}")
    return found.seq


def _verified(
    house: House, outside: Sequence[tuple[str, str]], *, accept: bool, quiet: bool
) -> Report:
    trail = trail_of(house)
    report = verify_database(trail, outside, said_progress(quiet=quiet))
    if accept:
        _accept(house, trail, report)
    details: Details = {"size": report.size, "faults": report.faults}
    try:
        house.record(VERIFIED, subject=None, details=details)
    except Exception as error:  # noqa: BLE001 - what is broken may be what would be written to.
        report.notes.append(f"that it was verified is not on record: {type(error).__name__}")
    return report


def _accept(house: House, trail: Trail, report: Report) -> None:
    """Begin anew with the checkpoint that is kept outside; the old one stays, put aside."""
    note = trail.kept.read()
    aside = trail.kept.put_aside()
    if note is None or aside is None:
        report.notes.append("there was no checkpoint outside of the database")
        return
    details: Details = {"size": report.size, "kept": 0, "root": "unreadable"}
    try:
        kept = checkpoint_in(note)
        details = {"size": report.size, "kept": kept.size, "root": kept.root.hex()}
    except Malformed:
        log.warning("the checkpoint in %s cannot be read", aside)
    house.record(ACCEPTED, subject=None, details=details)
    report.notes.append(f"the checkpoint from before is in {aside} now; this is on record")


def _keys_of(house: House, given: Sequence[str]) -> Callable[[str], Sequence[Verifier]]:
    """The keys that were given, else those of this house, else none."""

    def keys_of(origin: str) -> Sequence[Verifier]:
        if given:
            return [Verifier.parse(each) for each in given]
        try:
            return trail_of(house).keys.verifiers(origin)
        except OstiaryError:
            # Where there is no house, the export can still be checked.
            return ()

    return keys_of


def _tell(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "sound": report.sound,
                "origin": report.origin,
                "size": report.size,
                "pending": report.pending,
                "pruned": report.pruned,
                "faults": report.faults,
                "findings": [
                    {"seq": each.seq, "what": each.what, "text": str(each)}
                    for each in report.findings
                ],
                "notes": report.notes,
            }
        )
        return
    for finding in report.findings:
        click.echo(str(finding))
    if report.faults > len(report.findings):
        click.echo(f"and {report.faults - len(report.findings)} more")
    for note in report.notes:
        click.echo(f"note: {note}")
    if report.sound:
        pruned = f", {report.pruned} of them pruned on record" if report.pruned else ""
        pending = f"; {report.pending} more wait for their place" if report.pending else ""
        click.echo(f"{report.size} events{pruned}: nothing was changed, removed or added{pending}")
    else:
        click.echo(f"{report.faults} faults in {report.size} events")
