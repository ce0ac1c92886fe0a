"""``ostiary keys``: the ring of keys that secrets are sealed with."""

from __future__ import annotations

import click

from ostiary.audit import COMMAND
from ostiary.cli.state import State, pass_state
from ostiary.store import Unit, prepare
from ostiary.store import rotate as rotate_keys


@click.group()
def keys() -> None:
    """Look after the keys that secrets are sealed with."""


@keys.command()
@click.option("--prepare", "ahead", is_flag=True, help="Only make the key, for several hosts.")
@click.option("--drop-old", is_flag=True, help="Also forget keys that nothing needs any more.")
@pass_state
def rotate(state: State, ahead: bool, drop_old: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """Make a new key and seal every secret anew.

    What runs on this machine follows by itself. Where several hosts have a copy of the key file,
    call it with --prepare first: the key then opens and does not seal yet. Copy the file to every
    host, call it again without, on one host, and copy the file once more. Without --prepare the
    others cannot open a secret until they have the new file, and everybody's sign-in fails there.
    Drop old keys only once every host has the newest file.
    """
    if ahead and drop_old:
        raise click.UsageError("--prepare drops no key: leave --drop-old for a later rotation.")
    if ahead:
        _prepare(state)
        return
    runtime = state.runtime

    def record(unit: Unit, resealed: int) -> None:
        details = {"count": resealed}
        runtime.recorder.record(unit, "keys.rotated", COMMAND, subject=None, details=details)

    path = runtime.settings.keys
    done = rotate_keys(runtime.store, path, drop_old=drop_old, within=record)
    click.echo(
        f"A new key is in use. Sealed anew: {done.resealed}. Old keys kept: {len(done.kept)}, "
        f"dropped: {len(done.dropped)}. Keep a copy of {path}."
    )


def _prepare(state: State) -> None:
    runtime = state.runtime

    def record(unit: Unit) -> None:
        runtime.recorder.record(unit, "keys.prepared", COMMAND, subject=None)

    path = runtime.settings.keys
    key = prepare(runtime.store, path, record)
    click.echo(
        f"The key {key} stands by. Copy {path} to every host, then run `ostiary keys rotate` "
        "on one of them."
    )
