"""The commands of the trail."""

from __future__ import annotations

import click

from ostiary.contracts import House
from ostiary_audit.commands.exports import export_command
from ostiary_audit.commands.listing import list_command, tail_command
from ostiary_audit.commands.upkeep import forward_command, prune_command
from ostiary_audit.commands.verifying import prove_command, verify_command


def audit_group(house: House) -> click.Group:
    """``ostiary audit``, for this house."""

    @click.group()
    def audit() -> None:
        """Read the audit trail, check it, pass it on."""

    for command in (
        list_command,
        tail_command,
        export_command,
        verify_command,
        prove_command,
        prune_command,
        forward_command,
    ):
        audit.add_command(command(house))
    return audit
