"""What commands work with: settings, plugins and the running house, each made when asked for."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import click

from ostiary.cli import logs
from ostiary.contracts import SettingsError, StoreError

if TYPE_CHECKING:
    from ostiary.accounts import Accounts
    from ostiary.cli.house import CommandHouse
    from ostiary.plugins import Plugins
    from ostiary.runtime import Runtime
    from ostiary.settings import Settings
    from ostiary.store import Store


class State:
    """The house, as far as one command has asked for it.

    Args:
        environ: where ``OSTIARY_*`` variables are looked for.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    @cached_property
    def settings(self) -> Settings:
        """The operator's settings.

        Raises:
            SettingsError: one is wrong.
        """
        from ostiary.settings import Settings

        return Settings.load(None, self.environ)

    @cached_property
    def house(self) -> CommandHouse:
        """What the plugins are given."""
        from ostiary.cli.house import CommandHouse

        return CommandHouse(self)

    @cached_property
    def plugins(self) -> Plugins:
        """The listed plugins; the database is not needed for them.

        Raises:
            OstiaryError: one is not as it must be.
        """
        from ostiary.runtime import loaded

        return loaded(self.settings, self.house)

    @property
    def are_loaded(self) -> bool:
        """Whether the plugins are there, and not just being loaded."""
        return "plugins" in self.__dict__

    @cached_property
    def runtime(self) -> Runtime:
        """The running house.

        Raises:
            OstiaryError: something is not as it must be.
        """
        from ostiary.runtime import Runtime

        plugins = self.plugins
        self.require_data()
        # Where no sink is installed, what a command does is a line of the trail.
        logs.set_up(logging.WARNING)
        return Runtime.of(self.settings, self.house, plugins)

    @property
    def store(self) -> Store:
        """The database, its tables as they must be."""
        return self.runtime.store

    @property
    def accounts(self) -> Accounts:
        """The core's own users.

        Raises:
            SettingsError: a plugin keeps the list of users.
        """
        accounts = self.runtime.accounts
        if accounts is None:
            raise SettingsError(
                "people's accounts are kept by a plugin's user directory: use what that offers"
            )
        return accounts

    def commands(self, reserved: Collection[str]) -> dict[str, click.Command]:
        """The plugins' commands, by name.

        Raises:
            OstiaryError: a plugin is not as it must be.
        """
        found = self.plugins.commands(self.house, reserved=reserved)
        return {str(command.name): command for command in found}

    def require_data(self) -> None:
        """Refuse to go on without a data folder, rather than to find fault with what is in it.

        Raises:
            StoreError: there is none.
        """
        if not self.settings.data.is_dir():
            raise StoreError(
                f"there is no data folder {self.settings.data}: `ostiary serve` makes it; if it "
                "is elsewhere, name it in OSTIARY_DATA"
            )

    def close(self) -> None:
        """Let go of the database, if it was opened."""
        runtime = self.__dict__.get("runtime")
        if runtime is not None:
            runtime.chores.finish()
            runtime.store.dispose()


pass_state = click.make_pass_decorator(State)
