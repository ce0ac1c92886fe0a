"""The commands of languages. None of them needs a database."""

from __future__ import annotations

import click

from ostiary.contracts import House
from ostiary_i18n.commands.explaining import explain_command, status_command
from ostiary_i18n.commands.live import native_fetch_command, native_push_command
from ostiary_i18n.commands.remote import pull_command, push_command
from ostiary_i18n.commands.source import (
    check_command,
    compile_command,
    extract_command,
    pseudo_command,
    update_command,
)

__all__ = ["i18n_group"]


def i18n_group(house: House) -> click.Group:
    """``ostiary i18n``, for this house."""

    @click.group()
    def i18n() -> None:
        """Look after translations: the packages' here, and those of others by name."""

    for command in (
        extract_command,
        update_command,
        compile_command,
        check_command,
        status_command,
        pseudo_command,
        push_command,
        pull_command,
        native_push_command,
        native_fetch_command,
        explain_command,
    ):
        i18n.add_command(command(house))
    return i18n
