"""The commands: the core's, imported when they are called, and those of the plugins."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType

import click
from typing_extensions import override

from ostiary.cli.state import State

COMMANDS = MappingProxyType(
    {
        "check": "Say what is wrong with this installation, and how to mend it.",
        "keys": "Look after the keys that secrets are sealed with.",
        "migrate": "Bring the database's tables to their newest revision.",
        "plugins": "List the enabled plugins.",
        "serve": "Serve the pages.",
        "users": "Look after people's accounts.",
    }
)
"""The core's commands, each in the module of its name, with what the list of them says."""


class Root(click.Group):
    """Finds a command by its name."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            command: click.Command = getattr(import_module(f"ostiary.cli.{cmd_name}"), cmd_name)
            return command
        state = ctx.find_object(State)
        return None if state is None else state.commands(COMMANDS).get(cmd_name)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    @override
    def invoke(self, ctx: click.Context) -> None:
        """Drop what a command returns: only an exit says with which code."""
        super().invoke(ctx)


@click.command(
    cls=Root,
    epilog="Plugins add commands of their own; `ostiary plugins` says which.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="ostiary", message="%(package)s %(version)s")
def root() -> None:
    """Account security for Pyramid applications.

    Settings are read from ostiary.toml in the data folder, which OSTIARY_DATA names, and from
    OSTIARY_* variables.
    """
