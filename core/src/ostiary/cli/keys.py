"""``ostiary keys``: the ring of keys that secrets are sealed with."""

from __future__ import annotations

import click

from ostiary.audit import COMMAND
from ostiary.cli.state import State, pass_state
from ostiary.store import rotate as rotate_keys


@click.group()
def keys() -> None:
    """Look after the keys that secrets are sealed with."""


@keys.command()
@click.option("--drop-old", is_flag=True, help="Also forget keys that nothing needs any more.")
@pass_state
def rotate(state: State, drop_old: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """Make a new key and seal every secret anew.

    What runs on this machine follows by itself. Where other machines have a copy of the key
    file, give it to them before you drop old keys.
    """
    runtime = state.runtime
    done = rotate_keys(runtime.store, runtime.settings.keys, drop_old=drop_old)
    runtime.recorder.record_alone(
        "keys.rotated", COMMAND, subject=None, details={"count": done.resealed}
    )
    click.echo(
        f"A new key is in use. Sealed anew: {done.resealed}. Old keys kept: {len(done.kept)}, "
        f"dropped: {len(done.dropped)}. Keep a copy of {runtime.settings.keys}."
    )
