"""The house that plugins are given when a command runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from typing_extensions import override

from ostiary.audit import COMMAND
from ostiary.runtime import House, Runtime, utc_now

if TYPE_CHECKING:
    from ostiary.cli.state import State


class CommandHouse(House):
    """A house that opens the database when it is first used, and acts for the operator.

    So a plugin's command that needs no database runs where there is none.
    """

    def __init__(self, state: State) -> None:
        super().__init__(state.settings, utc_now)
        self._state = state

    @override
    def open(self, runtime: Runtime, who: object = COMMAND) -> CommandHouse:
        """Complete it; whatever it records is the operator's act."""
        super().open(runtime, COMMAND)
        return self

    @override
    def parts(self, hook: str, /) -> Sequence[object]:
        """What the plugins registered, which needs no database."""
        if not self._state.are_loaded:
            raise RuntimeError("the plugins are still being loaded: use the house in a command")
        return self._state.plugins.parts(hook)

    @override
    def _ready(self) -> Runtime:
        return self._state.runtime
