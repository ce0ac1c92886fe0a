"""``ostiary migrate``: the tables of the core and of the plugins."""

from __future__ import annotations

import click

from ostiary.audit import COMMAND
from ostiary.cli import first
from ostiary.cli.state import State, pass_state
from ostiary.contracts import StoreError
from ostiary.store import Unit, purge


@click.command()
@click.option("--purge", "doomed", metavar="PLUGIN", help="Drop the tables of a plugin instead.")
@click.option("--yes", is_flag=True, help="With --purge: yes, what they hold is lost for good.")
@pass_state
def migrate(state: State, doomed: str | None, yes: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """Bring the database's tables to their newest revision.

    All of it happens, or none. There is no way back but a copy of the database. For an empty
    database this also makes the key ring, where there is none.
    """
    if doomed is None:
        _upgrade(state)
        return
    if not yes:
        raise click.UsageError(
            f"--purge drops the tables of {doomed} with all that they hold, for good; add --yes."
        )
    _purge(state, doomed)


def _upgrade(state: State) -> None:
    state.plugins  # noqa: B018 - a plugin that is unfit is found before anything is made.
    first.make_folder(state)
    first.make_keys(state)
    lines = first.bring_up(state)
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("Nothing to do: every table is at its newest revision.")
        return
    # Only now: a sink may need a house to write, which needs the tables at their newest.
    state.runtime.recorder.record_alone(
        "schema.migrated", COMMAND, subject=None, details={"what": "; ".join(lines)}
    )


def _purge(state: State, doomed: str) -> None:
    runtime = state.runtime
    if doomed in {info.name for info in runtime.plugins.enabled}:
        raise StoreError(
            f"the plugin {doomed!r} is enabled: take it off the list of plugins first, and "
            "restart what runs"
        )

    def record(unit: Unit) -> None:
        details = {"plugin": doomed}
        runtime.recorder.record(unit, "schema.purged", COMMAND, subject=None, details=details)

    for line in purge(runtime.store, doomed, record):
        click.echo(line)
