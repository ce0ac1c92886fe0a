"""The commands of the trail."""

from __future__ import annotations

import click

from ostiary.contracts import House
from ostiary_audit.commands.listing import list_command, tail_command


def audit_group(house: House) -> click.Group:
    """``ostiary audit``, for this house."""

    @click.group()
    def audit() -> None:
        """Read the audit trail, check it, pass it on."""

    audit.add_command(list_command(house))
    audit.add_command(tail_command(house))
    return audit
