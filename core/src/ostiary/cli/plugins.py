"""``ostiary plugins``: what is enabled, and what it brings."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import click
from sqlalchemy import make_url

from ostiary.cli.output import print_json, print_table
from ostiary.cli.root import COMMANDS
from ostiary.cli.state import State, pass_state
from ostiary.hookspecs import API
from ostiary.plugins import PluginListing
from ostiary.store import KeyRing, Revision, Store, revisions
from ostiary.store.packages import CORE, packages


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print an object for programs.")
@pass_state
def plugins(state: State, as_json: bool) -> None:  # noqa: FBT001 - click gives flags by name.
    """List the enabled plugins, and tables of plugins that are gone."""
    schema = {revision.package: revision for revision in _revisions(state)}
    commands = _commands(state)
    found = [
        _described(listing, commands.get(listing.name, []), schema.get(listing.name))
        for listing in state.plugins.listing()
    ]
    orphans = [revision for revision in schema.values() if revision.orphan]
    if as_json:
        print_json(
            {
                "core": {
                    "version": version("ostiary"),
                    "api": API,
                    "schema": _schema(schema[CORE]),
                },
                "plugins": found,
                "orphans": [
                    {"name": each.package, "current": each.current, "tables": list(each.tables)}
                    for each in orphans
                ],
            }
        )
        return
    rows = [("ostiary", "ostiary", version("ostiary"), str(API), _short(schema[CORE]))]
    rows += [
        (
            listing.name,
            listing.distribution,
            listing.version,
            str(listing.api),
            _short(schema.get(listing.name)),
        )
        for listing in state.plugins.listing()
    ]
    print_table(("PLUGIN", "DISTRIBUTION", "VERSION", "API", "SCHEMA"), rows)
    for listing in state.plugins.listing():
        _tell(listing, commands.get(listing.name, []))
    for each in orphans:
        click.echo(
            f"\n{each.package} is not enabled, and has tables: {', '.join(each.tables)}. Enable "
            f"it again, or drop them with `ostiary migrate --purge {each.package}`."
        )


def _tell(listing: PluginListing, commands: list[str]) -> None:
    """What a plugin contributes, a line for each kind of thing."""
    click.echo(f"\n{listing.name}")
    contributes = {**listing.contributes, "commands": commands, "paths": listing.paths}
    for what, names in contributes.items():
        if names:
            click.echo(f"  {what.replace('_', ' ')}: {', '.join(names)}")
    for hook in listing.inert:
        click.echo(f"  not in use: {hook}, since the plugin that asks for it is not enabled")


def _described(
    listing: PluginListing, commands: list[str], revision: Revision | None
) -> dict[str, object]:
    contributes = {what: list(names) for what, names in listing.contributes.items()}
    return {
        "name": listing.name,
        "distribution": listing.distribution,
        "version": listing.version,
        "api": listing.api,
        "hooks": list(listing.hooks),
        "contributes": contributes | ({"commands": commands} if commands else {}),
        "paths": list(listing.paths),
        "inert": list(listing.inert),
        "schema": None if revision is None else _schema(revision),
    }


def _commands(state: State) -> Mapping[str, list[str]]:
    """By plugin, the names of its commands."""
    found = state.plugins.commands_by_plugin(state.house, reserved=COMMANDS)
    return {info.name: [str(command.name) for command in own] for info, own in found.items()}


def _schema(revision: Revision) -> dict[str, object]:
    return {
        "current": revision.current,
        "head": revision.head,
        "tables": list(revision.tables),
    }


def _short(revision: Revision | None) -> str:
    if revision is None:
        return "no tables"
    if revision.current == revision.head:
        return str(revision.head)
    return f"{revision.current or 'nothing'}, needs {revision.head}"


def _revisions(state: State) -> tuple[Revision, ...]:
    """Where the tables are. Looking never makes a database where there is none."""
    listed = tuple(state.plugins.migrations.items())
    url = make_url(state.settings.database)
    if url.drivername == "sqlite" and not Path(str(url.database)).exists():
        return tuple(Revision(p.name, None, p.head, p.tables) for p in packages(listed))
    # No secret is opened, so it does not matter whether there is a key ring.
    store = Store(state.settings.database, KeyRing.ephemeral())
    try:
        return revisions(store, listed)
    finally:
        store.dispose()
